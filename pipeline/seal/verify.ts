/**
 * Whether a bundle is what its signer sealed, with the loader's refusals and in the loader's order:
 * signature and chain first, then the seal, then the members, then what they say of each other.
 */
import { createHash } from 'node:crypto';
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, type Result, unlessProblems } from '../problem/result.ts';
import type { Certificate } from '../sign/certificate.ts';
import { readCertificates, verifySignature } from '../sign/verify-signature.ts';
import { type Digest, digestOf } from '../units/units.ts';
import { type Bundle, openBundle, sealOf } from './bundle.ts';
import { disagreements, manifestName } from './manifest.ts';
import {
  type PurgatoryView,
  purgatoryBytes,
  purgatoryProblems,
  readPurgatory,
} from './purgatory-view.ts';
import type { Seal } from './seal-codec.ts';

export type VerifyOptions = {
  /** PEM files with the certificates that are trusted. */
  readonly trust: readonly string[];
  /** Seconds since 1970; the host's clock when left out. */
  readonly now?: number;
};

export type VerifyReport = {
  readonly path: string;
  /** Subject of the certificate that signed. */
  readonly signer: string;
  /** A key made for trying things out is in the chain. */
  readonly development: boolean;
  /** Purgatory may do what is right in an emulator only. */
  readonly testing: boolean;
  /** From the signer to the trust anchor, both included; times in seconds since 1970. */
  readonly chain: readonly {
    readonly subject: string;
    readonly notBefore: number;
    readonly notAfter: number;
    readonly sha256: Digest;
  }[];
  readonly members: readonly {
    readonly name: string;
    readonly size: number;
    readonly digest: Digest;
  }[];
  readonly seal: Seal;
};

const sha256 = (bytes: Uint8Array): Digest => digestOf(createHash('sha256').update(bytes).digest());

export async function verifyBundle(
  host: Host,
  path: string,
  options: VerifyOptions,
): Promise<Result<VerifyReport>> {
  const anchors = await readAnchors(host, options.trust);
  if (!anchors.ok) return anchors;
  const bundle = await openBundle(host, path);
  if (!bundle.ok) return bundle;
  return verifyOpened(bundle.value, anchors.value, options.now ?? host.now());
}

async function readAnchors(
  host: Host,
  paths: readonly string[],
): Promise<Result<readonly Certificate[]>> {
  if (paths.length === 0) return fail({ area: 'seal', kind: 'trust-missing' });
  const files = await Promise.all(
    paths.map(async (path) => ({ path, bytes: (await host.readFile(path)) ?? new Uint8Array() })),
  );
  return readCertificates(files);
}

/** The same for a bundle in memory. */
export function verifyOpened(
  bundle: Bundle,
  anchors: readonly Certificate[],
  now: number,
): Result<VerifyReport> {
  if (bundle.signature === undefined) return fail({ area: 'seal', kind: 'bundle-not-signed' });
  const signed = verifySignature(bundle.sealBytes, bundle.signature, anchors, now);
  if (!signed.ok) return signed;
  const seal = sealOf(bundle);
  if (!seal.ok) return seal;

  const problems: Problem[] = [];
  const { notBefore, notAfter } = seal.value;
  if (notBefore !== undefined && now < notBefore)
    problems.push({ area: 'seal', kind: 'bundle-not-yet', notBefore, now });
  if (notAfter !== undefined && now > notAfter)
    problems.push({ area: 'seal', kind: 'bundle-expired', notAfter, now });
  const members = bundle.members.map(({ name, bytes }) => ({
    name,
    size: bytes.length,
    digest: sha256(bytes),
  }));
  for (const [index, { name, digest }] of members.entries()) {
    const sealed = seal.value.members[index]?.digest;
    if (sealed !== undefined && sealed !== digest)
      problems.push({ area: 'seal', kind: 'member-digest', name, sealed, found: digest });
  }
  if (problems.length === 0) problems.push(...contentProblems(bundle, seal.value));
  return unlessProblems(problems, () => ({
    path: bundle.path,
    signer: signed.value.signer.subjectText,
    development: signed.value.development,
    testing: purgatoryOf(bundle, seal.value)?.testing === true,
    chain: signed.value.chain.map((certificate) => ({
      subject: certificate.subjectText,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      sha256: sha256(certificate.der),
    })),
    members,
    seal: seal.value,
  }));
}

const purgatoryImage = (bundle: Bundle, seal: Seal): Uint8Array | undefined =>
  purgatoryBytes(seal, (member) => bundle.members[member]?.bytes);

function purgatoryOf(bundle: Bundle, seal: Seal): PurgatoryView | undefined {
  const image = purgatoryImage(bundle, seal);
  const view = image === undefined ? undefined : readPurgatory(image);
  return view?.ok === true ? view.value : undefined;
}

/** What the members say, against the seal. Their digests are right. */
function contentProblems(bundle: Bundle, seal: Seal): readonly Problem[] {
  const problems: Problem[] = [];
  const bytesOf = (name: string): Uint8Array | undefined =>
    bundle.members.find((member) => member.name === name)?.bytes;

  const manifest = bytesOf(manifestName);
  // Every bundle has one (`sealOf`).
  const keys = manifest === undefined ? [] : disagreements(manifest, seal);
  if (keys.length > 0) problems.push({ area: 'seal', kind: 'manifest-disagrees', keys });

  const image = purgatoryImage(bundle, seal);
  if (image === undefined) problems.push({ area: 'seal', kind: 'purgatory-head', what: 'entry' });
  else {
    const view = readPurgatory(image);
    if (!view.ok) problems.push(...view.problems);
    else
      problems.push(
        ...purgatoryProblems(view.value, seal, (member) => bundle.members[member]?.bytes),
      );
  }
  return problems;
}
