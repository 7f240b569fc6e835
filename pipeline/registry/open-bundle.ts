/** A bundle as what is pushed: its manifest, and its slices, which are read when they are sent. */
import { architectureBy } from '../arch/arch.ts';
import { limits } from '../format/limits.ts';
import { blockSize } from '../format/tar.ts';
import { digestInPieces } from '../host/in-pieces.ts';
import { Refusal } from '../host/system-refusal.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { readBundleHead, signatureNames } from '../seal/archive.ts';
import { type Bundle, type BundleFiles, openHeaders, sealOf, sizeOf } from '../seal/bundle.ts';
import { decodeSeal } from '../seal/seal-codec.ts';
import { sha256 } from '../units/sha256.ts';
import { showDate } from '../units/time.ts';
import type { Digest } from '../units/units.ts';
import { type BundleFacts, bundleManifest } from './bundle-manifest.ts';
import type { BlobSource, StoredManifest } from './repository.ts';
import { cutIntoSlices, type Slice } from './slices.ts';

export type SlicedBundle = {
  readonly path: string;
  readonly facts: BundleFacts;
  readonly manifest: StoredManifest;
  /** In archive order. `unique`: no other bundle has it. */
  readonly slices: readonly (BlobSource & { readonly name: string; readonly unique: boolean })[];
};

const membersOf = (bundle: Bundle) => [
  { name: 'seal.bin', size: bundle.sealBytes.length },
  ...bundle.signatures.map(({ length }, index) => ({
    name: signatureNames[index] ?? '',
    size: length,
  })),
  ...bundle.members.map((member) => ({ name: member.name, size: sizeOf(member) })),
];

/** Digests of members by those of the slices that they are: a fleet's bundles have the same kernel. */
export type KnownMembers = Map<Digest, Digest>;

/** The name of its profile, of which only the head is read; what else it is, is not looked at. */
export async function profileOf(files: BundleFiles, path: string): Promise<Result<string>> {
  const file = await files.openFile(path);
  if (file === undefined) return fail({ area: 'seal', kind: 'bundle-missing', path });
  if (file === 'not-a-file') return fail({ area: 'seal', kind: 'bundle-not-a-file', path });
  try {
    const head = await readBundleHead(await file.read(0n, limits.bundleHeadMax.value));
    if (!head.ok) return head;
    const seal = decodeSeal(head.value.members[0]?.bytes ?? new Uint8Array());
    return seal.ok ? ok(seal.value.profile) : seal;
  } finally {
    await file.close();
  }
}

/**
 * Its members are what its seal says. Who signed it is not looked at: machines do that.
 * `digestThere`: of a slice whose bytes were digested before.
 */
export async function sliceBundle(
  files: BundleFiles,
  path: string,
  known: KnownMembers = new Map(),
  digestThere: (slice: Slice) => Digest | undefined = () => undefined,
): Promise<Result<SlicedBundle>> {
  const opened = await openHeaders(files, path);
  if (!opened.ok) return opened;
  const bundle = opened.value;
  if (bundle.signatures.length === 0) return fail({ area: 'seal', kind: 'bundle-not-signed' });
  const seal = sealOf(bundle);
  if (!seal.ok) return seal;
  const members = membersOf(bundle);
  const cut = cutIntoSlices(members);
  const file = await files.openFile(path);
  if (file === undefined || file === 'not-a-file')
    return fail({ area: 'seal', kind: 'bundle-missing', path });
  try {
    const sealed = new Map(seal.value.members.map(({ name, digest }) => [name, digest]));
    const digests: Digest[] = [];
    let at = 0;
    const places = new Map(
      members.map(({ name, size }) => {
        const start = at + blockSize;
        at = start + Math.ceil(size / blockSize) * blockSize;
        return [start - blockSize, { name, start, end: start + size }] as const;
      }),
    );
    for (const slice of cut) {
      const read = (from: number, size: number) => file.read(BigInt(from), size);
      const digest = digestThere(slice) ?? (await digestInPieces(read, slice.start, slice.end));
      digests.push(digest);
      for (const [header, { name, start, end }] of places) {
        const expected = sealed.get(name);
        if (header < slice.start || header >= slice.end || expected === undefined) continue;
        const single = slice.name === name;
        const found =
          (single ? known.get(digest) : undefined) ?? (await digestInPieces(read, start, end));
        if (single) known.set(digest, found);
        if (found !== expected) return fail(memberDigest(name, expected, found));
      }
    }
    const { epoch, machine, byteOrder, notAfter, profile, release } = seal.value;
    const facts: BundleFacts = {
      profile,
      architecture: architectureBy({ machine, order: byteOrder })?.name ?? String(machine),
      release,
      epoch: String(epoch),
      notAfter: notAfter === undefined ? undefined : showDate(notAfter),
      seal: sha256(bundle.sealBytes),
      size: bundle.size,
    };
    const slices = cut.map((slice, index) => ({
      name: slice.name,
      unique: isUnique(slice),
      digest: digests[index] as Digest,
      size: slice.end - slice.start,
      read: (from: number, size: number) => readRange(files, path, slice.start + from, size),
    }));
    return ok({ path, facts, manifest: bundleManifest(facts, slices), slices });
  } finally {
    await file.close();
  }
}

/** The head has seal and signature, and the tail the purgatory with its digests. An archive's end alone has none. */
const isUnique = ({ name, start, end }: Slice): boolean =>
  name === 'head' || (name === 'tail' && end - start > 2 * blockSize);

const memberDigest = (name: string, sealed: Digest, found: Digest): Problem => ({
  area: 'seal',
  kind: 'member-digest',
  name,
  sealed,
  found,
});

/** Opened for each piece, so that a thousand bundles hold no thousand files open. */
async function readRange(
  files: BundleFiles,
  path: string,
  at: number,
  size: number,
): Promise<Uint8Array> {
  const file = await files.openFile(path);
  if (file === undefined || file === 'not-a-file')
    throw new Refusal({ area: 'seal', kind: 'bundle-missing', path });
  try {
    return await file.read(BigInt(at), size);
  } finally {
    await file.close();
  }
}
