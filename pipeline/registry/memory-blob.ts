import { sha256 } from '../units/sha256.ts';
import type { BlobSource } from './repository.ts';

/** A blob that is small enough to be in memory. */
export const memoryBlob = (bytes: Uint8Array): BlobSource => ({
  digest: sha256(bytes),
  size: bytes.length,
  read: async (at, size) => bytes.subarray(at, at + size),
});
