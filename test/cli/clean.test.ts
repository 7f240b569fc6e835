/** What is kept for later builds, how much of it, and what `clean` takes away: on real files, whose times count. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { privateApt } from '../../pipeline/inputs/apt.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { must } from '../fixtures/results.ts';
import { runCli } from './memory-world.ts';

// What is built into the tool is not wanted here.
vi.mock('../../pipeline/cli/embedded-images.ts', () => ({ purgatoryOf: async () => undefined }));

const MiB = 2 ** 20;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clean-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const host = (most = ''): Host => ({
  ...realHost(),
  env: (name) => ({ CRASHSEAL_CACHE: join(folder, 'cache'), CRASHSEAL_CACHE_MAX: most })[name],
});
const out = () => ['--out', join(folder, 'out')];

/** A file of so many MiB that was used so many days ago. */
function file(path: string, size: number, days: number): string {
  const at = join(folder, path);
  mkdirSync(join(at, '..'), { recursive: true });
  writeFileSync(at, '');
  truncateSync(at, size * MiB);
  const then = new Date(Date.now() - days * 86_400_000);
  utimesSync(at, then, then);
  return at;
}
const deb = (digit: string): string => `cache/debs/${digit.repeat(64)}.deb`;
const left = (path: string): readonly string[] =>
  existsSync(join(folder, path)) ? readdirSync(join(folder, path)).sort() : [];
const digits = () => left('cache/debs').map((name) => name[0]);

test('the cache is bounded by size, and what was not used for the longest time goes first', async () => {
  file(deb('a'), 300, 3);
  file(deb('b'), 300, 9);
  file(deb('c'), 300, 1);
  file(deb('d'), 300, 6);
  file('cache/debs/notes.txt', 900, 99);
  const { status } = await runCli(['clean', ...out()], host('700M'));
  expect(status).toBe(0);
  expect(digits()).toEqual(['a', 'c', 'n']);
});

test('a build keeps to the bound, also when it fails', async () => {
  file(deb('a'), 300, 3);
  file(deb('b'), 300, 9);
  const none = join(folder, 'none.yaml');
  const words = ['build', '--unsigned', ...out(), '--lock', join(folder, 'lock'), none];
  expect((await runCli(words, host('500M'))).status).toBe(1);
  expect(digits()).toEqual(['a']);
});

test('a package that a build takes from the cache counts as used', async () => {
  const bytes = new TextEncoder().encode('the package');
  const path = join(folder, `cache/debs/${sha256(bytes)}.deb`);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  utimesSync(path, new Date(0), new Date(0));
  const apt = privateApt(host(), { cache: join(folder, 'cache'), architecture: 'arm64' });
  const pinned = {
    package: 'x',
    version: '1',
    architecture: 'arm64',
    digest: sha256(bytes),
    size: 11,
  };
  must(await apt.fetch(pinned, undefined, 'lock'));
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(3_600_000);
});

test('clean takes the store and what killed builds left, and nothing that others keep there', async () => {
  const kept = `kernel-3-${'e'.repeat(64)}`;
  file(`out/store/${kept}/boot/vmlinuz`, 1, 0);
  file(`out/store/modules-1-${'f'.repeat(64)}`, 1, 0);
  file('out/store/own-notes', 1, 0);
  file('out/web.crashseal', 1, 0);
  file('cache/tmp/crashseal-old/x', 1, 9);
  utimesSync(join(folder, 'cache/tmp/crashseal-old'), new Date(0), new Date(0));
  file('cache/tmp/crashseal-new/x', 1, 0);
  file('cache/server-root/x', 1, 0);
  file('cache/apt/amd64/updated', 1, 0);
  file(deb('a'), 1, 3);
  const { status, out: said } = await runCli(['clean', '--json', ...out()], host());
  expect(status).toBe(0);
  expect(JSON.parse(said)).toMatchObject({
    store: { files: 2, bytes: 2 * MiB },
    cache: { files: 1, bytes: MiB },
  });
  expect(left('out')).toEqual(['store', 'web.crashseal']);
  expect(left('out/store')).toEqual(['own-notes']);
  expect(left('cache/tmp')).toEqual(['crashseal-new']);
  expect(left('cache')).toEqual(['apt', 'debs', 'server-root', 'tmp']);

  const all = await runCli(['clean', '--all', ...out()], host());
  expect(all.out).toMatch(/1\.0 MiB|2\.0 MiB|2048\.0 KiB removed/);
  expect(left('cache')).toEqual(['debs', 'server-root', 'tmp']);
  expect(digits()).toEqual([]);
});

test('clean where nothing was ever built has nothing to do', async () => {
  const { status, out: said } = await runCli(['clean', ...out()], host());
  expect([status, said.match(/nothing to remove/g)?.length]).toEqual([0, 2]);
});

test.each(['clean', 'build'])('%s says what CRASHSEAL_CACHE_MAX takes', async (verb) => {
  const words = verb === 'build' ? ['--unsigned', 'x.yaml'] : [];
  const { status, talk } = await runCli([verb, ...words], host('4 gigs'));
  expect(status).toBe(2);
  expect(talk).toContain('CRASHSEAL_CACHE_MAX is "4 gigs"');
});
