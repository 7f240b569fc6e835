/** What every invocation pays before it does anything: which Node is taken, and what `--help` loads. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isOlder } from '../../pipeline/cli/node-version.ts';
import { bundleAlias, bundleTool } from '../support/bundled-tool.ts';

let folder = '';
let program = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-test-'));
  program = bundleTool(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the tool after `before`, a piece of JavaScript. */
function startWith(before: string, ...words: readonly string[]) {
  const first = join(folder, 'first.mjs');
  writeFileSync(first, `${before}\nawait import(${JSON.stringify(pathToFileURL(program))});\n`);
  return spawnSync(process.execPath, [first, ...words], { encoding: 'utf8' });
}

test.each([
  ['20.18.3', true],
  ['20.9.0', true],
  ['18.20.4', true],
  ['20.19.0', false],
  ['20.19', false],
  ['22.1.0', false],
  ['100.0.0', false],
])('Node %s is too old: %s', (version, older) => {
  expect(isOlder(version, '20.19')).toBe(older);
});

test('an older Node gets one line, which says what is needed and what there is', () => {
  const { status, stdout, stderr } = startWith(
    "Object.defineProperty(process.versions, 'node', { value: '18.20.4' });",
    'build',
    'web.yaml',
  );
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toBe('error: crashseal needs Node 20.19 or newer, and this is Node 18.20.4\n');
});

test('nothing that an older Node does not have is asked for before that line', () => {
  // An import of a name that a module does not export would end the tool before its first line runs.
  const imported = new Map<string, string[]>();
  const follow = (file: string): void => {
    const text = readFileSync(file, 'utf8');
    const names = [...text.matchAll(/^import\b[^(]*?["']([^"']+)["'];/gm)].map(
      ([, name = '']) => name,
    );
    imported.set(file, names);
    for (const name of names.filter((each) => each.startsWith('./')))
      follow(join(dirname(file), name));
  };
  follow(program);
  // The version's own parts, and in each of them what the bundler needs.
  expect(imported.size).toBeLessThan(4);
  const elsewhere = [...imported.values()].flat().filter((name) => !name.startsWith('./'));
  expect(new Set(elsewhere)).toEqual(new Set(['node:module']));
  // The line that is tested here is the one that ships.
  const makefile = readFileSync('Makefile', 'utf8');
  expect(makefile).toContain(
    'pipeline/cli/entry.ts --bundle --splitting --platform=node --target=node12.22',
  );
});

/** What is read at once when this part of the tool is, and what that reads. */
async function loadedBy(...parts: readonly string[]) {
  const { metafile } = await build({
    entryPoints: [resolve('pipeline/cli/main.ts')],
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    outdir: join(folder, 'split'),
    metafile: true,
    write: false,
    loader: { '.bin': 'empty', '.gz': 'empty', '.sh': 'text' },
    alias: bundleAlias,
    logLevel: 'error',
  });
  const { outputs } = metafile;
  const loaded = new Set(
    Object.keys(outputs).filter((name) => parts.includes(outputs[name]?.entryPoint ?? '')),
  );
  expect(loaded.size).toBe(parts.length);
  for (const name of loaded)
    for (const { path, kind } of outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && path in outputs) loaded.add(path);
  const sources = [...loaded].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
  const packages = sources.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  const bytes = [...loaded].reduce((sum, name) => sum + (outputs[name]?.bytes ?? 0), 0);
  return { packages: new Set(packages), sources, bytes };
}

const main = 'pipeline/cli/main.ts';

test('--help loads no library but the one that reads command lines', async () => {
  const { packages, sources, bytes } = await loadedBy(main);
  expect([...packages]).toEqual(['commander']);
  expect(sources).toContain('pipeline/arch/starter-list.ts');
  expect(sources).not.toContain('pipeline/arch/arch.ts');
  // 103 KiB with the words of all verbs; a library would come with 60 more at least.
  expect(bytes).toBeLessThan(112 * 1024);
});

test.each([
  ['inspect', ['zod', 'yaml', 'node-forge', 'zx']],
  ['verify', ['zod', 'yaml', 'node-forge', 'zx']],
  ['build', ['node-forge', 'zx']],
])('%s does not load %s before it needs them', async (verb, without) => {
  const { packages, sources } = await loadedBy(main, `pipeline/cli/verbs/${verb}.ts`);
  expect(packages).toContain('tar-stream');
  expect([...packages].filter((name) => without.includes(name))).toEqual([]);
  // zod's words for other languages alone have 360 KiB.
  expect(sources.filter((path) => /\/locales\/(?!en\.)/.test(path))).toEqual([]);
});
