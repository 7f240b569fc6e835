/** The tarball of `npm pack`: all that the tool needs is in it, and nothing else. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { packSealed } from '../fixtures/pack-sealed.ts';
import { memberBytes, sampleSeal } from '../fixtures/x86-64-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'crashseal-npm-'));
afterAll(() => rmSync(folder, { recursive: true }));

// An own, empty cache, and no registry: what is not in the tarball is not there.
const npm = (cwd: string, ...words: readonly string[]): string =>
  execFileSync(
    'npm',
    [...words, '--offline', '--no-audit', '--no-fund', `--cache=${join(folder, 'cache')}`],
    {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );

function pack(name: string): string {
  const into = join(folder, name);
  mkdirSync(into);
  npm('.', 'pack', '--silent', '--pack-destination', into);
  const [file = ''] = readdirSync(into);
  return join(into, file);
}

let tarball: string;
beforeAll(() => {
  execFileSync('make', ['-s', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] });
  tarball = pack('one');
});

test('holds what it needs, and nothing else', async () => {
  const listed = execFileSync('tar', ['--list', '--verbose', '--gzip', '--file', tarball], {
    encoding: 'utf8',
  });
  // Names of parts are those of their content.
  const lines = listed
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('/out/crashseal/'))
    .map((line) => line.replace(/^(\S+) .* package\//, '$1 '));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/package/npm-contents.txt');
  const parts = listed.matchAll(/package\/out\/crashseal\/(\S+)$/gm);
  expect([...parts].map(([, name]) => name).sort()).toEqual(readdirSync('out/crashseal').sort());
});

test('is the same bytes again', () => {
  expect(readFileSync(pack('two')).equals(readFileSync(tarball))).toBe(true);
});

test('npm installs it without a registry, and it runs with its loaders', async () => {
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  npm(project, 'install', tarball);
  // Nothing comes along.
  expect(readdirSync(join(project, 'node_modules')).sort()).toEqual([
    '.bin',
    '.package-lock.json',
    'crashseal',
  ]);
  const run = (...words: readonly string[]): string =>
    execFileSync(join(project, 'node_modules/.bin/crashseal'), words, {
      encoding: 'utf8',
      cwd: '/',
    });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(run('--version')).toBe(`${version}\n`);
  const bundle = join(folder, 'web.crashseal');
  writeFileSync(bundle, await packSealed(encodeSeal(sampleSeal), [], memberBytes));
  expect(JSON.parse(run('inspect', '--json', bundle))).toMatchObject({
    seal: { profile: sampleSeal.profile },
  });
  let said: string;
  try {
    said = run('doctor', '--for', 'test-crash', '--arch', 's390x', '--json');
  } catch (error) {
    // Something else may be missing on this machine, such as QEMU.
    said = (error as { stdout: string }).stdout;
  }
  const { checks } = JSON.parse(said) as { checks: readonly { what: string; found: string }[] };
  expect(checks.find(({ what }) => what === 'loader for s390x')?.found).toBe(
    join(project, 'node_modules/crashseal/out/native/s390x/crashseal-load'),
  );
});

/** By esbuild's own account of what it has put into the tool. */
test('what others wrote is named in it, with the text of its licence', () => {
  const { inputs } = JSON.parse(readFileSync('out/crashseal.meta.json', 'utf8')) as {
    inputs: Readonly<Record<string, unknown>>;
  };
  const folders = new Set(
    Object.keys(inputs).flatMap(
      (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
    ),
  );
  expect(folders.size).toBeGreaterThan(30);
  const told = execFileSync(
    'tar',
    ['--extract', '--to-stdout', '--gzip', '--file', tarball, 'package/out/third-party.txt'],
    { encoding: 'utf8' },
  );
  for (const path of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    expect(told).toContain(`\n  ${name} ${version} (${license})\n`);
  }
  // One of each kind by its words.
  expect(told).toContain('Copyright (c) 2011 TJ Holowaychuk');
  expect(told).toContain('Thomas Pornin');
});
