/** A reader who follows a link arrives, and a newcomer finds every document from the README. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { readXml } from './support/xml.ts';

const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
];

const textOf = (path: string): string =>
  readFileSync(path, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');

type Link = { readonly path: string; readonly anchor: string | undefined };

const linksOf = (document: string): readonly Link[] =>
  [...textOf(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(
    ([, path = '', anchor]) => ({
      path: path === '' ? document : normalize(join(dirname(document), path)),
      anchor,
    }),
  );

/** As GitHub makes them of headings. */
const anchorsOf = (document: string): readonly string[] =>
  [...textOf(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(documents)('%s has links that lead somewhere', (document) => {
  for (const { path, anchor } of linksOf(document)) {
    expect(existsSync(path), path).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(path), `${path}#${anchor}`).toContain(anchor);
  }
});

/** Paths of the repository in code marks; one with a part in capitals, `<…>` or `*` stands for several. */
const named = /`((?:docs|loader|pipeline|profiles|purgatory|setup|test)\/[^`\s]*)`/g;

test.each(documents)('%s names files that are there', (document) => {
  const paths = [...textOf(document).matchAll(named)].map(([, path = '']) => path);
  const exact = paths.filter((path) => !/[<*]|\/ARCH\b/.test(path));
  expect(exact.filter((path) => !existsSync(path))).toEqual([]);
});

test('the README leads to every document', () => {
  const linked = linksOf('README.md').map(({ path }) => path);
  const own = documents.filter((path) => path !== 'README.md' && !path.includes('decisions/'));
  expect(own.filter((path) => !linked.includes(path))).toEqual([]);
});

test('the picture of the flow fetches nothing, and its boxes lie apart and within it', () => {
  const svg = readFileSync('docs/flow.svg', 'utf8');
  const { elements } = readXml(svg);
  expect(svg).not.toMatch(/href|url\((?!#)/);
  const [page, ...boxes] = elements
    .filter(({ name }) => name === 'rect')
    .map(({ attributes }) => {
      const at = (key: string): number => Number(attributes[key] ?? 0);
      return {
        left: at('x'),
        top: at('y'),
        right: at('x') + at('width'),
        bottom: at('y') + at('height'),
      };
    });
  expect(boxes.length).toBeGreaterThan(15);
  for (const [index, box] of boxes.entries()) {
    expect(box.right).toBeLessThan(page?.right ?? 0);
    expect(box.bottom).toBeLessThan(page?.bottom ?? 0);
    for (const other of boxes.slice(index + 1))
      expect(
        box.right <= other.left ||
          other.right <= box.left ||
          box.bottom <= other.top ||
          other.bottom <= box.top,
      ).toBe(true);
  }
});
