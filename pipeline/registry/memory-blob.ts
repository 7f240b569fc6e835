/** Blobs that are small enough to be in memory. */
import { ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { BlobSource, Descriptor, Repository } from './repository.ts';

export const memoryBlob = (bytes: Uint8Array): BlobSource => ({
  digest: sha256(bytes),
  size: bytes.length,
  read: async (at, size) => bytes.subarray(at, at + size),
});

/** All of a blob; the caller has looked at its size. */
export async function blobBytes(
  repository: Repository,
  blob: Descriptor,
): Promise<Result<Uint8Array>> {
  const bytes = new Uint8Array(blob.size);
  const read = await repository.readBlob(blob, async (at, piece) => bytes.set(piece, at));
  return read.ok ? ok(bytes) : read;
}
