/** Signing a seal. Reads no file: keys and certificates come as bytes. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Certificate } from './certificate.ts';
import { certificateProblems } from './chain.ts';
import { sameBytes } from './der.ts';
import { renderCms } from './forge.ts';
import { type NamedFile, readCertificates } from './verify-signature.ts';

export type Signer = {
  /** The signer's certificate, then each the issuer of the one before; without the root. */
  readonly certificates: readonly Certificate[];
  /** The PKCS#1 v1.5 signature of SHA-256 over `message`: the only thing the key is asked for. */
  readonly sign: (message: Uint8Array) => Uint8Array;
};

/** A signer from PEM: a private key that is not encrypted, and its certificates. */
export function readSigner(keyFile: NamedFile, certificateFile: NamedFile): Result<Signer> {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(keyFile.bytes), format: 'pem' });
  } catch {
    return fail({ area: 'seal', kind: 'key-unreadable', path: keyFile.path });
  }
  const certificates = readCertificates([certificateFile]);
  if (!certificates.ok) return certificates;
  const [leaf] = certificates.value;
  if (leaf === undefined)
    return fail({ area: 'seal', kind: 'certificates-missing', paths: [certificateFile.path] });
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  if (!sameBytes(spki, leaf.spki))
    return fail({
      area: 'seal',
      kind: 'key-not-of-certificate',
      path: keyFile.path,
      subject: leaf.subjectText,
    });
  return ok({ certificates: certificates.value, sign: (message) => sign('sha256', message, key) });
}

/** The bytes of seal.p7s. Same seal, same signer, same bytes. */
export function signSeal(seal: Uint8Array, signer: Signer, now: number): Result<Uint8Array> {
  const [leaf] = signer.certificates;
  if (leaf === undefined) throw new Error('a signer has a certificate');
  const [bad, ...more] = certificateProblems(leaf, 'digitalSignature', now);
  if (bad !== undefined) return fail(bad, ...more);
  const signature = signer.sign(seal);
  if (!verify('sha256', seal, leaf.key, signature))
    return fail({ area: 'seal', kind: 'signature-wrong', subject: leaf.subjectText });
  return ok(
    renderCms({
      certificates: signer.certificates.map(({ der }) => der),
      issuer: leaf.issuer,
      serial: leaf.serial,
      signature,
    }),
  );
}
