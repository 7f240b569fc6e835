import { createHash } from 'node:crypto';
import { type Digest, digestOf } from './units.ts';

/** Digests of larger byte arrays, by identity: a kernel is digested for its store key, its region and its member. */
const known = new WeakMap<Uint8Array, Uint8Array>();
const worthKeeping = 1 << 14;

/** SHA-256. What has been digested here must not be changed afterwards. */
export function sha256Bytes(bytes: Uint8Array): Uint8Array {
  const kept = known.get(bytes);
  if (kept !== undefined) return kept;
  const digest = Uint8Array.from(createHash('sha256').update(bytes).digest());
  if (bytes.length >= worthKeeping) known.set(bytes, digest);
  return digest;
}

/** The same as it is written. */
export const sha256 = (bytes: Uint8Array): Digest => digestOf(sha256Bytes(bytes));
