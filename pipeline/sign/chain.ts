/** The walk from a signer's certificate to a trust anchor, with the loader's rules. docs/format.md, "Trust". */
import { verify } from 'node:crypto';
import { limits, rsaBits } from '../format/limits.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { SealProblem } from '../problem/seal-problem.ts';
import type { Certificate, KeyUsage, Purpose } from './certificate.ts';
import { sameBytes } from './der.ts';
import { isRevoked, type RevocationList } from './revocation.ts';

/** What somebody signs: bundles and revocation lists, or that a bundle was tried. */
export type Role = 'sealer' | 'tester';

const purposeOf = (role: Role, use: KeyUsage): Purpose =>
  role === 'sealer' ? 'seal' : use === 'digitalSignature' ? 'attest' : 'issue testers';

/** Why a certificate cannot do `use` at `now`; nothing for a good one. */
export function certificateProblems(
  certificate: Certificate,
  use: KeyUsage,
  now: number,
  role: Role = 'sealer',
): readonly Problem[] {
  const found: SealProblem[] = [];
  const subject = certificate.subjectText;
  const bits = rsaSize(certificate);
  if (bits === undefined) found.push({ kind: 'chain-not-rsa', subject });
  else if (bits < rsaBits.least || bits > rsaBits.most)
    found.push({ kind: 'chain-key-size', subject, bits, ...rsaBits });
  else if (!exponentAllowed(certificate)) found.push({ kind: 'chain-key-exponent', subject });
  if (now < certificate.notBefore)
    found.push({ kind: 'chain-not-yet-valid', subject, notBefore: certificate.notBefore, now });
  if (now > certificate.notAfter)
    found.push({ kind: 'chain-expired', subject, notAfter: certificate.notAfter, now });
  if (certificate.keyUsage?.includes(use) === false)
    found.push({ kind: 'chain-key-usage', subject, lacks: use });
  if (!certificate.purposes.has(purposeOf(role, use)))
    found.push({
      kind: role === 'sealer' ? 'chain-extended-key-usage' : 'chain-not-tester',
      subject,
    });
  for (const extension of certificate.unknownCritical)
    found.push({ kind: 'chain-critical-extension', subject, extension });
  return found.map((problem): Problem => ({ area: 'seal', ...problem }));
}

/** Bits of the modulus. */
export const rsaSize = ({ rsa }: Certificate): number | undefined =>
  rsa && rsa.modulus.length * 8 - Math.clz32(rsa.modulus[0] ?? 0) + 24;

/** Odd, from 3 on, of at most 64 bits: with 1 everybody signs, and a long one costs a loader minutes. */
export function exponentAllowed({ rsa }: Certificate): boolean {
  const digits = rsa?.exponent ?? new Uint8Array();
  const last = digits.at(-1) ?? 0;
  return digits.length <= 8 && last % 2 === 1 && (digits.length > 1 || last > 1);
}

/** What a certificate may be signed with (RFC 8017): whole, with parameters NULL (RFC 4055). */
const signatureDigests: Readonly<Record<string, string>> = {
  '300d06092a864886f70d01010b0500': 'sha256',
  '300d06092a864886f70d01010c0500': 'sha384',
  '300d06092a864886f70d01010d0500': 'sha512',
};

/** Undefined: a loader cannot check what is signed so. */
export const signatureDigest = ({ algorithm }: Certificate): string | undefined =>
  signatureDigests[Buffer.from(algorithm).toString('hex')];

export function signedBy(certificate: Certificate, issuer: Certificate): boolean {
  const digest = signatureDigest(certificate);
  return (
    digest !== undefined &&
    issuer.key !== undefined &&
    verify(digest, certificate.signed, issuer.key, certificate.signature)
  );
}

/** Whether the anchor issued `certificate`, or is it where it may not issue. */
const vouches = (anchor: Certificate, certificate: Certificate, signer: boolean): boolean =>
  anchor.ca
    ? sameBytes(anchor.subject, certificate.issuer) && signedBy(certificate, anchor)
    : signer && sameBytes(anchor.der, certificate.der);

/** Why an anchor cannot vouch for a certificate that has `below` authorities and signer under it. */
function anchorProblems(
  anchor: Certificate,
  below: number,
  now: number,
  role: Role,
): readonly Problem[] {
  const use = anchor.ca ? 'keyCertSign' : 'digitalSignature';
  const problems = certificateProblems(anchor, use, now, role);
  const { pathLength: limit, subjectText: subject } = anchor;
  return limit === undefined || limit >= below
    ? problems
    : [...problems, { area: 'seal', kind: 'chain-too-long', subject, limit }];
}

/** Why a certificate cannot stand `index` places above the signer's. */
export function placeProblems(
  certificate: Certificate,
  index: number,
  now: number,
  role: Role,
): readonly Problem[] {
  const subject = certificate.subjectText;
  const problems = certificateProblems(
    certificate,
    index === 0 ? 'digitalSignature' : 'keyCertSign',
    now,
    role,
  );
  if (problems.length > 0 || index === 0) return problems;
  if (!certificate.ca) return [{ area: 'seal', kind: 'chain-not-authority', subject }];
  // Authorities between this one and the signer.
  const limit = certificate.pathLength;
  return limit !== undefined && limit < index - 1
    ? [{ area: 'seal', kind: 'chain-too-long', subject, limit }]
    : [];
}

/**
 * Why every loader refuses what these certificates sign, whatever it trusts: the signer's, then each the
 * issuer of the one before. For who signs; a verifier asks {@link walkToAnchor}.
 */
export function signerProblems(
  certificates: readonly [Certificate, ...Certificate[]],
  now: number,
  role: Role,
): readonly Problem[] {
  const most = limits.cmsCertificatesMax.value;
  if (certificates.length > most) return [{ area: 'sign', kind: 'signer-too-many', most }];
  for (const [index, certificate] of certificates.entries()) {
    const subject = certificate.subjectText;
    const ownIssuer = sameBytes(certificate.subject, certificate.issuer);
    if (index > 0 && ownIssuer) return [{ area: 'sign', kind: 'signer-root', subject }];
    const problems = placeProblems(certificate, index, now, role);
    if (problems.length > 0) return problems;
    // Of one that vouches for itself nobody asks how.
    if (!ownIssuer && signatureDigest(certificate) === undefined)
      return [{ area: 'sign', kind: 'signer-algorithm', subject }];
    const issuer = certificates[index + 1];
    if (issuer === undefined) continue;
    if (!sameBytes(issuer.subject, certificate.issuer) || !signedBy(certificate, issuer))
      return [{ area: 'sign', kind: 'signer-order', subject, next: issuer.subjectText }];
  }
  return [];
}

function revocationOf(
  { der, spki, subjectText: subject }: Certificate,
  revocations: RevocationList | undefined,
): readonly Problem[] {
  if (revocations === undefined) return [];
  const { number } = revocations;
  if (isRevoked(revocations, 'certificate', der))
    return [{ area: 'sign', kind: 'certificate-revoked', subject, number }];
  return isRevoked(revocations, 'key', spki)
    ? [{ area: 'sign', kind: 'key-revoked', subject, number }]
    : [];
}

/**
 * The certificates from the signer's to the anchor's, both included, or why there is no such way.
 * Without a signature first; then from the anchor down, each with a key that somebody vouched for.
 */
export function walkToAnchor(
  certificates: readonly [Certificate, ...Certificate[]],
  anchors: readonly Certificate[],
  now: number,
  revocations: RevocationList | undefined,
  role: Role,
): Result<readonly Certificate[]> {
  const no = (problem: SealProblem) => fail({ area: 'seal', ...problem });
  for (const [index, certificate] of certificates.entries()) {
    if (index > 0 && anchors.some(({ der }) => sameBytes(der, certificate.der)))
      return no({ kind: 'chain-needless', subject: certificate.subjectText });
    const [bad, ...more] = [
      ...placeProblems(certificate, index, now, role),
      ...revocationOf(certificate, revocations),
    ];
    if (bad !== undefined) return fail(bad, ...more);
    const issuer = certificates[index + 1];
    if (issuer !== undefined && !sameBytes(issuer.subject, certificate.issuer))
      return no({
        kind: 'chain-no-anchor',
        subject: certificate.subjectText,
        issuer: certificate.issuerText,
      });
  }

  /** One that may not vouch does not count where another of its name and key may. */
  const anchorsOf = (certificate: Certificate, index: number) =>
    anchors
      .filter((anchor) => vouches(anchor, certificate, index === 0))
      .map((anchor) => ({
        anchor,
        problems: [
          ...anchorProblems(anchor, index, now, role),
          ...revocationOf(anchor, revocations),
        ],
      }));
  const last = certificates.at(-1) ?? certificates[0];
  const judged = anchorsOf(last, certificates.length - 1);
  const anchor = judged.find(({ problems }) => problems.length === 0)?.anchor;
  if (anchor === undefined) {
    const [bad, ...others] = judged.at(-1)?.problems ?? [];
    if (bad !== undefined) return fail(bad, ...others);
    const about = { subject: last.subjectText, issuer: last.issuerText };
    const named = anchors.some((one) => one.ca && sameBytes(one.subject, last.issuer));
    return no({ kind: named ? 'chain-signature' : 'chain-no-anchor', ...about });
  }
  const pairs = certificates.slice(1).map((issuer, index) => ({
    issuer,
    index,
    certificate: certificates[index] ?? issuer,
  }));
  for (const { certificate, issuer } of pairs.toReversed())
    if (!signedBy(certificate, issuer))
      return no({
        kind: 'chain-signature',
        subject: certificate.subjectText,
        issuer: issuer.subjectText,
      });
  // Nor is one sent along that is needless since an anchor has issued the one below.
  for (const { certificate, issuer, index } of pairs)
    if (anchorsOf(certificate, index).some(({ problems }) => problems.length === 0))
      return no({ kind: 'chain-needless', subject: issuer.subjectText });
  return ok(anchor.ca ? [...certificates, anchor] : certificates);
}
