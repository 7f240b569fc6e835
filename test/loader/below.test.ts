/** Files below `--root`: links lead to what they name there, and nothing leads out, on old kernels too. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { sampleMachine, writeMachine } from '../fixtures/x86-64-machine.ts';
import { loaderDriver, runDriver } from '../support/loader-host.ts';
import { bench, readReport, run } from './running.ts';

const files = {
  'root/etc/name': 'inside',
  'root/a/b/c/deep': 'deep',
  'root/secret': 'our own secret',
  secret: 'SECRET OF THE MACHINE ITSELF',
  'beside/etc/name': 'SECRET BESIDE',
};

/** Text of a link below the root, by its path. */
const links: Readonly<Record<string, string>> = {
  plain: 'etc/name',
  absolute: '/etc/name',
  folder: 'a/b',
  chain: 'chain2',
  chain2: '/folder/c/deep',
  'a/up': '../etc/name',
  'a/b/home': '/',
  // Out of it, in every way that a text can say it.
  out: '../secret',
  further: '../../../../../../../../secret',
  outer: '/../secret',
  'a/b/c/out': '../../../../beside/etc/name',
  beside: '../beside',
  // Without an end.
  loop: 'loop',
  ping: 'pong',
  pong: '/ping',
  dangling: 'nowhere',
  'dangling-folder': 'nowhere/name',
  slashed: 'etc/name/',
  dotted: './/etc/./../etc///name',
  empty: 'etc/',
};

const paths = [
  '/etc/name',
  'etc/name',
  '//etc//name',
  '/etc',
  '/etc/',
  '/',
  '/.',
  '/..',
  '/../etc/name',
  '/etc/../secret',
  '/../secret',
  '/a/b/c/../../../../../../secret',
  '/a/b/home/a/b/home/etc/name',
  '/etc/name/',
  '/etc/name/.',
  '/etc/name/more',
  '/folder/c/deep',
  '/folder/../up',
  '/beside/etc/name',
  '/nothing',
  '/nothing/more',
  `/${'long'.repeat(64)}`,
  `${'/a/b/home'.repeat(30)}/etc/name`,
  `${'/a/b/home'.repeat(42)}/etc/name`,
  ...Object.keys(links).flatMap((link) => [`/${link}`, `/${link}/`]),
];

let folder = '';
let root = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'below-'));
  root = join(folder, 'root');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const [path, text] of Object.entries(links)) symlinkSync(text, join(root, path));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const found = (kernel: 'new' | 'old', ...asked: readonly string[]): readonly string[] => {
  const program = loaderDriver('open-below');
  const before = kernel === 'old' ? [loaderDriver('without-openat2'), program] : [program];
  const [first = '', ...rest] = before;
  return runDriver(first, ...rest, root, ...asked)
    .trimEnd()
    .split('\n');
};

describe.each(['new', 'old'] as const)('on a kernel that is %s', (kernel) => {
  test('links are followed, as if the root were "/"', () => {
    expect(
      found(kernel, '/plain', '/absolute', '/folder/c/deep', '/chain', '/a/up', '/dotted'),
    ).toEqual(['inside', 'inside', 'deep', 'deep', 'inside', 'inside']);
  });

  test('no link and no path leads out', () => {
    expect(found(kernel, ...paths).join('\n')).not.toContain('SECRET');
    expect(found(kernel, '/out', '/further', '/outer', '/../secret')).toEqual(
      Array(4).fill('our own secret'),
    );
    // There `beside` is the link itself.
    expect(found(kernel, '/a/b/c/out', '/beside/etc/name')).toEqual(['-40', '-40']);
  });

  test('a circle of links ends, and the loader with it', () => {
    expect(found(kernel, '/loop', '/ping')).toEqual(['-40', '-40']);
  });
});

test('an old kernel is no reason for another answer', () => {
  const answers = (kernel: 'new' | 'old') =>
    Object.fromEntries(found(kernel, ...paths).map((line, index) => [paths[index] ?? '', line]));
  expect(answers('old')).toEqual(answers('new'));
});

test('a machine whose files are links is loaded for on an old kernel', async () => {
  const here = await bench('loader-below');
  const path = here.write('bundle', await signedBundle(here.keys));
  const machine = writeMachine(join(folder, 'machine'), sampleMachine);
  rmSync(join(machine, 'proc/iomem'));
  writeFileSync(join(machine, 'iomem'), sampleMachine['proc/iomem'] ?? '');
  symlinkSync('/iomem', join(machine, 'proc/iomem'));
  const ran = run(
    loaderDriver('without-openat2'),
    here.program,
    ...['--json', '--trust', here.trust, '--root', machine, '--now', '1800000000', path],
  );
  expect(readReport(ran.stdout)).toMatchObject({ status: 'ok' });
});
