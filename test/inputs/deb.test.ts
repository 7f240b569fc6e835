import { describe, expect, test } from 'vitest';
import { debFault } from '../../pipeline/inputs/deb.ts';
import { explainInput } from '../../pipeline/problem/input-problem.ts';
import { debOf } from './small-deb.ts';

describe('a package file', () => {
  const good = debOf({ 'debian-binary': '2.0\n', 'control.tar.xz': 'abc', 'data.tar.xz': 'defg' });

  test('is whole', () => expect(debFault(good)).toBeUndefined());

  test('cut before its first member, it is no package', () => {
    for (let size = 0; size <= 8; size++)
      expect(debFault(good.subarray(0, size))).toEqual({ fault: 'not-a-package' });
  });

  /** The last size of each stretch, what is cut short there, and how much would be enough for it. */
  const stretches = [
    [67, 'number 1', 68],
    [71, 'debian-binary', 72],
    [72, 'control.tar', 132],
    [131, 'number 2', 132],
    [134, 'control.tar.xz', 135],
    [135, 'data.tar', 195],
    [136, 'data.tar', 196],
    [195, 'number 3', 196],
    [199, 'data.tar.xz', 200],
  ] as const;

  test('cut anywhere later, it is cut short, with the figures', () => {
    expect(good.length).toBe(200);
    for (let have = 9; have < good.length; have++) {
      const [, member, need] = stretches.find(([last]) => have <= last) ?? [];
      expect(debFault(good.subarray(0, have))).toEqual({ fault: 'truncated', member, need, have });
    }
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('no package at all, but long enough to be one of them')],
    ['another archive', debOf({ 'a.o': 'x', 'b.o': 'y' })],
    [
      'a size that is no number',
      debOf({ 'debian-binary': '2.0\n' }).map((byte, at) => (at === 56 ? 0x78 : byte)),
    ],
  ])('%s is no package', (_name, bytes) =>
    expect(debFault(bytes)).toEqual({ fault: 'not-a-package' }),
  );
});

test('that a package cannot be unpacked on a full disk is not blamed on the package', () => {
  const hint = (line: string): string =>
    explainInput({ kind: 'deb-damaged', at: undefined, path: 'a.deb', said: [line] }).hint;
  expect(hint('tar: ./x: Cannot write: No space left on device')).toMatch(/free some space/);
  expect(hint('lzma error: compressed data is corrupt')).toMatch(/fetch the package again/);
});
