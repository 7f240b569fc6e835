/** Certificates that no honest tool would make: DER written part by part, and rightly signed. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { day, keyOf, now } from './bundles.ts';

/** One DER element. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Uint8Array.from(Buffer.concat([Uint8Array.of(tag, ...length), content]));
}
export const raw = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

export const commonName = (name: string): Uint8Array =>
  der(0x30, der(0x31, der(0x30, raw('0603550403'), der(0x0c, Buffer.from(name)))));
export const utcTime = (seconds: number): Uint8Array =>
  der(
    0x17,
    Buffer.from(`${new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(2, 14)}Z`),
  );
/** An extension of id-ce (2.5.29) by its last number. */
export const extension = (id: number, value: Uint8Array, critical = true): Uint8Array =>
  der(
    0x30,
    Uint8Array.of(0x06, 3, 0x55, 29, id),
    ...(critical ? [raw('0101ff')] : []),
    der(0x04, value),
  );
export const authorityExtensions = [
  extension(19, raw('30030101ff')),
  extension(15, raw('03020106')),
];
export const signerExtensions = [extension(19, raw('3000')), extension(15, raw('03020780'))];

export const rsaWith = (last: number): Uint8Array =>
  der(0x30, raw(`06092a864886f70d0101${last.toString(16).padStart(2, '0')}`), raw('0500'));

/** The RSA key of `name` with another exponent. */
export function rsaKey(name: string, exponent: Uint8Array): Uint8Array {
  const { n = '' } = createPublicKey(keyOf(name)).export({ format: 'jwk' });
  const modulus = Buffer.concat([Uint8Array.of(0), Buffer.from(n, 'base64url')]);
  const numbers = der(0x30, der(0x02, modulus), der(0x02, exponent));
  return der(0x30, rsaWith(1), der(0x03, Uint8Array.of(0), numbers));
}

export type RawCertificate = {
  readonly version: Uint8Array;
  readonly serial: Uint8Array;
  readonly algorithm: Uint8Array;
  /** What stands outside of the signed part. */
  readonly outerAlgorithm: Uint8Array;
  readonly validity: readonly Uint8Array[];
  readonly subjectName: Uint8Array;
  readonly issuerName: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Uint8Array[];
  /** After the public key; where it is given, `extensions` is not looked at. */
  readonly rest: readonly Uint8Array[];
  readonly digest: string;
  readonly issuerKey: KeyObject;
};

/** A certificate for `subject` by `issuer`, with the parts that `change` names. */
export function rawCertificate(
  subject: string,
  issuer: string,
  change: Partial<RawCertificate> = {},
): Uint8Array {
  const algorithm = change.algorithm ?? rsaWith(11);
  const spki = createPublicKey(keyOf(subject)).export({ type: 'spki', format: 'der' });
  const body = der(
    0x30,
    change.version ?? raw('a003020102'),
    change.serial ?? raw('020107'),
    algorithm,
    change.issuerName ?? commonName(issuer),
    der(0x30, ...(change.validity ?? [utcTime(now - day), utcTime(now + day)])),
    change.subjectName ?? commonName(subject),
    change.publicKey ?? spki,
    ...(change.rest ?? [der(0xa3, der(0x30, ...(change.extensions ?? signerExtensions)))]),
  );
  const signature = sign(change.digest ?? 'sha256', body, change.issuerKey ?? keyOf(issuer));
  return der(
    0x30,
    body,
    change.outerAlgorithm ?? algorithm,
    der(0x03, Uint8Array.of(0), signature),
  );
}

const sha256 = der(0x30, raw('0609608648016503040201'), raw('0500'));

/** seal.p7s as renderCms() writes it, of certificates that node-forge would not take. */
export const rawCms = (
  certificates: readonly Uint8Array[],
  issuer: Uint8Array,
  serial: Uint8Array,
  signature: Uint8Array,
): Uint8Array =>
  der(
    0x30,
    raw('06092a864886f70d010702'),
    der(
      0xa0,
      der(
        0x30,
        raw('020101'),
        der(0x31, sha256),
        der(0x30, raw('06092a864886f70d010701')),
        der(0xa0, ...certificates),
        der(
          0x31,
          der(
            0x30,
            raw('020101'),
            der(0x30, issuer, serial),
            sha256,
            rsaWith(1),
            der(0x04, signature),
          ),
        ),
      ),
    ),
  );
