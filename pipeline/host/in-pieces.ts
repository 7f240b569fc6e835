/** Bytes that are too many to be in memory at once, read piece by piece. */
import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '../units/units.ts';

export type ReadAt = (at: number, size: number) => Promise<Uint8Array>;

/** What is read at a time. */
const usual = 4 << 20;

/** `[start, end)` of what `read` reads, in order. */
export async function* inPieces(
  read: ReadAt,
  start: number,
  end: number,
  most = usual,
): AsyncGenerator<{ readonly at: number; readonly bytes: Uint8Array }> {
  for (let at = start; at < end; at += most)
    yield { at, bytes: await read(at, Math.min(most, end - at)) };
}

/** The digest of `[start, end)`; each piece goes to `sink` on the way. */
export async function digestInPieces(
  read: ReadAt,
  start: number,
  end: number,
  sink: (at: number, bytes: Uint8Array) => Promise<void> = async () => {},
): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const { at, bytes } of inPieces(read, start, end)) {
    hash.update(bytes);
    await sink(at, bytes);
  }
  return digestOf(hash.digest());
}
