/**
 * The digest by parts: SHA-256 of the digests of so many parts, so that a processor can take several of them at a time.
 * Their number is fixed, and every machine gets the same digest. docs/format.md, "Digest by parts".
 */
import { joinBytes } from '../units/bytes.ts';
import { sha256Bytes } from '../units/sha256.ts';
import { type Digest, digestOf } from '../units/units.ts';
import { limits } from './limits.ts';

/** By identity, as {@link sha256Bytes} keeps its own: a kernel is both a member and a region. */
const known = new WeakMap<Uint8Array, Uint8Array>();

/** What has been digested here must not be changed afterwards. */
export function partsDigestBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length < limits.digestPartsFrom.value) return sha256Bytes(bytes);
  const kept = known.get(bytes);
  if (kept !== undefined) return kept;
  const count = limits.digestParts.value;
  const block = limits.digestPartsBlock.value;
  const size = Math.ceil(bytes.length / count / block) * block;
  const parts = Array.from({ length: count }, (_, index) =>
    sha256Bytes(bytes.subarray(index * size, (index + 1) * size)),
  );
  const digest = sha256Bytes(joinBytes(parts));
  known.set(bytes, digest);
  return digest;
}

/** The same as it is written. */
export const partsDigest = (bytes: Uint8Array): Digest => digestOf(partsDigestBytes(bytes));
