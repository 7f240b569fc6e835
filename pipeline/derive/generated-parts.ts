/** Parts of a document that are made from declarations: `<!-- generated: NAME -->` to `<!-- end -->`. Pure. */

/**
 * `document` with every generated part made anew.
 * A name that nothing is known of throws: only an edit of ours can cause that.
 */
export function fillParts(
  path: string,
  document: string,
  parts: Readonly<Record<string, string>>,
): string {
  return document.replace(/<!-- generated: (.*?) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const content = parts[name];
    if (content === undefined) throw new Error(`${path} asks for "${name}"`);
    return `<!-- generated: ${name} -->\n${content}\n<!-- end -->`;
  });
}

export const cell = (text: string): string => text.replaceAll('|', '\\|');

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
