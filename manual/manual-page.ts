/** A manual page from a document: man(7), as groff and mandoc both take it. Pure. */
import { type Block, parseMarkdown } from './markdown.ts';

export type ManualPage = {
  readonly name: string;
  readonly section: number;
  /** The words after the name in lists of pages. */
  readonly summary: string;
  /** `crashseal 1.2.3` */
  readonly source: string;
  /** As 2026-11-23. */
  readonly date: string;
  readonly seeAlso: readonly string[];
};

const special: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  '^': '\\(ha',
  '~': '\\(ti',
  '`': '\\(ga',
  "'": '\\(aq',
  '"': '\\(dq',
};

const escaped = (text: string): string =>
  text
    .replace(/[\\\-^~`'"]/g, (one) => special[one] ?? one)
    .replace(
      /[^\n -~]/gu,
      (one) => `\\[u${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );

/** A line that begins with a control character would be a request. */
const guarded = (line: string): string => (/^[.']/.test(line) ? `\\&${line}` : line);

/** `code` and **weight** are bold; a link is its text. */
const inline = (text: string): string =>
  text
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part) => {
      const bold = /^`(.*)`$/.exec(part)?.[1] ?? /^\*\*(.*)\*\*$/.exec(part)?.[1];
      return bold === undefined ? escaped(part) : `\\fB${escaped(bold)}\\fR`;
    })
    .join('');

/** Of up to 80 characters, as mandoc wants input lines. */
function lines(text: string): string[] {
  const wrapped: string[] = [];
  for (const word of inline(text).split(' ')) {
    const longer = `${wrapped.at(-1)} ${word}`;
    if (wrapped.length > 0 && longer.length <= 80) wrapped[wrapped.length - 1] = longer;
    else wrapped.push(word);
  }
  return wrapped.map(guarded);
}

/** A second cell that is one name joins the first cell; the other cells follow below, with the names of their columns if there are several. */
function row(head: readonly string[], cells: readonly string[]): string[] {
  const [first = '', ...rest] = cells;
  const joins = rest.length > 1 && /^`[^`]*`$/.test(rest[0] ?? '');
  const names = head.slice(joins ? 2 : 1);
  const several = rest.length > (joins ? 2 : 1);
  const told = (joins ? rest.slice(1) : rest)
    .map((cell, at) => (several && cell !== '' ? `${names[at]}: ${cell}` : cell))
    .filter((cell) => !several || cell !== '');
  const tag = joins ? `${first} ${rest[0]}` : first;
  return [
    '.TP',
    guarded(inline(tag)),
    ...told.flatMap((cell, at) => [...(at === 0 ? [] : ['.br']), ...lines(cell)]),
  ];
}

function requests(block: Block, first: boolean): string[] {
  switch (block.kind) {
    case 'heading':
      return block.depth === 2
        ? [`.SH ${inline(block.text.toUpperCase())}`]
        : [`.SS ${inline(block.text)}`];
    case 'paragraph':
      return [...(first ? [] : ['.PP']), ...block.lines.flatMap(lines)];
    case 'code':
      return [
        ...(first ? [] : ['.PP']),
        '.RS 4',
        '.EX',
        ...block.lines.map((line) => guarded(escaped(line))),
        '.EE',
        '.RE',
      ];
    case 'item':
      return [
        block.tag === '-' ? '.IP \\(bu 2' : `.IP ${block.tag} 4`,
        ...block.lines.flatMap(lines),
      ];
    case 'table':
      return block.rows.flatMap((cells) => row(block.head, cells));
  }
}

const isSection = (block: Block | undefined): boolean =>
  block?.kind === 'heading' && block.depth <= 2;

/** The blocks between a heading and the next of its kind. */
function sectionOf(blocks: readonly Block[], name: string): readonly Block[] {
  const from = blocks.findIndex((block) => block.kind === 'heading' && block.text === name);
  if (from < 0) throw new Error(`no section "${name}"`);
  const length = blocks.slice(from + 1).findIndex(isSection);
  return blocks.slice(from, length < 0 ? blocks.length : from + 1 + length);
}

/** `document` has a title, an introduction, for a program a section "Synopsis", and others, which follow in their order. */
export function manualPage(page: ManualPage, document: string): string {
  const blocks = parseMarkdown(document).slice(1);
  const introduction = blocks.slice(0, blocks.findIndex(isSection));
  // What describes a kind of file has nothing that is called.
  const synopsis = page.section === 5 ? [] : sectionOf(blocks, 'Synopsis');
  // What leads on to other documents has none of these to lead to: a page leads on to pages.
  const onward = blocks.some((block) => block.kind === 'heading' && block.text === 'See also')
    ? sectionOf(blocks, 'See also')
    : [];
  const others = blocks
    .slice(introduction.length)
    .filter((block) => !synopsis.includes(block) && !onward.includes(block));
  const heading = (text: string): Block => ({ kind: 'heading', depth: 2, text });
  const all: readonly Block[] = [
    heading('Name'),
    { kind: 'paragraph', lines: [`${page.name} - ${page.summary}`] },
    ...synopsis,
    heading('Description'),
    ...introduction,
    ...others,
    heading('See also'),
    { kind: 'paragraph', lines: page.seeAlso },
  ];
  const title = `.TH "${escaped(page.name.toUpperCase())}" ${page.section} ${page.date} "${page.source}"`;
  const body = all.flatMap((block, at) => requests(block, all[at - 1]?.kind === 'heading'));
  // What is long in one piece, such as a key, leaves gaps in a line that is filled to both margins.
  return `${[title, '.ad l', ...body].join('\n')}\n`;
}
