/** What a declaration checks of itself, and what encoder and decoder do with it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declaredLayouts, machineLayouts } from '../../pipeline/format/declared.ts';
import {
  bytes,
  decode,
  encode,
  layout,
  openText,
  patch,
  read,
  reservedByte,
  text,
  u8,
  u16,
  u32,
  u64,
} from '../../pipeline/format/layout.ts';

/** Reserved: 0x03, and 0x1c to its end. */
const sample = layout('sample', 0x20, 'A sample', {
  small: u8(0x00, 'a byte'),
  middle: u16(0x01, 'two'),
  number: u32(0x04, 'four'),
  large: u64(0x08, 'eight'),
  name: text(0x10, 8, 'a name'),
  raw: bytes(0x18, 4, 'bytes'),
});
const value = {
  small: 0xfe,
  middle: 0x1234,
  number: 0x8000_0001,
  large: 0xffee_ddcc_bbaa_9988n,
  name: 'kernel',
  raw: Uint8Array.of(1, 2, 3, 4),
};

describe('a declaration is refused', () => {
  test('when a field overlaps the one before it', () => {
    expect(() => layout('x', 8, '', { a: u32(0, ''), b: u16(3, '') })).toThrow('x.b overlaps');
  });

  test('when its fields are out of order', () => {
    expect(() => layout('x', 8, '', { a: u32(4, ''), b: u32(0, '') })).toThrow('x.b overlaps');
  });

  test('when a field reaches past its end', () => {
    expect(() => layout('x', 8, '', { a: u64(1, '') })).toThrow('x is 8 bytes');
  });
});

describe('a value', () => {
  test('stands where its fields say, in the order of bytes that is asked for', () => {
    const hex = (order: 'little' | 'big') =>
      Buffer.from(encode(sample, value, order)).toString('hex');
    expect(hex('little')).toBe('fe341200010000808899aabbccddeeff6b65726e656c00000102030400000000');
    expect(hex('big')).toBe('fe12340080000001ffeeddccbbaa99886b65726e656c00000102030400000000');
  });

  test('comes back from its bytes, in either order, at any place', () => {
    const any = fc.record({
      small: fc.nat(0xff),
      middle: fc.nat(0xffff),
      number: fc.nat(0xffff_ffff),
      large: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      name: fc.stringMatching(/^[a-z]{0,7}$/),
      raw: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    });
    fc.assert(
      fc.property(any, fc.constantFrom('little', 'big'), fc.nat(9), (one, order, at) => {
        const source = new Uint8Array(at + sample.size + 3).fill(0xaa);
        source.set(encode(sample, one, order), at);
        expect(decode(sample, source, at, order)).toEqual({ ok: true, value: one });
        expect(read(sample, source, at, order)).toEqual(one);
      }),
    );
  });

  test.each([
    ['a number that is too large', { ...value, middle: 0x1_0000 }],
    ['a number below zero', { ...value, small: -1 }],
    ['half a number', { ...value, number: 0.5 }],
    ['more than 64 bits', { ...value, large: 1n << 64n }],
    ['too few bytes', { ...value, raw: new Uint8Array(3) }],
    ['a text without room for its end', { ...value, name: 'initramf' }],
    ['a text that holds its end', { ...value, name: 'a\0b' }],
  ])('is not encoded with %s', (_, wrong) => {
    expect(() => encode(sample, wrong)).toThrow();
  });

  test('can have one field changed in place', () => {
    const target = new Uint8Array(0x30);
    target.set(encode(sample, value), 0x10);
    patch(sample, target, 0x10, 'middle', 7);
    expect(decode(sample, target, 0x10)).toEqual({ ok: true, value: { ...value, middle: 7 } });
  });
});

describe('bytes are refused', () => {
  const good = encode(sample, value);
  const changed = (at: number, byte: number): Uint8Array => {
    const copy = Uint8Array.from(good);
    copy[at] = byte;
    return copy;
  };

  test('when they end early', () => {
    expect(decode(sample, good, 1)).toEqual({
      ok: false,
      why: { fault: 'short', layout: 'sample', need: 0x20, have: 0x1f },
    });
    expect(decode(sample, good, 0x40)).toMatchObject({ ok: false, why: { have: 0 } });
  });

  test.each([0x03, 0x1c, 0x1f])('when reserved byte %i is set', (at) => {
    const why = { fault: 'reserved-set', layout: 'sample', offset: at };
    expect(decode(sample, changed(at, 1))).toEqual({ ok: false, why });
    expect(reservedByte(sample, changed(at, 1), 0)).toBe(at);
  });

  test('when a text is not ended, or not padded with zeros', () => {
    const open = Uint8Array.from(good).fill(0x61, 0x10, 0x18);
    const why = { fault: 'text-unterminated', layout: 'sample', offset: 0x10 };
    expect(decode(sample, open)).toEqual({ ok: false, why });
    expect(decode(sample, changed(0x17, 0x61))).toEqual({ ok: false, why });
    expect(openText(sample, open, 0)).toBe(0x10);
    expect(read(sample, open).name).toBe('aaaaaaaa');
    expect(openText(sample, good, 0)).toBeUndefined();
  });
});

test.each([...declaredLayouts, ...machineLayouts].map((one) => [one.name, one] as const))(
  '%s: every byte is one field or reserved',
  (_, declared) => {
    const covered = new Uint8Array(declared.size);
    for (const { offset, size } of Object.values(declared.fields))
      for (let at = offset; at < offset + size; at++) covered[at] = (covered[at] ?? 0) + 1;
    expect(Math.max(...covered)).toBe(1);
    for (const [at, count] of covered.entries()) {
      const source = new Uint8Array(declared.size);
      source[at] = 1;
      expect(reservedByte(declared, source, 0)).toBe(count === 0 ? at : undefined);
    }
  },
);
