/** A public key of an SSH server: text -> `ssh-ed25519 AAAA…`, or what is wrong with it (RFC 4253 6.6, RFC 5656, RFC 8709). */

import type { ServerMistake } from '../../problem/server-mistake.ts';
import { isSecretText } from '../secret-text.ts';

/** Parts after the name of the kind, and what each must be. */
const kinds: Readonly<Record<string, (parts: readonly Uint8Array[]) => boolean>> = {
  'ssh-ed25519': ([key, ...more]) => more.length === 0 && key?.length === 32,
  ...Object.fromEntries(
    [
      { curve: 'nistp256', size: 65 },
      { curve: 'nistp384', size: 97 },
      { curve: 'nistp521', size: 133 },
    ].map(({ curve, size }) => [
      `ecdsa-sha2-${curve}`,
      ([name, point, ...more]: readonly Uint8Array[]) =>
        more.length === 0 &&
        Buffer.from(name ?? []).toString('latin1') === curve &&
        point?.length === size &&
        point[0] === 4,
    ]),
  ),
  'ssh-rsa': ([exponent, modulus, ...more]) =>
    more.length === 0 && exponent !== undefined && modulus !== undefined,
};

/** OpenSSH takes 1024 by default; what is below 2048 is nobody's any more (NIST SP 800-131A). */
const rsaLeast = 2048;

export function readHostKey(
  text: string,
): { readonly hostKey: string } | { readonly mistake: ServerMistake } {
  const wrong = (mistake: ServerMistake) => ({ mistake });
  if (isSecretText(text)) return wrong({ kind: 'private-key', usual: undefined });
  const lines = text.trim().split('\n');
  const words = (lines[0] ?? '').split(/\s+/);
  const [kind = '', encoded = ''] = words;
  const parts = lines.length === 1 ? partsOf(encoded) : undefined;
  const check = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (check === undefined) {
    if (lines.length === 1 && words.length > 2 && Object.hasOwn(kinds, encoded))
      return wrong({ kind: 'host-key-with-name' });
    // Only what proves to be a public key is named: the kind stands in the key itself.
    const inside = parts?.[0] === undefined ? '' : Buffer.from(parts[0]).toString('latin1');
    return inside === kind && /^[\w@.-]{1,60}$/.test(kind)
      ? wrong({ kind: 'host-key-type', type: kind, known: Object.keys(kinds) })
      : wrong({ kind: 'host-key-form' });
  }
  const [name, ...rest] = parts ?? [];
  if (Buffer.from(name ?? []).toString('latin1') !== kind || !check(rest))
    return wrong({ kind: 'host-key-damaged', type: kind });
  if (kind === 'ssh-rsa') {
    const bits = bitsOf(rest[1] ?? new Uint8Array());
    if (bits < rsaLeast) return wrong({ kind: 'rsa-short', bits, least: rsaLeast });
  }
  return { hostKey: `${kind} ${encoded}` };
}

/** Strings with their lengths before them, to the very end; undefined for anything else. */
function partsOf(encoded: string): readonly Uint8Array[] | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== encoded) return undefined;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return undefined;
    const size = bytes.readUInt32BE(at);
    if (bytes.length - at - 4 < size) return undefined;
    parts.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return parts;
}

/** Of a number as SSH writes it: big-endian, with a zero before it where its first bit is set. */
function bitsOf(number: Uint8Array): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 - (Math.clz32(number[first] ?? 0) - 24);
}
