/** Checking what was signed. Reads no file, and needs no node-forge. */
import { verify } from 'node:crypto';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Certificate, parseCertificate, readPem } from './certificate.ts';
import { rsaBits, rsaSize, walkToAnchor } from './chain.ts';
import { parseCms } from './cms.ts';
import { sameBytes } from './der.ts';

/** A file's bytes and its name for messages. */
export type NamedFile = { readonly path: string; readonly bytes: Uint8Array };

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
