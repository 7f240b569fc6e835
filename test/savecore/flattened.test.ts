/** makedumpfile's flattened format, against makedumpfile, and as far as a stream goes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFlattened, rearrange } from '../../pipeline/savecore/flattened.ts';
import { text } from '../fixtures/bytes.ts';
import { flattened, recordHeader, somePieces } from '../fixtures/flattened-stream.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flattened-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function rearranged(stream: Uint8Array, chunk = 1000) {
  let file = Buffer.alloc(0);
  const result = await rearrange(inChunks(stream, chunk), async (at, bytes) => {
    const end = Number(at) + bytes.length;
    if (end > file.length) file = Buffer.concat([file, Buffer.alloc(end - file.length)]);
    file.set(bytes, Number(at));
  });
  return { ...result, file };
}

describe('a flattened stream', () => {
  test('becomes the same file as with makedumpfile', async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const stream = flattened(somePieces(seed));
      const [flat, whole] = [join(folder, 'flat'), join(folder, 'whole')];
      writeFileSync(flat, stream);
      rmSync(whole, { force: true });
      execFileSync('bash', ['-c', 'makedumpfile -R "$1" <"$2"', '-', whole, flat], {
        stdio: 'pipe',
      });
      const ours = await rearranged(stream, 1 + ((seed * 37) % 5000));
      expect([seed, ours.cut, ours.read]).toEqual([seed, undefined, BigInt(stream.length)]);
      expect(ours.file.equals(readFileSync(whole)), `seed ${seed}`).toBe(true);
      expect(ours.size).toBe(BigInt(ours.file.length));
    }
  });

  const pieces = [
    [0, text('head')],
    [5000, text('a page')],
    [100, text('late')],
  ] as const;
  const stream = flattened(pieces);
  const whole = Buffer.alloc(5006);
  for (const [at, bytes] of pieces) whole.set(bytes, at);

  test('is read as far as it goes, wherever it is cut', async () => {
    for (let size = 4096; size < stream.length; size += 1) {
      const { cut, file, read } = await rearranged(stream.subarray(0, size), 7);
      expect([size, cut]).toEqual([size, 'ends']);
      expect(read <= BigInt(size)).toBe(true);
      expect(file.length).toBeLessThanOrEqual(whole.length);
      // What there is of it is right.
      for (const [index, byte] of file.entries()) if (byte !== 0) expect(byte).toBe(whole[index]);
    }
    expect((await rearranged(stream)).file.equals(whole)).toBe(true);
  });

  test('may be followed by anything', async () => {
    const { cut, file, read } = await rearranged(Buffer.concat([stream, Buffer.alloc(9000, 'x')]));
    expect([cut, read, file.equals(whole)]).toEqual([undefined, BigInt(stream.length), true]);
  });

  test.each([
    ['a negative offset', recordHeader(-2n, 4n)],
    ['a size of nothing', recordHeader(0n, 0n)],
    ['a negative size', recordHeader(0n, -4n)],
    ['the end, by half', recordHeader(-1n, 4n)],
    ['an offset beyond every disk', recordHeader(1n << 46n, 4n)],
    ['a size beyond every record', recordHeader(0n, 1n << 40n)],
    ['numbers that overflow', recordHeader((1n << 63n) - 1n, (1n << 63n) - 1n)],
    ['bytes of something else', Buffer.from('a file system...')],
  ])('ends before a record with %s', async (_name, record) => {
    const head = stream.subarray(0, 4096 + 20);
    const { cut, file, read } = await rearranged(Buffer.concat([head, record, Buffer.alloc(64)]));
    expect([cut, read]).toEqual(['no-record', 4116n]);
    expect(file.toString()).toBe('head');
  });

  test('of another type or version is not read', async () => {
    const other = Buffer.from(stream);
    other[23] = 2;
    expect(await rearranged(other)).toMatchObject({ cut: 'no-record', size: 0n });
  });

  test('is known by its first bytes alone', () => {
    expect(isFlattened(stream)).toBe(true);
    for (const other of ['', 'makedumpfile', 'makedumpfile!', 'KDUMP   ', '\x7fELF'])
      expect(isFlattened(text(other))).toBe(false);
  });
});
