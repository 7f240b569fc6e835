/**
 * A profile is text that anybody may have written. However it is made, it is read or refused in a moment:
 * before, `[,,,,` of 60 KB took 20 seconds, and a profile with 60,000 keys ended in as many messages.
 */
import { describe, expect, test } from 'vitest';
import { largestProfile, plainValue, readTree } from '../../pipeline/profile/source-tree.ts';

const read = (text: string) => readTree('a.yaml', new TextEncoder().encode(text));
const kindsOf = (text: string): readonly string[] => read(text).problems.map(({ kind }) => kind);
const plainOf = (text: string): unknown => {
  const { tree } = read(text);
  return tree === undefined ? undefined : plainValue(tree);
};

/** As much of a text as is left of the largest profile. */
const full = (start: string, piece: string): string =>
  start + piece.repeat(Math.floor((largestProfile - start.length) / piece.length));

const numbered = (count: number, pair: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => pair(index)).join('');

describe('what cannot be a profile ends in one message, soon', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['nested lists', full('', '[')],
    ['nested maps', full('', '{a: ')],
    ['nested block lists', full('', '- ')],
    ['nested complex keys', full('', '? ')],
    ['nested block maps', numbered(300, (index) => `${' '.repeat(index)}a:\n`)],
    ['keys', numbered(6000, (index) => `k${index}: 1\n`)],
    ['keys of a flow map', `a: {${numbered(6000, (index) => `k${index}: 1,`)}}`],
    ['commas', full('a: [', ',')],
    ['anchors', full('a: ', '&a ')],
    ['tags', full('a: ', '!a ')],
    ['directives', full('', '%a\n')],
    ['documents', full('', '---\n')],
    ['comments', full('', '#\n')],
    ['400 KB of nested lists', '['.repeat(400_000)],
    ['60,000 keys', numbered(60_000, (index) => `k${index}: 1\n`)],
  ];
  test.each(texts)('%s', (_, text) => {
    const before = performance.now();
    expect(kindsOf(text)).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

test('a profile may be large, as long as it is one', () => {
  const words = numbered(1500, (index) => `word${index}, `);
  expect(kindsOf(`name: web\ncommandLine: { append: [${words}] }\n`)).toEqual([]);
  expect(kindsOf(full('name: web\n', `# ${'long comment '.repeat(10)}\n`))).toEqual([]);
  const deep = `${'{ a: '.repeat(15)}1${' }'.repeat(15)}`;
  expect(kindsOf(`a: ${deep}`)).toEqual([]);
  expect(kindsOf(`a: { a: { a: ${deep} } }`)).toEqual(['unsupported-yaml']);
});

describe('habits from other programs', () => {
  test('a byte order mark and lines that end in CR LF are read', () => {
    expect(plainOf('\ufeffname: web\r\nepoch: 1\r\n')).toEqual({ name: 'web', epoch: 1 });
  });

  test('one document may start and end with its marks', () => {
    expect(plainOf('---\nname: web\n...\n')).toEqual({ name: 'web' });
  });

  test('a second document is told where it starts, and the first is read on', () => {
    const { tree, problems } = read('name: web\n---\nname: b\n---\nname: c\n');
    expect(problems).toMatchObject([{ kind: 'second-document', place: { line: 2, column: 1 } }]);
    expect(tree === undefined ? undefined : plainValue(tree)).toEqual({ name: 'web' });
  });

  test('a key that is written twice is told with both places', () => {
    expect(read('a: { b: 1 }\nc: 2\na: 3\n').problems).toMatchObject([
      { kind: 'key-twice', key: 'a', place: { line: 3 }, first: { line: 1 } },
    ]);
  });

  test('a number keeps the digits that it is written with', () => {
    const { tree } = read('a: 6.10\nb: 0x10\nc: 1e3\n');
    const sources = [...(tree?.entries.values() ?? [])].map(({ node }) =>
      node.kind === 'scalar' ? node.source : undefined,
    );
    expect(sources).toEqual(['6.10', '0x10', '1e3']);
  });
});
