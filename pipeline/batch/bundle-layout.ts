/**
 * Bundles in an OCI image layout, as `crashseal push oci:DIR` would put them there. What many bundles have in common
 * is written once, so a profile costs its head, its tail and a manifest.
 */
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { bundleManifest, emptyConfig } from '../registry/bundle-manifest.ts';
import { openLayout } from '../registry/layout.ts';
import { type Place, referenceFor, showReference } from '../registry/reference.ts';
import type { StoredManifest } from '../registry/repository.ts';
import { showDate } from '../units/time.ts';
import type { Digest } from '../units/units.ts';
import type { BundlePlace } from './bundle-place.ts';
import { type BundleFacts, factsOf } from './facts.ts';
import { type Recorded, recordKeeper } from './record.ts';
import { packedSlices } from './slices.ts';

/** `folder`: the layout; `reference`: what the bundles are called in it, as `push` takes it. */
export async function bundleLayout(
  host: Host,
  { folder, reference }: { readonly folder: string; readonly reference: string },
  recordFile: string | undefined,
): Promise<Result<BundlePlace>> {
  const place: Place = { kind: 'layout', folder };
  const layout = openLayout(host, folder);
  const tagged = await layout.tagged();
  if (!tagged.ok) return tagged;
  const tags = tagged.value;

  const looked = new Map<Digest, Promise<boolean>>();
  const isThere = (digest: Digest, size: number): Promise<boolean> => {
    const known = looked.get(digest) ?? layout.hasBlob(digest, size);
    looked.set(digest, known);
    return known;
  };
  const allThere = async (tag: string, facts: BundleFacts): Promise<boolean> => {
    const manifest = manifestOf(facts);
    if (tags.get(tag) !== manifest.digest) return false;
    for (const { sha256, size } of blobsOf(manifest, facts))
      if (!(await isThere(sha256, size))) return false;
    return true;
  };
  const record = await recordKeeper(
    host,
    recordFile,
    async (tag, recorded) => recorded !== undefined && (await allThere(tag, recorded.facts)),
  );

  const written = new Map<Digest, Promise<void>>();
  /** Once in a build, whatever number of bundles has it. */
  const put = async (digest: Digest, size: number, pieces: readonly Uint8Array[]) => {
    const before = written.get(digest) ?? layout.putPieces(digest, size, pieces);
    written.set(digest, before);
    await before;
  };
  const manifests: {
    readonly manifest: StoredManifest;
    readonly tag: string;
    readonly facts: BundleFacts;
  }[] = [];
  /** Nothing named what was written so far, so it may have been taken for what nobody needs. */
  const lost = async (): Promise<readonly Digest[]> => {
    const blobs = manifests.flatMap(({ manifest, facts }) => blobsOf(manifest, facts));
    const sizes = new Map(blobs.map(({ sha256, size }) => [sha256, size]));
    const missing: Digest[] = [];
    for (const [digest, size] of sizes)
      if (!(await layout.hasBlob(digest, size))) missing.push(digest);
    return missing;
  };
  const pathOf = (tag: string): string => showReference(place, { tag });
  const told = (facts: BundleFacts): Omit<Recorded, 'recipe'> => ({ facts, mtimeMs: 0 });

  return ok({
    nameOf: (profile) => {
      const read = referenceFor(reference, profile);
      return read.ok ? ok(read.value.tag) : read;
    },
    pathOf,
    has: async (tag) => tags.has(tag),
    asLeft: record.asLeft,
    recorded: record.recorded,
    keep: (tag, recorded) => {
      record.note(tag, recorded);
      return { path: pathOf(tag), unchanged: true, facts: recorded.facts };
    },
    write: async (tag, finished, recipe) => {
      // As `push` has it: nobody could use it from there.
      if (!finished.signed) return fail({ area: 'seal', kind: 'bundle-not-signed' });
      const slices = packedSlices(finished.members, finished.archive);
      const facts = factsOf(finished, slices);
      const unchanged = await allThere(tag, facts);
      if (!unchanged) {
        const manifest = manifestOf(facts);
        await put(emptyConfig.digest, emptyConfig.size, [emptyConfig.bytes]);
        for (const { digest, pieces, size } of slices) await put(digest, size, pieces);
        await put(manifest.digest, manifest.bytes.length, [manifest.bytes]);
        manifests.push({ manifest, tag, facts });
      }
      record.note(tag, { ...told(facts), recipe: recipe ?? null });
      return ok({ path: pathOf(tag), unchanged, facts });
    },
    finish: async () => {
      if (manifests.length > 0) {
        const digests = await lost();
        if (digests.length > 0)
          return fail({ area: 'registry', kind: 'blobs-lost', where: layout.name, digests });
        const indexed = await layout.putManifests(manifests);
        if (!indexed.ok) return indexed;
        for (const { manifest, tag } of manifests) tags.set(tag, manifest.digest);
        looked.clear();
      }
      await record.finish();
      return ok(undefined);
    },
  });
}

const blobsOf = (manifest: StoredManifest, { slices }: BundleFacts) => [
  { sha256: manifest.digest, size: manifest.bytes.length },
  { sha256: emptyConfig.digest, size: emptyConfig.size },
  ...slices,
];

/** The same as `push` makes of the file. */
const manifestOf = (facts: BundleFacts): StoredManifest =>
  bundleManifest(
    {
      profile: facts.profile,
      architecture: facts.arch,
      release: facts.release ?? undefined,
      epoch: facts.epoch,
      notAfter: facts.notAfter === null ? undefined : showDate(facts.notAfter),
      seal: facts.seal,
      size: facts.size,
    },
    facts.slices.map(({ name, sha256, size }) => ({ name, digest: sha256, size })),
  );
