/**
 * Ends the tool in one line where Node is older than what it needs. Imported before everything else, and the bundle
 * is written in the syntax of much older ones: they would stop at what they do not know, with a stack.
 */
import tool from '../../package.json' with { type: 'json' };

const least = tool.engines.node.replace(/^>=/, '');

export function isOlder(version: string, than: string): boolean {
  const found = version.split('.').map(Number);
  for (const [index, wanted] of than.split('.').map(Number).entries()) {
    const part = found[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

if (isOlder(process.versions.node, least)) {
  process.stderr.write(
    `error: crashseal needs Node ${least} or newer, and this is Node ${process.versions.node}\n`,
  );
  process.exit(1);
}
