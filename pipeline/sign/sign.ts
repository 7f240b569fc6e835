/** Signing a seal, and checking what was signed. Reads no file: keys and anchors come as bytes. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Certificate, parseCertificate, readPem } from './certificate.ts';
import { certificateProblems, rsaBits, rsaSize, walkToAnchor } from './chain.ts';
import { parseCms } from './cms.ts';
import { sameBytes } from './der.ts';
import { renderCms } from './forge.ts';

export type Signer = {
  /** The signer's certificate, then each the issuer of the one before; without the root. */
  readonly certificates: readonly Certificate[];
  /** The PKCS#1 v1.5 signature of SHA-256 over `message`: the only thing the key is asked for. */
  readonly sign: (message: Uint8Array) => Uint8Array;
};

/** A file's bytes and its name for messages. */
export type NamedFile = { readonly path: string; readonly bytes: Uint8Array };

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

/** Every certificate in PEM files, in order. */
export function readCertificates(files: readonly NamedFile[]): Result<readonly Certificate[]> {
  const found: Certificate[] = [];
  for (const { path, bytes } of files) {
    const ders = readPem(bytes);
    if (ders === undefined || ders.length === 0)
      return fail({ area: 'seal', kind: 'certificates-missing', paths: [path] });
    for (const der of ders) {
      const certificate = parseCertificate(der, path);
      if (!certificate.ok) return certificate;
      found.push(certificate.value);
    }
  }
  return ok(found);
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

export type VerifiedSigner = {
  readonly signer: Certificate;
  /** A key made for trying things out is in the chain. */
  readonly development: boolean;
  /** From the signer's certificate to the anchor's, both included. */
  readonly chain: readonly Certificate[];
};

/** Checks `p7s` over `seal` as the loader does. `now` is seconds since 1970. */
export function verifySignature(
  seal: Uint8Array,
  p7s: Uint8Array,
  anchors: readonly Certificate[],
  now: number,
): Result<VerifiedSigner> {
  const signed = readSignature(p7s);
  if (!signed.ok) return signed;
  const [signer] = signed.value.certificates;
  if (signer === undefined)
    return fail({ area: 'seal', kind: 'signature-form', part: 'certificates' });
  const bits = rsaSize(signer);
  if (bits === undefined)
    return fail({ area: 'seal', kind: 'chain-not-rsa', subject: signer.subjectText });
  if (bits < rsaBits.least || bits > rsaBits.most)
    return fail({
      area: 'seal',
      kind: 'chain-key-size',
      subject: signer.subjectText,
      bits,
      ...rsaBits,
    });
  if (!verify('sha256', seal, signer.key, signed.value.signature))
    return fail({ area: 'seal', kind: 'signature-wrong', subject: signer.subjectText });
  const chain = walkToAnchor(signed.value.certificates, anchors, now);
  if (!chain.ok) return chain;
  const development = chain.value.some((certificate) => certificate.development);
  return ok({ signer, development, chain: chain.value });
}

/** What seal.p7s holds, with nothing checked but its form and that the signer's certificate comes first. */
export function readSignature(
  p7s: Uint8Array,
): Result<{ readonly certificates: readonly Certificate[]; readonly signature: Uint8Array }> {
  const cms = parseCms(p7s);
  if (!cms.ok) return cms;
  const certificates: Certificate[] = [];
  for (const der of cms.value.certificates) {
    const certificate = parseCertificate(der, 'seal.p7s');
    if (!certificate.ok) return certificate;
    certificates.push(certificate.value);
  }
  const [first] = certificates;
  const named =
    first !== undefined &&
    sameBytes(first.issuer, cms.value.issuer) &&
    sameBytes(first.serial, cms.value.serial);
  if (!named) return fail({ area: 'seal', kind: 'signature-form', part: 'issuerAndSerialNumber' });
  return ok({ certificates, signature: cms.value.signature });
}
