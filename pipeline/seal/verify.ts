/**
 * Whether a bundle is what its signer sealed, with the loader's refusals and in the loader's order:
 * signature and chain first, then the seal, then the members, then what they say of each other.
 */
import {
  attestationBeside,
  readAttestationFile,
  type VerifiedAttestation,
  verifyAttestations,
} from '../attest/verify-attestation.ts';
import { partsDigest } from '../format/parts-digest.ts';
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result, unlessProblems } from '../problem/result.ts';
import type { NamedFile } from '../sign/certificate-file.ts';
import { isRevoked } from '../sign/revocation.ts';
import { readTrust } from '../sign/trust.ts';
import { strictest, type TrustSettings } from '../sign/trust-store.ts';
import { type Trust, type VerifiedSigner, verifySignatures } from '../sign/verify-signature.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { type Bundle, digestsOf, holdAll, openBundle, sealOf, shownOnlyOf } from './bundle.ts';
import { type Ending, endingsSoon } from './endings.ts';
import { disagreements, manifestName } from './manifest.ts';
import { checkPurgatory } from './purgatory-rules.ts';
import type { Seal } from './seal-codec.ts';
import { checkAdditions } from './tree-rules.ts';

export type VerifyOptions = {
  /** Trust stores: PEM files with the certificates that are trusted, and on what terms. */
  readonly trust: readonly string[];
  /** Seconds since 1970; the host's clock when left out. */
  readonly now?: number;
  /** File with attestations; the one beside the bundle when left out. */
  readonly attestation?: string;
  /** What a tester must vouch for, beside what the trust stores want. */
  readonly attested?: TrustSettings['attested'];
  /** For who is about to try the bundle: nobody needs to vouch for that yet. */
  readonly untried?: boolean;
};

/** That the bundle was tried. */
export type TriedView = {
  readonly tester: string;
  readonly development: boolean;
  readonly result: 'passed' | 'warned';
  readonly configuration: VerifiedAttestation['statement']['configuration'];
  readonly passedTests: readonly string[];
  readonly warnedTests: readonly string[];
};

/** A signature that counts. */
export type SignerView = {
  /** Subject of the certificate that signed. */
  readonly signer: string;
  /** A key made for trying things out is in the chain. */
  readonly development: boolean;
  /** From the signer to the trust anchor, both included; times in seconds since 1970. */
  readonly chain: readonly {
    readonly subject: string;
    readonly notBefore: number;
    readonly notAfter: number;
    readonly sha256: Digest;
  }[];
};

export type VerifyReport = {
  readonly path: string;
  /** With different keys, at least as many as the trust store wants. */
  readonly signatures: readonly [SignerView, ...SignerView[]];
  /** How many it wants. */
  readonly threshold: number;
  /** Signatures that do not count, by their number from 1, and why. */
  readonly notCounted: readonly { readonly number: number; readonly why: Problem }[];
  /** The list that nothing of this was found in; undefined when there is none. */
  readonly revocations: { readonly number: bigint; readonly date: number } | undefined;
  /** Undefined: none counts, and none is required. */
  readonly attestation: TriedView | undefined;
  /** Why none counts. */
  readonly noAttestation: Problem | undefined;
  /** Good still, but not for long. */
  readonly expiring: readonly Ending[];
  /** Purgatory may do what is right in an emulator only. */
  readonly testing: boolean;
  /** Why nothing can load it; undefined: something can, or the architecture is not known. */
  readonly shownOnly: string | undefined;
  readonly members: readonly MemberView[];
  readonly seal: Seal;
};

export async function verifyBundle(
  host: Host,
  path: string,
  options: VerifyOptions,
): Promise<Result<VerifyReport>> {
  const opened = await openVerified(host, path, options);
  return opened.ok ? ok(opened.value.report) : opened;
}

/** The same, for who looks at the bundle itself afterwards: the file is read once. */
export async function openVerified(
  host: Host,
  path: string,
  options: VerifyOptions,
): Promise<Result<{ readonly bundle: Bundle; readonly report: VerifyReport }>> {
  const now = options.now ?? host.now();
  const { untried, attestation, attested = 'not required' } = options;
  const read = await readTrust(host, options.trust, now);
  if (!read.ok) return read;
  const trust = ok({
    ...read.value,
    attested: untried === true ? 'not required' : strictest([read.value.attested, attested]),
  } as const);
  const bundle = await openBundle(host, path);
  if (!bundle.ok) return bundle;
  // Nobody's word makes us read gigabytes, but a trusted signer's.
  const signed = checkSignatures(bundle.value, trust.value, now);
  if (!signed.ok) return signed;
  const changed = await changedInFile(host, bundle.value);
  if (!changed.ok) return changed;
  const held = await holdAll(host, bundle.value);
  if (!held.ok) return held;
  const file = await readAttestationFile(host, attestation ?? attestationBeside(path));
  const report = verifyOpened(held.value, trust.value, now, file);
  return report.ok ? ok({ bundle: held.value, report: report.value }) : report;
}

/** Of a large file: whether it is what was signed, before all of it is held. */
async function changedInFile(host: Host, bundle: Bundle): Promise<Result<void>> {
  if (bundle.members.every(({ left }) => left === undefined)) return ok(undefined);
  const seal = sealOf(bundle);
  if (!seal.ok) return seal;
  const digests = await digestsOf(host, bundle);
  const problems = seal.value.members.flatMap(({ name, digest: sealed }, index): Problem[] => {
    const found = digests[index];
    return found === undefined || found === sealed
      ? []
      : [{ area: 'seal', kind: 'member-digest', name, sealed, found }];
  });
  return unlessProblems(problems, () => undefined);
}

function checkSignatures(bundle: Bundle, { revocations, ...trust }: Trust, now: number) {
  const { signatures, sealBytes } = bundle;
  if (signatures.length === 0) return fail({ area: 'seal', kind: 'bundle-not-signed' });
  if (revocations !== undefined && isRevoked(revocations, 'seal', sealBytes))
    return fail({ area: 'sign', kind: 'seal-revoked', number: revocations.number });
  return verifySignatures(sealBytes, signatures, { revocations, ...trust }, now);
}

/** The same for a bundle in memory. */
export function verifyOpened(
  bundle: Bundle,
  trust: Trust,
  now: number,
  attestation: Result<NamedFile> = fail({
    area: 'attest',
    kind: 'attestation-missing',
    path: attestationBeside(bundle.path),
  }),
): Result<VerifyReport> {
  const { revocations } = trust;
  const signed = checkSignatures(bundle, trust, now);
  if (!signed.ok) return signed;
  const seal = sealOf(bundle);
  if (!seal.ok) return seal;

  const problems: Problem[] = [];
  const { notBefore, notAfter } = seal.value;
  if (notBefore !== undefined && now < notBefore)
    problems.push({ area: 'seal', kind: 'bundle-not-yet', notBefore, now });
  if (notAfter !== undefined && now > notAfter)
    problems.push({ area: 'seal', kind: 'bundle-expired', notAfter, now });
  const tried = attestation.ok
    ? verifyAttestations(attestation.value, sha256(bundle.sealBytes), trust, now)
    : attestation;
  if (!tried.ok && trust.attested !== 'not required') problems.push(...tried.problems);
  const { members, problems: wrong } = checkMembers(bundle, seal.value);
  problems.push(...wrong);
  if (problems.length === 0) problems.push(...contentProblems(bundle, seal.value));
  const [first, ...more] = signed.value.good;
  return unlessProblems(problems, () => ({
    path: bundle.path,
    signatures: [signerView(first), ...more.map(signerView)],
    threshold: trust.threshold,
    notCounted: signed.value.refused,
    revocations:
      revocations === undefined
        ? undefined
        : { number: revocations.number, date: revocations.date },
    attestation: tried.ok ? triedView(tried.value) : undefined,
    noAttestation: tried.ok ? undefined : tried.problems[0],
    expiring: endingsSoon(
      seal.value,
      {
        signers: signed.value.good.map(({ chain }) => chain),
        list: revocations?.chain,
        tester: tried.ok && trust.attested !== 'not required' ? tried.value.chain : undefined,
      },
      now,
    ),
    testing: seal.value.flags.includes('testing'),
    shownOnly: shownOnlyOf(seal.value),
    members,
    seal: seal.value,
  }));
}

const triedView = ({
  statement,
  chain: [tester],
  development,
}: VerifiedAttestation): TriedView => ({
  tester: tester?.subjectText ?? '',
  development,
  result: statement.result === 'PASSED' ? 'passed' : 'warned',
  configuration: statement.configuration,
  passedTests: statement.passed,
  warnedTests: statement.warned,
});

export type MemberView = {
  readonly name: string;
  readonly size: number;
  readonly digest: Digest;
};

/** The members with their digests, and which are not those that were sealed. */
export function checkMembers(
  bundle: Bundle,
  seal: Seal,
): { readonly members: readonly MemberView[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const members = bundle.members.map(({ name, bytes }) => ({
    name,
    size: bytes.length,
    digest: sha256(bytes),
  }));
  for (const [index, { name, bytes }] of bundle.members.entries()) {
    const record = seal.members[index];
    const digest = members[index]?.digest;
    if (record === undefined || digest === undefined) continue;
    const byParts = partsDigest(bytes);
    if (record.digest !== digest)
      problems.push({
        area: 'seal',
        kind: 'member-digest',
        name,
        sealed: record.digest,
        found: digest,
      });
    else if (record.partsDigest !== byParts)
      problems.push({
        area: 'seal',
        kind: 'member-parts-digest',
        name,
        sealed: record.partsDigest,
        found: byParts,
      });
  }
  return { members, problems };
}

const signerView = ({ signer, development, chain }: VerifiedSigner): SignerView => ({
  signer: signer.subjectText,
  development,
  chain: chain.map((certificate) => ({
    subject: certificate.subjectText,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    sha256: sha256(certificate.der),
  })),
});

/** What the members say, against the seal. Their digests are right. */
export function contentProblems(bundle: Bundle, seal: Seal): readonly Problem[] {
  const problems: Problem[] = [];
  const bytesOf = (name: string): Uint8Array | undefined =>
    bundle.members.find((member) => member.name === name)?.bytes;

  for (const fault of checkPurgatory(seal, bundle))
    problems.push({ area: 'seal', kind: 'seal-fault', ...fault });
  for (const fault of checkAdditions(seal, bundle))
    problems.push({ area: 'seal', kind: 'seal-fault', ...fault });
  const manifest = bytesOf(manifestName);
  // Every bundle has one (`sealOf`).
  const keys = manifest === undefined ? [] : disagreements(manifest, seal);
  if (keys.length > 0) problems.push({ area: 'seal', kind: 'manifest-disagrees', keys });
  return problems;
}
