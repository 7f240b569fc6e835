/** The walk from a signer's certificate to a trust anchor, with the loader's rules. docs/format.md, "Trust". */
import { verify } from 'node:crypto';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { SealProblem } from '../problem/seal-problem.ts';
import type { Certificate, KeyUsage } from './certificate.ts';
import { sameBytes } from './der.ts';
import { isRevoked, type RevocationList } from './revocation.ts';

export const rsaBits = { least: 2048, most: 4096 } as const;

/** Why a certificate cannot do `use` at `now`; nothing for a good one. */
export function certificateProblems(
  certificate: Certificate,
  use: KeyUsage,
  now: number,
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
  for (const extension of certificate.unknownCritical)
    found.push({ kind: 'chain-critical-extension', subject, extension });
  return found.map((problem): Problem => ({ area: 'seal', ...problem }));
}

export const rsaSize = (certificate: Certificate): number | undefined =>
  certificate.key?.asymmetricKeyType === 'rsa'
    ? certificate.key.asymmetricKeyDetails?.modulusLength
    : undefined;

/** Odd, from 3 on, of at most 64 bits: with 1 everybody signs, and a long one costs a loader minutes. */
export function exponentAllowed(certificate: Certificate): boolean {
  const exponent = certificate.key?.asymmetricKeyDetails?.publicExponent ?? 0n;
  return exponent % 2n === 1n && exponent > 1n && exponent < 2n ** 64n;
}

/** What a certificate may be signed with (RFC 8017); a seal is signed with SHA-256 alone. */
const signatureDigests: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};

function signedBy(certificate: Certificate, issuer: Certificate): boolean {
  const digest = signatureDigests[certificate.algorithm];
  return (
    digest !== undefined &&
    issuer.key !== undefined &&
    rsaSize(issuer) !== undefined &&
    verify(digest, certificate.signed, issuer.key, certificate.signature)
  );
}

/** Whether the anchor issued `certificate`, or is it where it may not issue. */
const vouches = (anchor: Certificate, certificate: Certificate, signer: boolean): boolean =>
  anchor.ca
    ? sameBytes(anchor.subject, certificate.issuer) && signedBy(certificate, anchor)
    : signer && sameBytes(anchor.der, certificate.der);

/** Why an anchor cannot vouch for a certificate that has `below` authorities and signer under it. */
function anchorProblems(anchor: Certificate, below: number, now: number): readonly Problem[] {
  const problems = certificateProblems(anchor, anchor.ca ? 'keyCertSign' : 'digitalSignature', now);
  const { pathLength: limit, subjectText: subject } = anchor;
  return limit === undefined || limit >= below
    ? problems
    : [...problems, { area: 'seal', kind: 'chain-too-long', subject, limit }];
}

/** The certificates from the signer's to the anchor's, both included, or why there is no such way. */
export function walkToAnchor(
  certificates: readonly Certificate[],
  anchors: readonly Certificate[],
  now: number,
  revocations: RevocationList | undefined,
): Result<readonly Certificate[]> {
  const chain: Certificate[] = [];
  const revoked = ({ der, subjectText: subject }: Certificate): readonly Problem[] =>
    revocations !== undefined && isRevoked(revocations, 'certificate', der)
      ? [{ area: 'sign', kind: 'certificate-revoked', subject, number: revocations.number }]
      : [];
  const no = (problem: SealProblem) => fail({ area: 'seal', ...problem });
  for (const [index, certificate] of certificates.entries()) {
    const subject = certificate.subjectText;
    const [first, ...more] = certificateProblems(
      certificate,
      index === 0 ? 'digitalSignature' : 'keyCertSign',
      now,
    );
    if (first !== undefined) return fail(first, ...more);
    if (index > 0 && !certificate.ca) return no({ kind: 'chain-not-authority', subject });
    // Authorities between this one and the signer.
    if (index > 0 && certificate.pathLength !== undefined && certificate.pathLength < index - 1)
      return no({ kind: 'chain-too-long', subject, limit: certificate.pathLength });
    const [gone] = revoked(certificate);
    if (gone !== undefined) return fail(gone);
    chain.push(certificate);

    // One that may not vouch for this does not count where another of its name and key may.
    const judged = anchors
      .filter((anchor) => vouches(anchor, certificate, index === 0))
      .map((anchor) => ({
        anchor,
        problems: [...anchorProblems(anchor, index, now), ...revoked(anchor)],
      }));
    const anchor = judged.find(({ problems }) => problems.length === 0)?.anchor;
    if (anchor !== undefined) {
      if (index + 1 < certificates.length)
        return no({
          kind: 'chain-needless',
          subject: certificates[index + 1]?.subjectText ?? '',
        });
      return ok(anchor.ca ? [...chain, anchor] : chain);
    }

    const issuer = certificates[index + 1];
    const [bad, ...others] = judged.at(-1)?.problems ?? [];
    if (issuer === undefined && bad !== undefined) return fail(bad, ...others);
    if (issuer === undefined)
      return no(
        anchors.some((one) => one.ca && sameBytes(one.subject, certificate.issuer))
          ? { kind: 'chain-signature', subject, issuer: certificate.issuerText }
          : { kind: 'chain-no-anchor', subject, issuer: certificate.issuerText },
      );
    if (!sameBytes(issuer.subject, certificate.issuer))
      return no({ kind: 'chain-no-anchor', subject, issuer: certificate.issuerText });
    if (!signedBy(certificate, issuer))
      return no({ kind: 'chain-signature', subject, issuer: issuer.subjectText });
  }
  return no({ kind: 'signature-form', part: 'certificates' });
}
