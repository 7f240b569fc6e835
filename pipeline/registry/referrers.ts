/**
 * What refers to a bundle: attestations, bills of materials, signatures, each an artifact of its own whose subject is
 * the bundle. OCI distribution 1.1, "Referrers"; by the tag scheme where a registry does not know them.
 */
import { attestationEnding } from '../format/attestation-form.ts';
import { limits } from '../format/limits.ts';
import type { Host } from '../host/host.ts';
import { type Failure, fail, ok, type Result } from '../problem/result.ts';
import { type BundleFiles, openHeaders } from '../seal/bundle.ts';
import { joinBytes } from '../units/bytes.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { emptyConfig, stored, writeDescriptor } from './bundle-manifest.ts';
import { blobBytes, memoryBlob } from './memory-blob.ts';
import { isObject, readDescriptor, readJson } from './read-json.ts';
import {
  type BlobSource,
  type Descriptor,
  manifestMax,
  manifestType,
  type Repository,
  type StoredManifest,
} from './repository.ts';

export type Attachment = {
  readonly type: string;
  /** Title, for who pulls it as a file. */
  readonly name: string;
  readonly bytes: Uint8Array;
};

export const attestationType = 'application/vnd.crashseal.test-crash.v1';

/** Files beside a bundle that go with it, by what their name has after the bundle's. */
const beside = [
  { ending: attestationEnding, type: attestationType, most: limits.attestationFileMax.value },
  { ending: '.cdx.json', type: 'application/vnd.cyclonedx+json', most: 64 << 20 },
  { ending: '.spdx.json', type: 'application/spdx+json', most: 64 << 20 },
] as const;

/** Of a signature apart from its bundle: for tools that look for one, and do not read bundles. */
const signatureType = 'application/vnd.crashseal.signature.v1';

export async function attachmentsBeside(
  host: Host,
  path: string,
): Promise<Result<readonly Attachment[]>> {
  const found: Attachment[] = [];
  for (const { ending, most, type } of beside) {
    const bytes = await host.readSmallFile(`${path}${ending}`, most);
    if (bytes instanceof Uint8Array) found.push({ type, name: `bundle.crashseal${ending}`, bytes });
    else if (bytes === 'too-large')
      return fail({ area: 'registry', kind: 'attachment-large', path: `${path}${ending}`, most });
  }
  return ok(found);
}

/** The signatures in a bundle, each as an attachment. */
export async function signaturesOf(
  files: BundleFiles,
  path: string,
): Promise<Result<readonly Attachment[]>> {
  const bundle = await openHeaders(files, path);
  if (!bundle.ok) return bundle;
  return ok(
    bundle.value.signatures.map((bytes, index) => ({
      type: signatureType,
      name: index === 0 ? 'seal.p7s' : `seal.${index + 1}.p7s`,
      bytes,
    })),
  );
}

/** The manifest of an attachment: the same for the same bytes, so that attaching it again changes nothing. */
function attachmentManifest(
  subject: Descriptor,
  { bytes, name, type }: Attachment,
): StoredManifest {
  const { bytes: _, ...config } = emptyConfig;
  return stored(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: type,
    config: writeDescriptor(config),
    layers: [
      writeDescriptor({
        mediaType: type,
        digest: sha256(bytes),
        size: bytes.length,
        annotations: { 'org.opencontainers.image.title': name },
      }),
    ],
    subject: writeDescriptor(subject),
  });
}

/** The manifest that something refers to. */
export type Subject = Pick<Descriptor, 'digest' | 'mediaType' | 'size'>;

/** An artifact that can be put as it is: its manifest, and every blob that this names. */
export type Referrer = {
  readonly manifest: StoredManifest;
  readonly subject: Digest;
  readonly artifactType: string;
  readonly blobs: readonly BlobSource[];
};

export const asReferrers = (
  { digest, mediaType, size }: Subject,
  attachments: readonly Attachment[],
): readonly Referrer[] =>
  attachments.map((attachment) => ({
    manifest: attachmentManifest({ mediaType, digest, size }, attachment),
    subject: digest,
    artifactType: attachment.type,
    blobs: [memoryBlob(emptyConfig.bytes), memoryBlob(attachment.bytes)],
  }));

/** How many of them were not there yet. */
export async function putReferrers(
  repository: Repository,
  referrers: readonly Referrer[],
): Promise<Result<number>> {
  const bySubject = new Map<Digest, Set<Digest>>();
  let added = 0;
  for (const { artifactType, blobs, manifest, subject } of referrers) {
    let there = bySubject.get(subject);
    if (there === undefined) {
      const asked = await repository.referrers(subject);
      if (!asked.ok) return asked;
      there = new Set(asked.value.map(({ digest }) => digest));
      bySubject.set(subject, there);
    }
    if (there.has(manifest.digest)) continue;
    for (const blob of blobs) {
      const put = await repository.putBlob(blob);
      if (!put.ok) return put;
    }
    const put = await repository.putReferrer(manifest, subject, artifactType);
    if (!put.ok) return put;
    there.add(manifest.digest);
    added++;
  }
  return ok(added);
}

/** How many of them were not there yet. */
export const attach = (
  repository: Repository,
  subject: Subject,
  attachments: readonly Attachment[],
): Promise<Result<number>> => putReferrers(repository, asReferrers(subject, attachments));

/** Of how many attestations somebody may ask what they say. */
const readMost = 64;

/**
 * The attestations of a bundle, those that the registry names first. Nothing of them is believed here.
 * What cannot be read is left out where `endsAll` says that the others may be readable.
 */
export async function attestationsOf(
  repository: Repository,
  bundle: StoredManifest['digest'],
  endsAll: (failure: Failure) => boolean,
): Promise<Result<readonly Uint8Array[]>> {
  const most = limits.attestationFileMax.value;
  return readAttestations(repository, bundle, readMost, readMost * most, endsAll);
}

async function readAttestations(
  repository: Repository,
  bundle: StoredManifest['digest'],
  count: number,
  size: number,
  endsAll: (failure: Failure) => boolean,
): Promise<Result<readonly Uint8Array[]>> {
  const referrers = await repository.referrers(bundle);
  if (!referrers.ok) return referrers;
  const files: Uint8Array[] = [];
  let room = size;
  const wanted = referrers.value.filter(({ artifactType }) => artifactType === attestationType);
  for (const { digest } of wanted.slice(0, count)) {
    const bytes = await attachedBytes(repository, digest, room);
    if (!bytes.ok) {
      if (endsAll(bytes)) return bytes;
      continue;
    }
    if (bytes.value === undefined) continue;
    files.push(bytes.value);
    room -= bytes.value.length;
  }
  return ok(files);
}

/** Undefined: it is no attachment of ours, or too large for a file of attestations, or for `room`. */
async function attachedBytes(
  repository: Repository,
  digest: StoredManifest['digest'],
  room: number,
): Promise<Result<Uint8Array | undefined>> {
  const manifest = await repository.manifest({ digest });
  if (!manifest.ok) return manifest;
  const json = manifest.value === undefined ? undefined : readJson(manifest.value.bytes);
  const layer = isObject(json) && Array.isArray(json.layers) ? json.layers[0] : undefined;
  const blob = readDescriptor(layer);
  const most = Math.min(room, limits.attestationFileMax.value);
  if (blob === undefined || blob.size > most) return ok(undefined);
  return blobBytes(repository, blob);
}

/** As a file, no more than loaders read of one; undefined where there is none. */
export async function attestationFile(
  repository: Repository,
  bundle: StoredManifest['digest'],
): Promise<Result<Uint8Array | undefined>> {
  const { attestationFileMax, attestationsMax } = limits;
  const files = await readAttestations(
    repository,
    bundle,
    attestationsMax.value,
    attestationFileMax.value,
    () => true,
  );
  if (!files.ok) return files;
  return ok(files.value.length === 0 ? undefined : joinBytes(files.value));
}

/** The descriptors of an index, such as the list of referrers; undefined for what is none. */
export function readIndex(bytes: Uint8Array): readonly Descriptor[] | undefined {
  const json = readJson(bytes);
  if (!isObject(json) || !Array.isArray(json.manifests)) return undefined;
  return json.manifests.map(readDescriptor).filter((one) => one !== undefined);
}

/** The subject that a manifest names. */
export function subjectOf(bytes: Uint8Array): Descriptor | undefined {
  if (bytes.length > manifestMax) return undefined;
  const json = readJson(bytes);
  return isObject(json) ? readDescriptor(json.subject) : undefined;
}
