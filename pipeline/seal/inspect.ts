/** A bundle as plain data, for people and for `--json`. Nothing is verified here, and the report says so. */
import { type AttestationView, viewAttestations } from '../attest/attestation-view.ts';
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { readSignature } from '../sign/verify-signature.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { type Bundle, loadedBytes, openBundle, sealOf, shownOnlyOf } from './bundle.ts';
import { manifestName, parseObject } from './manifest.ts';
import { type PurgatoryView, readPurgatory, type StepPage, stepPages } from './purgatory-view.ts';
import type { Seal } from './seal-codec.ts';

export type Inspection = {
  readonly path: string;
  /** Always false: `crashseal verify` is what checks. */
  readonly verified: false;
  /** Bytes of the archive. */
  readonly size: number;
  /** When it was looked at, in seconds since 1970. */
  readonly now: number;
  /** SHA-256 of seal.bin, by which a revocation list names a bundle. */
  readonly sealDigest: Digest;
  /** In the bundle's order; none when it is not signed. */
  readonly signatures: readonly SignatureView[];
  /** Of the file beside the bundle. */
  readonly attestations: readonly AttestationView[];
  readonly seal: Seal;
  /** Why nothing can load it; undefined: something can, or the architecture is not known. */
  readonly shownOnly: string | undefined;
  readonly manifest: Readonly<Record<string, unknown>> | undefined;
  readonly purgatory: PurgatoryView | undefined;
  /** Of each step `ipl` of the policy. */
  readonly stepPages: readonly StepPage[];
};

export type SignatureView =
  | { readonly kind: 'malformed'; readonly part: string }
  | {
      readonly kind: 'present';
      readonly size: number;
      readonly development: boolean;
      /** The signer's first. Times in seconds since 1970. */
      readonly certificates: readonly {
        readonly subject: string;
        readonly issuer: string;
        readonly notBefore: number;
        readonly notAfter: number;
        /** SHA-256 of the certificate, by which a revocation list names it. */
        readonly sha256: Digest;
      }[];
    };

export async function inspectBundle(host: Host, path: string): Promise<Result<Inspection>> {
  const bundle = await openBundle(host, path);
  if (!bundle.ok) return bundle;
  const attestations = await viewAttestations(host, path, sha256(bundle.value.sealBytes));
  return inspectOpened(bundle.value, host.now(), attestations);
}

/** The same for a bundle in memory. */
export function inspectOpened(
  bundle: Bundle,
  now: number,
  attestations: readonly AttestationView[] = [],
): Result<Inspection> {
  const seal = sealOf(bundle);
  if (!seal.ok) return seal;
  const { members, path, signatures, size, sealBytes } = bundle;
  const manifest = members.find(({ name }) => name === manifestName);
  const purgatory = seal.value.segments.find(({ kind }) => kind === 'purgatory');
  const image = purgatory === undefined ? undefined : loadedBytes(bundle, purgatory);
  const view = image === undefined ? undefined : readPurgatory(image);
  return ok({
    path,
    verified: false,
    size,
    now,
    sealDigest: sha256(sealBytes),
    signatures: signatures.map(signatureView),
    attestations,
    seal: seal.value,
    shownOnly: shownOnlyOf(seal.value),
    manifest: manifest === undefined ? undefined : parseObject(manifest.bytes),
    purgatory: view?.ok === true ? view.value : undefined,
    stepPages:
      view?.ok === true && image !== undefined ? stepPages(view.value, seal.value, image) : [],
  });
}

function signatureView(p7s: Uint8Array): SignatureView {
  const read = readSignature(p7s);
  if (!read.ok) {
    const [problem] = read.problems;
    return { kind: 'malformed', part: 'part' in problem ? problem.part : problem.kind };
  }
  return {
    kind: 'present',
    size: p7s.length,
    development: read.value.certificates.some(({ development }) => development),
    certificates: read.value.certificates.map((certificate) => ({
      subject: certificate.subjectText,
      issuer: certificate.issuerText,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      sha256: sha256(certificate.der),
    })),
  };
}
