import { describe, expect, test } from 'vitest';
import { debFault } from '../../pipeline/inputs/deb.ts';
import { explainInput } from '../../pipeline/problem/input-problem.ts';
import { debOf } from './small-deb.ts';

describe('a package file', () => {
  const good = debOf({ 'debian-binary': '2.0\n', 'control.tar.xz': 'abc', 'data.tar.xz': 'defg' });

  test('is whole', () => expect(debFault(good)).toBeUndefined());

  test('cut anywhere, it is no package or cut short, with the figures', () => {
    for (let size = 0; size < good.length; size++) {
      const fault = debFault(good.subarray(0, size));
      expect(fault?.fault).toBe(
        size < 8 + 60 ? (size < 8 ? 'not-a-package' : fault?.fault) : 'truncated',
      );
      if (fault?.fault === 'truncated') expect(fault.need).toBeGreaterThan(fault.have);
      expect(fault).toBeDefined();
    }
    expect(debFault(good.subarray(0, good.length - 1))).toEqual({
      fault: 'truncated',
      member: 'data.tar.xz',
      need: good.length,
      have: good.length - 1,
    });
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
