/** The commands of docs/packaging.md for those who bring the Debian source package into a distribution. */
import { readFileSync } from 'node:fs';

const blocks = [
  ...readFileSync('docs/packaging.md', 'utf8').matchAll(
    /^```sh\n# as a distributor, to (\w+) [^\n]*\n([\s\S]*?)^```$/gm,
  ),
].map(([, purpose = '', commands = '']) => ({ purpose, commands }));

/** What for there are commands: to `make`, to `build`, to `test`. */
export const purposes: readonly string[] = blocks.map(({ purpose }) => purpose);

/** Those for a purpose, as they stand on the page. */
export function commandsTo(purpose: string): string {
  const [block, ...others] = blocks.filter((one) => one.purpose === purpose);
  if (block === undefined || others.length > 0) throw new Error(`which block is to ${purpose}?`);
  return block.commands;
}
