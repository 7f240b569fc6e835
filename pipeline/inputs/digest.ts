import { sha256Bytes } from '../units/sha256.ts';
import { type Digest, digestOf } from '../units/units.ts';

export const sha256 = (bytes: Uint8Array): Digest => digestOf(sha256Bytes(bytes));
