import { expect, test } from 'vitest';
import { joinBytes } from '../../pipeline/units/bytes.ts';

test('pieces are joined in their order', () => {
  expect(joinBytes([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)])).toEqual(
    Uint8Array.of(1, 2, 3),
  );
  expect(joinBytes([])).toEqual(new Uint8Array());
});

test('the whole shares no memory with its pieces', () => {
  const piece = Uint8Array.of(1);
  const whole = joinBytes([piece]);
  piece[0] = 2;
  expect(whole).toEqual(Uint8Array.of(1));
});

test('a piece that is part of a larger buffer gives its own bytes only', () => {
  expect(joinBytes([Buffer.from('abcd').subarray(1, 3)])).toEqual(Uint8Array.of(0x62, 0x63));
});
