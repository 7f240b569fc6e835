import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { loaderDetails } from '../../pipeline/format/loader-detail.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { kebabCase } from '../../pipeline/units/kebab-case.ts';
import { loaderDriver, runDriver } from '../support/loader-host.ts';

const folder = 'out/test/loader-runtime';
let driver: string;
const run = (...args: readonly string[]): readonly string[] =>
  runDriver(driver, ...args)
    .trimEnd()
    .split('\n');

beforeAll(() => {
  driver = loaderDriver('check');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/root/sys/a`, { recursive: true });
  writeFileSync(`${folder}/outside`, 'outside');
  writeFileSync(`${folder}/root/outside`, 'inside');
  writeFileSync(`${folder}/root/sys/five`, '12345');
  writeFileSync(`${folder}/root/sys/nul`, '12\0');
  symlinkSync('/sys/five', `${folder}/root/sys/absolute`);
  symlinkSync('../../../outside', `${folder}/root/sys/a/up`);
});

test('text is cut where it does not fit, and what comes from outside does not reach a terminal as it is', () => {
  expect(run('text')).toEqual([
    'a\\x1b[0m\\x5c',
    '"\\"q\\"\\\\\\u000a\\u0009\\u0001\\ufffdz"',
    '0 B,1023 B,1.5 KiB,12 MiB,15.9 EiB',
    '1970-01-01T00:00:00Z,2000-02-29T00:00:00Z,2024-02-29T23:59:59Z,2100-03-01T00:00:00Z,9999-12-31T23:59:59Z,-1 s',
    '0 ffffffffffffffff -9223372036854775808',
    'permission denied, error 12345',
    '0',
    'seven 1',
  ]);
});

test('a file is read whole, or not at all', () => {
  expect(run('read', '/', '/proc/self/comm', '64')).toEqual(['0', 'check']);
  const root = `${folder}/root`;
  expect(run('read', root, '/sys/five', '6')).toEqual(['0', '12345']);
  expect(run('read', root, '/sys/five', '5')).toEqual(['-27']);
  expect(run('read', root, '/sys/nul', '64')).toEqual(['-22']);
  expect(run('read', root, '/sys/none', '64')).toEqual(['-2']);
  expect(run('read', root, '/sys', '64')).toEqual(['-21']);
});

test('below a root, no link and no path leads out of it', () => {
  const root = `${folder}/root`;
  expect(run('read', root, '/sys/absolute', '64')).toEqual(['0', '12345']);
  // ".." at the top stays there, as at "/".
  expect(run('read', root, '/sys/a/up', '64')).toEqual(['0', 'inside']);
  expect(run('read', root, '/../outside', '64')).toEqual(['0', 'inside']);
});

test('a directory gives all of its names', () => {
  const names = Array.from({ length: 300 }, (_, n) => `cpu${n}-${'x'.repeat(n % 60)}`);
  mkdirSync(`${folder}/root/many`, { recursive: true });
  for (const name of names) writeFileSync(`${folder}/root/many/${name}`, '');
  const told = run('names', `${folder}/root`, '/many');
  expect(told.at(-1)).toBe('0');
  expect(told.slice(0, -1).sort()).toEqual([...names].sort());
});

test('a bundle is loaded from a regular file within the limit', () => {
  expect(run('load', `${folder}/root/sys/five`, '5').at(-1)).toBe('5 65536');
  const refused = (path: string): string | undefined => run('load', path, '4')[0];
  expect(refused(`${folder}/root/sys/five`)).toBe('no-file file-large');
  expect(refused(folder)).toBe('no-file file-kind');
  expect(refused('/dev/zero')).toBe('no-file file-kind');
  expect(refused(`${folder}/none`)).toBe('no-file file-missing');
});

test.each([
  ['status', 'statuses', loaderStatuses],
  ['detail', 'details', loaderDetails],
])('every %s has its name in JSON', (_, verb, table) => {
  expect(run(verb)).toEqual(
    Object.entries(table)
      .map(([name, { code }]) => ({ name, code }))
      .sort((a, b) => a.code - b.code)
      .map(({ name, code }) => `${code} ${kebabCase(name)}`),
  );
});
