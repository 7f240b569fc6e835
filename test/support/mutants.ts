/** What becomes of good bytes on a bad way: fast-check's part of fuzzing, for readers in TypeScript. */
import fc from 'fast-check';

type Edit = (bytes: Uint8Array) => Uint8Array;

/** Sizes, counts and offsets at the ends of their ranges. */
const telling = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

const place = fc.nat().map((n) => (size: number) => (size === 0 ? 0 : n % size));
const pieces = fc.uint8Array({ minLength: 1, maxLength: 16 });
const length = fc.nat({ max: 64 });

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(
    ([at, bit]): Edit =>
      (bytes) => {
        const where = at(bytes.length);
        const changed = Uint8Array.from(bytes);
        if (where < changed.length) changed[where] = (changed[where] ?? 0) ^ (1 << bit);
        return changed;
      },
  ),
  fc.tuple(place, fc.constantFrom(...telling), fc.constantFrom(1, 2, 4, 8), fc.boolean()).map(
    ([at, value, width, little]): Edit =>
      (bytes) => {
        const changed = Uint8Array.from(bytes);
        const where = at(bytes.length);
        for (let index = 0; index < width; index++) {
          const shift = 8 * (little ? index : width - 1 - index);
          if (where + index < changed.length)
            changed[where + index] = shift < 32 ? (value >>> shift) & 0xff : 0;
        }
        return changed;
      },
  ),
  fc.tuple(place, pieces).map(
    ([at, piece]): Edit =>
      (bytes) => {
        const where = at(bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, where), piece, bytes.subarray(where)]);
      },
  ),
  fc.tuple(place, length).map(
    ([at, size]): Edit =>
      (bytes) => {
        const where = at(bytes.length);
        return Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + size)]);
      },
  ),
  fc.tuple(place, place, length).map(
    ([from, to, size]): Edit =>
      (bytes) => {
        const piece = bytes.slice(from(bytes.length)).subarray(0, size);
        const where = to(bytes.length);
        return Buffer.concat([
          bytes.subarray(0, where),
          piece,
          bytes.subarray(Math.min(bytes.length, where + piece.length)),
        ]);
      },
  ),
  place.map(
    (at): Edit =>
      (bytes) =>
        bytes.slice(0, at(bytes.length)),
  ),
);

/** One of the samples after one to six edits. */
export const mutantsOf = (samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([sample, edits]) => {
      const changed = edits.reduce<Uint8Array>((bytes, change) => change(bytes), sample);
      return Uint8Array.from(changed);
    });
