/** Whether a tester vouches that a bundle was tried, with the loader's rules and in its order. */
import { attestationEnding, type TestResult } from '../format/attestation-form.ts';
import { limits } from '../format/limits.ts';
import type { Host } from '../host/host.ts';
import type { AttestProblem } from '../problem/attest-problem.ts';
import type { Problem } from '../problem/problem.ts';
import { type Failure, fail, metWith, ok, type Result } from '../problem/result.ts';
import type { Certificate } from '../sign/certificate.ts';
import type { NamedFile } from '../sign/certificate-file.ts';
import { DerFault, DerReader, tags } from '../sign/der.ts';
import type { TrustSettings } from '../sign/trust-store.ts';
import { readSignature, type Trust, verifySignature } from '../sign/verify-signature.ts';
import type { Digest } from '../units/units.ts';
import { readHead, readStatement, type TestStatement } from './statement.ts';

/** One attestation of a file: the statement, which is one line, and the signature over it. */
export type Attestation = { readonly statement: Uint8Array; readonly p7s: Uint8Array };

export type VerifiedAttestation = {
  readonly statement: TestStatement;
  /** From the tester to the trust anchor. */
  readonly chain: readonly Certificate[];
  readonly development: boolean;
};

/** Where the attestation of a bundle is looked for. */
export const attestationBeside = (bundle: string): string => `${bundle}${attestationEnding}`;

const no = (problem: AttestProblem): Failure => fail({ area: 'attest', ...problem });

export async function readAttestationFile(host: Host, path: string): Promise<Result<NamedFile>> {
  const found = await host.stat(path);
  if (found === undefined || found.kind !== 'file')
    return no({ kind: 'attestation-missing', path });
  const largest = limits.attestationFileMax.value;
  const size = Number(found.size);
  if (size > largest) return no({ kind: 'attestation-too-large', path, size, largest });
  const bytes = await host.readFile(path);
  return bytes === undefined ? no({ kind: 'attestation-missing', path }) : ok({ path, bytes });
}

/** The attestations of a file, each in its frame; nothing of them is read. */
export function splitAttestations({ path, bytes }: NamedFile): Result<readonly Attestation[]> {
  const malformed = (part: string): Failure => no({ kind: 'attestation-form', path, part });
  const found: Attestation[] = [];
  for (let at = 0; at < bytes.length || found.length === 0; ) {
    if (found.length === limits.attestationsMax.value)
      return malformed(`there are more than ${limits.attestationsMax.value}`);
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return malformed('the statement is not a line');
    try {
      const p7s = new DerReader(bytes.subarray(end + 1)).next(tags.sequence, 'signature').whole;
      if (p7s.length > limits.bundleSignatureMax.value) return malformed('size of the signature');
      found.push({ statement: bytes.subarray(at, end + 1), p7s });
      at = end + 1 + p7s.length;
    } catch (error) {
      if (error instanceof DerFault) return malformed('the signature after the statement');
      throw error;
    }
  }
  return ok(found);
}

/** What is accepted; the first reason, where none counts. One that does not count spoils no good one. */
export function verifyAttestations(
  file: NamedFile,
  sealDigest: Digest,
  trust: Trust,
  now: number,
): Result<VerifiedAttestation> {
  const met = { doing: 'verifying the attestation', what: file.path } as const;
  const split = splitAttestations(file);
  if (!split.ok) return split;
  let good: VerifiedAttestation | undefined;
  let reason: Failure | undefined;
  for (const { statement, p7s } of split.value) {
    const form = readSignature(p7s);
    if (!form.ok) return metWith(form, met);
    const { anchors, development, revocations } = trust;
    const terms = { development, revocations, role: 'tester' } as const;
    const signed = verifySignature(statement, p7s, anchors, now, terms);
    const judged = signed.ok
      ? judge(statement, file.path, sealDigest, trust.attested, signed.value.signer)
      : metWith(signed, met);
    if (!judged.ok) reason ??= judged;
    else if (signed.ok) good ??= { ...signed.value, statement: judged.value };
  }
  return good === undefined
    ? (reason ?? no({ kind: 'attestation-form', path: file.path, part: 'it is empty' }))
    : ok(good);
}

/**
 * What trusted testers state of this bundle, whatever came of it. What does not count is left out: anyone may have put
 * it beside the bundle.
 */
export function statedByTesters(
  files: readonly NamedFile[],
  sealDigest: Digest,
  { anchors, development, revocations }: Trust,
  now: number,
): readonly VerifiedAttestation[] {
  const terms = { development, revocations, role: 'tester' } as const;
  const all = files.map(splitAttestations).flatMap((split) => (split.ok ? split.value : []));
  return all.flatMap(({ statement, p7s }) => {
    const read = readHead(statement);
    if (read.kind !== 'head' || read.head.sealDigest !== sealDigest) return [];
    const signed = verifySignature(statement, p7s, anchors, now, terms);
    const whole = readStatement(statement, read.head);
    return signed.ok && whole !== undefined ? [{ ...signed.value, statement: whole }] : [];
  });
}

/** What a statement says whose signature is right. */
function judge(
  bytes: Uint8Array,
  path: string,
  sealDigest: Digest,
  attested: TrustSettings['attested'],
  signer: Certificate,
): Result<TestStatement> {
  const read = readHead(bytes);
  if (read.kind === 'malformed')
    return no({ kind: 'attestation-form', path, part: 'the statement' });
  if (read.kind === 'other predicate')
    return no({ kind: 'attestation-predicate', path, found: read.found });
  const { sealDigest: found, result } = read.head;
  if (found !== sealDigest) return no({ kind: 'attestation-other-seal', path, found, sealDigest });
  if (!accepted(result, attested))
    return no({ kind: 'attestation-result', path, tester: signer.subjectText, result });
  const statement = readStatement(bytes, read.head);
  return statement === undefined ? no({ kind: 'attestation-not-canonical', path }) : ok(statement);
}

const accepted = (result: TestResult, attested: TrustSettings['attested']): result is 'PASSED' =>
  result === 'PASSED' || (result === 'WARNED' && attested !== 'passed');

/** Whether a problem is about an attestation, or was met with one. */
export const isOfAttestation = ({ area, met }: Problem): boolean =>
  area === 'attest' || met?.doing === 'verifying the attestation';
