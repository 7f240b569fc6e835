import { describe, expect, test } from 'vitest';
import {
  checkAgainstLock,
  type Lock,
  type LockedProfile,
  mergeLocks,
  parseLock,
  renderLock,
} from '../../pipeline/inputs/lock.ts';
import type { Digest } from '../../pipeline/units/units.ts';

const digest = (letter: string): Digest => letter.repeat(64) as Digest;
const text = (lock: Lock): string => Buffer.from(renderLock(lock)).toString();

const pinned: LockedProfile = {
  kernel: {
    asked: 'apt linux-image-amd64 amd64',
    inputs: [
      {
        name: 'kernel',
        sha256: digest('a'),
        size: 10,
        package: { name: 'linux-image-6.1.0-1-amd64', version: '6.1.1-1', architecture: 'amd64' },
      },
    ],
  },
  tools: {
    asked: 'installed',
    inputs: [
      { name: 'tools/b', sha256: digest('b'), size: 2 },
      { name: 'tools/a', sha256: digest('c'), size: 3 },
    ],
  },
};
const lock: Lock = { version: 1, profiles: { zebra: pinned, ant: {} } };

test('a lock reads back as it was written, sorted, whatever order it was made in', () => {
  const read = parseLock(text(lock));
  expect(read.ok && text(read.value)).toBe(text(lock));
  const other: Lock = {
    version: 1,
    profiles: {
      ant: {},
      zebra: {
        tools: { asked: 'installed', inputs: [...(pinned.tools?.inputs ?? [])].reverse() },
        kernel: pinned.kernel ?? { asked: '', inputs: [] },
      },
    },
  };
  expect(text(other)).toBe(text(lock));
  expect(text(lock).indexOf('ant')).toBeLessThan(text(lock).indexOf('zebra'));
});

test('every complaint is reported at once', () => {
  const bad = {
    version: 1,
    more: true,
    profiles: {
      p: {
        kernel: {
          asked: 7,
          inputs: [
            { name: '', sha256: 'ABC', size: -1, extra: 0 },
            { name: 'k', sha256: digest('a'), size: 1, package: { name: '-o', version: '1' } },
            3,
          ],
        },
        tools: { asked: 'x', inputs: {} },
      },
    },
  };
  const read = parseLock(JSON.stringify(bad));
  const keys = read.ok ? [] : read.problems.map((problem) => ('key' in problem ? problem.key : ''));
  expect(keys).toEqual([
    'more',
    'profiles.p.kernel.asked',
    'profiles.p.kernel.inputs.0.extra',
    'profiles.p.kernel.inputs.0.size',
    'profiles.p.kernel.inputs.0.name',
    'profiles.p.kernel.inputs.0.sha256',
    'profiles.p.kernel.inputs.1.package.name',
    'profiles.p.kernel.inputs.1.package.architecture',
    'profiles.p.kernel.inputs.2',
    'profiles.p.kernel.inputs.2.size',
    'profiles.p.kernel.inputs.2.name',
    'profiles.p.kernel.inputs.2.sha256',
    'profiles.p.tools.inputs',
  ]);
});

test.each([
  ['no JSON', '{', 'lock-syntax'],
  ['another version', '{"version":2,"profiles":{}}', 'lock-version'],
  ['no version', '{"profiles":{}}', 'lock-version'],
  ['no map', '[]', 'lock-value'],
])('%s is refused', (_name, source, kind) => {
  const read = parseLock(source);
  expect(read.ok ? 'read' : read.problems[0].kind).toBe(kind);
});

test('a newer lock replaces a profile whole and keeps the others', () => {
  const merged = mergeLocks(lock, { version: 1, profiles: { ant: pinned } });
  expect(Object.keys(merged.profiles).sort()).toEqual(['ant', 'zebra']);
  expect(merged.profiles.ant).toBe(pinned);
});

describe('a build held against its lock', () => {
  const kinds = (found: LockedProfile): string[] =>
    checkAgainstLock('p', pinned, found).map(({ kind }) => kind);
  const tools = (...inputs: readonly [string, string][]): LockedProfile => ({
    tools: {
      asked: 'installed',
      inputs: inputs.map(([name, letter]) => ({ name, sha256: digest(letter), size: 1 })),
    },
  });

  test('agrees with itself', () => expect(kinds(pinned)).toEqual([]));
  test('another digest', () =>
    expect(kinds(tools(['tools/a', 'd'], ['tools/b', 'b']))).toEqual(['digest-wrong']));
  test('one more and one less', () =>
    expect(kinds(tools(['tools/x', 'b'], ['tools/a', 'c']))).toEqual([
      'lock-input-unknown',
      'lock-input-gone',
    ]));
  test('something else asked for', () =>
    expect(kinds({ tools: { asked: 'apt', inputs: [] } })).toEqual(['lock-differs']));
  test('a part that was not there', () =>
    expect(kinds({ initramfs: { asked: 'file', inputs: pinned.tools?.inputs ?? [] } })).toEqual([
      'lock-input-unknown',
      'lock-input-unknown',
    ]));
});
