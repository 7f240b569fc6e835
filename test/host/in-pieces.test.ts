import { expect, test } from 'vitest';
import { digestInPieces, inPieces, type ReadAt } from '../../pipeline/host/in-pieces.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';

const all = Uint8Array.from({ length: 10 }, (_, at) => at);
const read: ReadAt = async (at, size) => all.subarray(at, at + size);

test.each([
  [
    0,
    10,
    4,
    [
      [0, 4],
      [4, 4],
      [8, 2],
    ],
  ],
  [
    3,
    9,
    3,
    [
      [3, 3],
      [6, 3],
    ],
  ],
  [5, 5, 4, []],
] as const)('from %i to %i, %i at a time', async (start, end, most, places) => {
  const pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  for await (const piece of inPieces(read, start, end, most)) pieces.push(piece);
  expect(pieces.map(({ at, bytes }) => [at, bytes.length])).toEqual(places);
  expect(pieces.flatMap(({ bytes }) => [...bytes])).toEqual([...all.subarray(start, end)]);
});

test('the digest is of the range, and every byte of it has gone by', async () => {
  const seen: number[] = [];
  const digest = await digestInPieces(read, 2, 9, async (at, bytes) => {
    expect(bytes[0]).toBe(at);
    seen.push(...bytes);
  });
  expect(digest).toBe(sha256(all.subarray(2, 9)));
  expect(seen).toEqual([...all.subarray(2, 9)]);
});
