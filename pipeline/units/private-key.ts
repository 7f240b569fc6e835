/** Private keys, told by their form: a file that holds one is never quoted, and the user hears what it is. */

/** A line of a key: the first or last in PEM (RFC 7468), whatever its kind, and in SSH2's form; one of age or PuTTY. */
export const privateKeyLine =
  /PRIVATE KEY ?-----?$|^AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9-]+)-1|^PuTTY-User-Key-File-\d/m;

export const holdsPrivateKey = (bytes: Uint8Array): boolean =>
  privateKeyLine.test(Buffer.from(bytes).toString('latin1').replaceAll('\r', '')) ||
  isPrivateKeyDer(bytes);

const tag = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30 } as const;

type Part = { readonly tag: number; readonly content: Uint8Array };

/** The elements one after the other, as far as they are whole: the last one may be cut. */
function* partsOf(bytes: Uint8Array): Generator<Part> {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const first = bytes[at + 1] ?? 0;
    const count = first < 0x80 ? 0 : first & 0x7f;
    if (count > 4) return;
    let length = count === 0 ? first : 0;
    for (const byte of bytes.subarray(at + 2, at + 2 + count)) length = length * 256 + byte;
    const start = at + 2 + count;
    // BER's indefinite length, which old PKCS#12 files have: up to the end.
    const end = first === 0x80 ? bytes.length : start + length;
    yield { tag: bytes[at] ?? 0, content: bytes.subarray(start, end) };
    at = end;
  }
}

const firstTwo = (bytes: Uint8Array): readonly [Part | undefined, Part | undefined] => {
  const parts = partsOf(bytes);
  return [parts.next().value ?? undefined, parts.next().value ?? undefined];
};

/**
 * PKCS#8, encrypted or not (RFC 5958), PKCS#1 (RFC 8017, A.1.2), SEC1 of an elliptic curve (RFC 5915), PKCS#12
 * (RFC 7292): binary, and so without a line that says what it is. A certificate begins with none of their pairs.
 */
export function isPrivateKeyDer(bytes: Uint8Array): boolean {
  const [whole] = firstTwo(bytes);
  if (whole?.tag !== tag.sequence) return false;
  const [first, second] = firstTwo(whole.content);
  if (first?.tag === tag.integer && first.content.length === 1) {
    const version = first.content[0] ?? 0;
    const { sequence, integer, octets } = tag;
    return (
      second !== undefined &&
      version <= 3 &&
      (second.tag === sequence || second.tag === integer || second.tag === octets)
    );
  }
  return (
    first?.tag === tag.sequence &&
    firstTwo(first.content)[0]?.tag === tag.oid &&
    second?.tag === tag.octets
  );
}
