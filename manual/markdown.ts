/** The Markdown that our documents are written in, as blocks. Pure. */

export type Block =
  | { readonly kind: 'heading'; readonly depth: number; readonly text: string }
  /** Its lines: one sentence each. */
  | { readonly kind: 'paragraph'; readonly lines: readonly string[] }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'item'; readonly tag: string; readonly lines: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

const cells = (line: string): string[] =>
  line
    .replace(/^\s*\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

const starts = {
  heading: /^(#+) (.*)$/,
  fence: /^```/,
  table: /^\|/,
  code: /^ {4}/,
  item: /^(-|\d+\.) (.*)$/,
};
const startsBlock = (line: string): boolean =>
  line === '' || Object.values(starts).some((start) => start.test(line));

export function parseMarkdown(document: string): Block[] {
  const lines = document.split('\n').filter((line) => !/^<!--.*-->$/.test(line));
  const blocks: Block[] = [];
  let at = 0;
  const takeWhile = (wanted: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && wanted(lines[at] ?? '')) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = starts.heading.exec(line);
    const item = starts.item.exec(line);
    if (line === '') at += 1;
    else if (heading !== null) {
      blocks.push({ kind: 'heading', depth: heading[1]?.length ?? 1, text: heading[2] ?? '' });
      at += 1;
    } else if (starts.fence.test(line)) {
      at += 1;
      blocks.push({ kind: 'code', lines: takeWhile((next) => !starts.fence.test(next)) });
      at += 1;
    } else if (starts.table.test(line)) {
      const [head = [], , ...rows] = takeWhile((next) => starts.table.test(next)).map(cells);
      blocks.push({ kind: 'table', head, rows });
    } else if (starts.code.test(line)) {
      const code = takeWhile((next) => starts.code.test(next) || next === '');
      while (code.at(-1) === '') code.pop();
      blocks.push({ kind: 'code', lines: code.map((one) => one.slice(4)) });
    } else if (item !== null) {
      at += 1;
      const more = takeWhile((next) => /^ +\S/.test(next)).map((one) => one.trim());
      blocks.push({ kind: 'item', tag: item[1] ?? '-', lines: [item[2] ?? '', ...more] });
    } else blocks.push({ kind: 'paragraph', lines: takeWhile((next) => !startsBlock(next)) });
  }
  return blocks;
}
