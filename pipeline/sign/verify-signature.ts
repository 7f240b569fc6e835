/** Checking what was signed. Reads no file, and needs no node-forge. */
import { verify } from 'node:crypto';
import type { Problem } from '../problem/problem.ts';
import { type Failure, fail, ok, type Result } from '../problem/result.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import type { NamedFile } from './certificate-file.ts';
import { type Role, walkToAnchor } from './chain.ts';
import { parseCms } from './cms.ts';
import { sameBytes } from './der.ts';
import { decodeRevocationList, type RevocationList, splitRevocationFile } from './revocation.ts';
import type { TrustStore } from './trust-store.ts';

export type VerifiedSigner = {
  readonly signer: Certificate;
  /** A key made for trying things out is in the chain. */
  readonly development: boolean;
  /** From the signer's certificate to the anchor's, both included. */
  readonly chain: readonly Certificate[];
};

/** What a chain must be besides right. */
type Terms = Pick<Trust, 'development' | 'revocations'> & {
  /** What is signed; a bundle or a list, where it is left out. */
  readonly role?: Role;
};

/** Checks `p7s` over `seal` as the loader does, and in its order. `now` is seconds since 1970. */
export function verifySignature(
  seal: Uint8Array,
  p7s: Uint8Array,
  anchors: readonly Certificate[],
  now: number,
  terms: Terms = { development: true, revocations: undefined },
): Result<VerifiedSigner> {
  const read = readSignature(p7s);
  return read.ok ? verifyRead(seal, read.value, anchors, now, terms) : read;
}

function verifyRead(
  seal: Uint8Array,
  { certificates, signature }: ReadSignature,
  anchors: readonly Certificate[],
  now: number,
  terms: Terms,
): Result<VerifiedSigner> {
  const [signer] = certificates;
  const chain = walkToAnchor(certificates, anchors, now, terms.revocations, terms.role ?? 'sealer');
  if (!chain.ok) return chain;
  const development = chain.value.some((certificate) => certificate.development);
  if (development && !terms.development)
    return fail({ area: 'sign', kind: 'development-key', subject: signer.subjectText });
  if (signer.key === undefined || !verify('sha256', seal, signer.key, signature))
    return fail({ area: 'seal', kind: 'signature-wrong', subject: signer.subjectText });
  return ok({ signer, development, chain: chain.value });
}

/** On whose word, and on what terms, something counts as signed. */
export type Trust = TrustStore & {
  /** What counts no longer, already verified. */
  readonly revocations: (RevocationList & Partial<SignedList>) | undefined;
};

export type VerifiedSignatures = {
  /** With different keys, at least as many as the threshold says; in the bundle's order. */
  readonly good: readonly [VerifiedSigner, ...VerifiedSigner[]];
  /** Those that do not count, by their number from 1, with the reason. */
  readonly refused: readonly { readonly number: number; readonly why: Problem }[];
};

/**
 * Whether enough of `signatures` count. One by an unknown or bad signer spoils no good one, but a
 * malformed one does: nobody made it by mistake.
 */
export function verifySignatures(
  content: Uint8Array,
  signatures: readonly Uint8Array[],
  trust: Trust,
  now: number,
): Result<VerifiedSignatures> {
  const read: ReadSignature[] = [];
  for (const p7s of signatures) {
    const form = readSignature(p7s);
    if (!form.ok) return form;
    read.push(form.value);
  }
  const good: VerifiedSigner[] = [];
  const refused: { readonly number: number; readonly why: Problem }[] = [];
  let reason: Failure | undefined;
  for (const [index, signature] of read.entries()) {
    const verified = verifyRead(content, signature, trust.anchors, now, trust);
    if (!verified.ok) {
      reason ??= verified;
      refused.push({ number: index + 1, why: verified.problems[0] });
    } else if (!good.some(({ signer }) => sameKey(signer, verified.value.signer)))
      good.push(verified.value);
  }
  const [first, ...more] = good;
  if (first === undefined)
    return reason ?? fail({ area: 'seal', kind: 'signature-form', part: 'ContentInfo' });
  const { threshold } = trust;
  if (good.length < threshold)
    return fail({ area: 'sign', kind: 'too-few-signatures', good: good.length, threshold });
  return ok({ good: [first, ...more], refused });
}

/** One modulus is one key, whatever its exponent: who has the factors can sign with every exponent. */
export const sameKey = (a: Certificate, b: Certificate): boolean =>
  sameBytes(a.rsa?.modulus ?? a.spki, b.rsa?.modulus ?? b.spki);

/** From who signed the list to the anchor. */
type SignedList = { readonly chain: readonly Certificate[] };

/** A revocation list in its file, signed by one whom the store's anchors lead to. */
export function verifyRevocations(
  file: NamedFile,
  { anchors, development }: TrustStore,
  now: number,
): Result<RevocationList & SignedList> {
  const split = splitRevocationFile(file);
  if (!split.ok) return split;
  const { list, p7s } = split.value;
  const terms = { development, revocations: undefined };
  const signed = verifySignature(list.bytes, p7s, anchors, now, terms);
  if (!signed.ok) return signed;
  const decoded = decodeRevocationList(list);
  return decoded.ok ? ok({ ...decoded.value, chain: signed.value.chain }) : decoded;
}

type ReadSignature = {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly signature: Uint8Array;
};

/** What seal.p7s holds, with nothing checked but its form and that the signer's certificate comes first. */
export function readSignature(p7s: Uint8Array): Result<ReadSignature> {
  const cms = parseCms(p7s);
  if (!cms.ok) return cms;
  const certificates: Certificate[] = [];
  for (const der of cms.value.certificates) {
    const certificate = parseCertificate(der, 'seal.p7s');
    if (!certificate.ok) return certificate;
    certificates.push(certificate.value);
  }
  const [first, ...more] = certificates;
  if (
    first === undefined ||
    !sameBytes(first.issuer, cms.value.issuer) ||
    !sameBytes(first.serial, cms.value.serial)
  )
    return fail({ area: 'seal', kind: 'signature-form', part: 'issuerAndSerialNumber' });
  return ok({ certificates: [first, ...more], signature: cms.value.signature });
}
