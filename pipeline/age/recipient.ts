/** Public keys that a dump can be encrypted to, as Debian's `age` takes them: checked here, not at the crash. */
import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { bech32 } from '@scure/base';
import type { RecipientMistake } from '../problem/recipient-mistake.ts';

export type ReadRecipient =
  /** As `age -R` reads it, without a comment. */
  | { readonly ok: true; readonly recipient: string }
  | { readonly ok: false; readonly mistake: RecipientMistake };

const mistake = (kind: RecipientMistake['kind']): ReadRecipient => ({
  ok: false,
  mistake: { kind },
});

export function readRecipient(text: string): ReadRecipient {
  const word = text.trim();
  if (/^age-secret-key-/i.test(word) || word.includes('PRIVATE KEY-----')) return mistake('secret');
  if (/^age1/i.test(word)) return readAge(word);
  const [type, key = ''] = word.split(/\s+/);
  if (type === 'ssh-ed25519') return readSsh(key);
  return mistake(/^(ssh|ecdsa|sk)-/.test(word) ? 'ssh-type' : 'form');
}

/** The format of age, "The X25519 recipient type": Bech32 with `age` before 32 bytes. */
function readAge(word: string): ReadRecipient {
  // The others are read by a newer age, or by a program beside it.
  if (/^age1(pq|tag|tagpq)1/i.test(word)) return mistake('newer');
  if (/^age1[a-z0-9-]+1/i.test(word) && !decoded(word)) return mistake('plugin');
  const key = decoded(word);
  if (key === undefined) return mistake('checksum');
  return isSmallOrder(key) ? mistake('small-order') : { ok: true, recipient: word.toLowerCase() };
}

function decoded(word: string): Uint8Array | undefined {
  try {
    const { prefix, bytes } = bech32.decodeToBytes(word);
    return prefix === 'age' && bytes.length === 32 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** With such a point every secret comes out as zero, and age refuses to encrypt. */
function isSmallOrder(key: Uint8Array): boolean {
  const { privateKey } = generateKeyPairSync('x25519');
  const x = Buffer.from(key).toString('base64url');
  try {
    diffieHellman({
      privateKey,
      publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' }),
    });
    return false;
  } catch {
    return true;
  }
}

/** RFC 8709, section 4: two counted fields, the name of the type and 32 bytes. */
function readSsh(key: string): ReadRecipient {
  const bytes = Buffer.from(key, 'base64');
  const head = Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1');
  const sound =
    bytes.toString('base64') === key &&
    bytes.length === head.length + 32 &&
    bytes.subarray(0, head.length).equals(head);
  return sound ? { ok: true, recipient: `ssh-ed25519 ${key}` } : mistake('ssh-key');
}
