/**
 * Imports point one way, those of types too. The table stands in docs/architecture.md, "Imports"; it is held
 * against every file of `pipeline/`, whether the tool reaches it or not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { circles, type Import, importsBelow, importsIn } from './support/imports.ts';

/** What each folder may import beside itself. */
function readTable(text: string): Readonly<Record<string, readonly string[]>> {
  const [, section = ''] = text.split('### Imports\n');
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.*)\|$/gm)];
  const names = rows.map(([, folder = '']) => folder);
  return Object.fromEntries(
    rows.map(([, folder = '', cell = '']) => {
      const told = [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
      return [folder, cell.startsWith('all') ? names.filter((name) => !told.includes(name)) : told];
    }),
  );
}

const mayImport = readTable(readFileSync('docs/architecture.md', 'utf8'));

/** The one place each package may be imported from. */
const adapters: Readonly<Record<string, RegExp>> = {
  zx: /^pipeline\/host\/process\.ts$/,
  'tar-stream': /^pipeline\/format\/tar\.ts$/,
  'node-forge': /^pipeline\/sign\/forge\.ts$/,
  zod: /^pipeline\/(schema|profile|targets)\//,
  yaml: /^pipeline\/profile\//,
  commander: /^pipeline\/cli\//,
  'age-encryption': /^pipeline\/age\//,
  '@scure/base': /^pipeline\/age\//,
  listr2: /^pipeline\/cli\//,
  '@cyclonedx/cyclonedx-library': /^pipeline\/sbom\/cyclonedx\.ts$/,
};

const folderOf = (path: string): string => path.split('/')[1]?.replace(/\.ts$/, '') ?? path;

/** What was built natively for an architecture is part of the tool, and only its folder says where it lies. */
const isOwnImage = (from: string, to: string): boolean => {
  const [, , name = ''] = from.split('/');
  return from.startsWith(`pipeline/arch/${name}/`) && to.startsWith(`out/native/${name}/`);
};

function forbidden(imports: readonly Import[]): readonly string[] {
  return imports.flatMap(({ from, to, isPackage }) => {
    if (isPackage) return adapters[to]?.test(from) === true ? [] : [`${from} imports ${to}`];
    if (!to.startsWith('pipeline/'))
      return from.startsWith('pipeline/cli/') || isOwnImage(from, to)
        ? []
        : [`${from} imports ${to}`];
    const [a, b] = [folderOf(from), folderOf(to)];
    return a === b || mayImport[a]?.includes(b) === true ? [] : [`${from} imports ${to}`];
  });
}

const imports = importsBelow('pipeline');

describe('the pipeline', () => {
  test('imports point one way, and each package has one adapter', () => {
    expect(imports.length).toBeGreaterThan(500);
    expect(forbidden(imports)).toEqual([]);
  });

  test('no file reaches itself', () => {
    expect(circles(imports)).toEqual([]);
  });

  test('each folder has its line in the table, and the table names nothing else', () => {
    const folders = readdirSync('pipeline')
      .filter((name) => !name.startsWith('.') && !name.endsWith('.d.ts'))
      .map((name) => folderOf(`pipeline/${name}`));
    const known = Object.keys(mayImport);
    expect(known.toSorted()).toEqual(folders.toSorted());
    expect(
      Object.values(mayImport)
        .flat()
        .filter((name) => !known.includes(name)),
    ).toEqual([]);
  });
});

describe('the rule', () => {
  const edge = (from: string, to: string): Import => ({
    from: `pipeline/${from}`,
    to: `pipeline/${to}`,
    isPackage: false,
  });

  test.each([
    "import { a } from '../cli/a.ts';",
    "import type { A } from '../cli/a.ts';",
    "import { type A } from '../cli/a.ts';",
    "import '../cli/a.ts';",
    "export { a } from '../cli/a.ts';",
    "export type * from '../cli/a.ts';",
    "const a = await import('../cli/a.ts');",
    "type A = import('../cli/a.ts').A;",
    "type A = keyof typeof import('../cli/a.ts').a;",
  ])('sees %s', (text) => {
    expect(forbidden(importsIn('pipeline/seal/x.ts', text))).toEqual([
      'pipeline/seal/x.ts imports pipeline/cli/a.ts',
    ]);
  });

  test('sees no import in a comment or a text', () => {
    const text = "// import { a } from '../cli/a.ts';\nconst b = \"import '../cli/a.ts'\";";
    expect(importsIn('pipeline/seal/x.ts', text)).toEqual([]);
  });

  test('refuses a package outside its adapter, and one that has none', () => {
    const text = "import { extract } from 'tar-stream';\nimport { build } from 'esbuild';";
    expect(forbidden(importsIn('pipeline/units/x.ts', text))).toEqual([
      'pipeline/units/x.ts imports tar-stream',
      'pipeline/units/x.ts imports esbuild',
    ]);
  });

  test('lets only the command line embed what lies outside', () => {
    const text = "import tool from '../../package.json' with { type: 'json' };";
    expect(forbidden(importsIn('pipeline/cli/x.ts', text))).toEqual([]);
    expect(forbidden(importsIn('pipeline/seal/x.ts', text))).toEqual([
      'pipeline/seal/x.ts imports package.json',
    ]);
  });

  test('lets an architecture embed what was built for it, and nobody else', () => {
    const text = (name: string) => `const a = await import('../../../out/native/${name}/a.bin');`;
    expect(forbidden(importsIn('pipeline/arch/m68k/x.ts', text('m68k')))).toEqual([]);
    expect(forbidden(importsIn('pipeline/arch/m68k/x.ts', text('vax')))).toHaveLength(1);
    expect(forbidden(importsIn('pipeline/seal/m68k/x.ts', text('m68k')))).toHaveLength(1);
  });

  test('lets nobody import what writes derived files, nor the tool import the guests', () => {
    expect(
      forbidden([edge('cli/a.ts', 'derive/b.ts'), edge('cli/a.ts', 'guest/b.ts')]),
    ).toHaveLength(2);
    expect(forbidden([edge('derive/a.ts', 'cli/b.ts')])).toEqual([]);
  });

  test('finds a circle of one, of two and of three files, and none in a tree', () => {
    const tree = [edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd')];
    expect(circles(tree)).toEqual([]);
    expect(circles([edge('a', 'a')])).toEqual([['pipeline/a']]);
    expect(circles([...tree, edge('d', 'b')])).toEqual([['pipeline/b', 'pipeline/d']]);
    expect(circles([...tree, edge('d', 'a')])).toEqual([
      ['pipeline/a', 'pipeline/b', 'pipeline/c', 'pipeline/d'],
    ]);
  });
});
