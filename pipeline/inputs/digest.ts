import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '../units/units.ts';

export const sha256 = (bytes: Uint8Array): Digest =>
  digestOf(createHash('sha256').update(bytes).digest());
