import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  alignUp,
  digestBytes,
  digestOf,
  hex,
  isAligned,
  showSize,
} from '../../pipeline/units/units.ts';

test('a digest is 32 bytes as hex, and back', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
  expect(digestOf(bytes)).toMatch(/^0008101820[0-9a-f]{54}$/);
  expect(digestBytes(digestOf(bytes))).toEqual(bytes);
  expect(() => digestOf(bytes.subarray(1))).toThrow('31');
});

test('an aligned value is the smallest multiple that is not below', () => {
  const power = fc.integer({ min: 0, max: 40 }).map((shift) => 1n << BigInt(shift));
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), power, (value, alignment) => {
      const up = alignUp(value, alignment);
      expect(isAligned(up, alignment)).toBe(true);
      expect(up >= value && up - value < alignment).toBe(true);
    }),
  );
});

test('addresses are hex with a prefix', () => {
  expect(hex(0x3100_0000n)).toBe('0x31000000');
  expect(hex(10)).toBe('0xa');
});

test.each([
  [0, '0 B'],
  [10_239, '10239 B'],
  [10_240, '10.0 KiB'],
  [10 * 1024 ** 2, '10.0 MiB'],
  [1_610_612_736n, '1536.0 MiB'],
  [10 * 1024 ** 3, '10.0 GiB'],
])('%s bytes are shown as %s', (size, shown) => {
  expect(showSize(size)).toBe(shown);
});
