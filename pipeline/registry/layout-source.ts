/**
 * Bundles of a folder as what is pushed, slices and all, from where they are. Nothing that the folder says is
 * believed: a blob that is named is read once for all bundles that have it, and a manifest must be the one that the
 * bundle as a file would get. What refers to a bundle goes with it as it is.
 */
import type { OpenFile } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { type Failure, fail, metWith, ok, type Result } from '../problem/result.ts';
import type { BundleFiles } from '../seal/bundle.ts';
import { joinBytes } from '../units/bytes.ts';
import type { Digest } from '../units/units.ts';
import { readBundleManifest } from './bundle-manifest.ts';
import { type Layout, tagOf } from './layout.ts';
import { type KnownMembers, type SlicedBundle, sliceBundle } from './open-bundle.ts';
import type { PushSource } from './push.ts';
import { isObject, readDescriptor, readJson } from './read-json.ts';
import { type Name, type Place, showReference } from './reference.ts';
import { attach, signaturesOf, subjectOf } from './referrers.ts';
import type { Descriptor, Repository } from './repository.ts';

export type LayoutBundle = PushSource & {
  /** As its manifest says it; a bundle whose seal says another is refused when it is sliced. */
  readonly profile: string;
  /** Undefined: it is named by its digest. */
  readonly tag: string | undefined;
  readonly digest: Digest;
};

export type LayoutBundles = {
  readonly bundles: readonly LayoutBundle[];
  /** Tags of what is no bundle. */
  readonly others: readonly string[];
  readonly problems: readonly Problem[];
};

/** Undefined as a name: every bundle that has a tag. `known` is of the whole run. */
export type LayoutSource = (
  name: Name | undefined,
  signatures: boolean,
) => Promise<Result<LayoutBundles>>;

export function layoutSource(layout: Layout, folder: string, known: KnownMembers): LayoutSource {
  const place: Place = { kind: 'layout', folder };
  const where = layout.name;
  /** Whether a blob is what its name says, by that name and the size that is said of it. */
  const checked = new Map<string, Promise<Result<void>>>();
  let referring: Promise<Result<ReadonlyMap<Digest, readonly Descriptor[]>>> | undefined;
  let index: Promise<Result<readonly Descriptor[] | undefined>> | undefined;

  /** The index as it is when it is first asked for. */
  async function entries(): Promise<Result<readonly Descriptor[]>> {
    index ??= layout.entries();
    const all = await index;
    if (!all.ok) return all;
    return all.value === undefined
      ? fail({ area: 'registry', kind: 'no-layout', folder })
      : ok(all.value);
  }

  function check(blob: Descriptor): Promise<Result<void>> {
    const key = `${blob.digest} ${blob.size}`;
    const before = checked.get(key);
    if (before !== undefined) return before;
    const now = layout.readBlob(blob, async () => {});
    checked.set(key, now);
    return now;
  }

  /** What refers to what, read in one pass for all bundles. */
  async function readReferring(): Promise<Result<ReadonlyMap<Digest, readonly Descriptor[]>>> {
    const all = await entries();
    if (!all.ok) return all;
    const found = new Map<Digest, Descriptor[]>();
    for (const one of all.value) {
      // A bundle has a tag, and no subject.
      if (tagOf(one) !== undefined) continue;
      const read = await layout.manifestAt(one);
      if (!read.ok) return read;
      const subject = subjectOf(read.value.bytes)?.digest;
      if (subject !== undefined) found.set(subject, [...(found.get(subject) ?? []), one]);
    }
    return ok(found);
  }

  async function copyReferrers(to: Repository, subject: Digest): Promise<Result<number>> {
    referring ??= readReferring();
    const all = await referring;
    if (!all.ok) return all;
    const own = all.value.get(subject) ?? [];
    if (own.length === 0) return ok(0);
    const there = await to.referrers(subject);
    if (!there.ok) return there;
    let added = 0;
    for (const one of own) {
      if (!there.value.some(({ digest }) => digest === one.digest)) {
        const copied = await copyReferrer(to, subject, one);
        if (!copied.ok) return copied;
        added++;
      }
      // A signature of a bill of materials refers to that.
      const further = await copyReferrers(to, one.digest);
      if (!further.ok) return further;
      added += further.value;
    }
    return ok(added);
  }

  async function copyReferrer(
    to: Repository,
    subject: Digest,
    entry: Descriptor,
  ): Promise<Result<void>> {
    const manifest = await layout.manifestAt(entry);
    if (!manifest.ok) return manifest;
    const json = readJson(manifest.value.bytes);
    const config = isObject(json) ? readDescriptor(json.config) : undefined;
    const layers = isObject(json) && Array.isArray(json.layers) ? json.layers : [];
    const blobs = [config, ...layers.map(readDescriptor)].filter((blob) => blob !== undefined);
    if (!isObject(json) || config === undefined || blobs.length !== layers.length + 1)
      return fail({ area: 'registry', kind: 'referrer-form', where, digest: entry.digest });
    for (const blob of blobs) {
      const right = await check(blob);
      if (!right.ok) return right;
      const put = await to.putBlob({ ...blob, read: layout.blobReader(blob.digest) });
      if (!put.ok) return put;
    }
    const { artifactType = config.mediaType } = json;
    return to.putReferrer(manifest.value, subject, String(artifactType));
  }

  async function slice(
    reference: string,
    digest: Digest,
    slices: readonly Descriptor[],
    files: BundleFiles,
  ): Promise<Result<SlicedBundle>> {
    const starts = new Map<number, Descriptor>();
    let at = 0;
    for (const blob of slices) {
      const right = await check(blob);
      if (!right.ok) return right;
      starts.set(at, blob);
      at += blob.size;
    }
    const sliced = await sliceBundle(files, reference, known, ({ start, end }) => {
      const blob = starts.get(start);
      return blob?.size === end - start ? blob.digest : undefined;
    });
    if (!sliced.ok || sliced.value.manifest.digest === digest) return sliced;
    return fail({ area: 'registry', kind: 'manifest-other', reference });
  }

  async function bundleAt(
    entry: Descriptor,
    name: Name,
    signatures: boolean,
  ): Promise<Result<LayoutBundle>> {
    const path = showReference(place, name);
    const manifest = await layout.manifestAt(entry);
    if (!manifest.ok) return manifest;
    const read = readBundleManifest(path, manifest.value);
    if (!read.ok) return read;
    const { digest } = entry;
    const { facts, slices } = read.value;
    const files = { openFile: async () => joined(layout, slices) };
    return ok({
      path,
      profile: facts.profile,
      tag: 'tag' in name ? name.tag : undefined,
      digest,
      slice: () => slice(path, digest, slices, files),
      attachTo: async (to, subject) => {
        const copied = await copyReferrers(to, digest);
        if (!copied.ok || !signatures) return copied;
        const own = await signaturesOf(files, path);
        if (!own.ok) return own;
        const attached = await attach(to, subject, own.value);
        return attached.ok ? ok(copied.value + attached.value) : attached;
      },
    });
  }

  return async (wanted, signatures) => {
    const all = await entries();
    if (!all.ok) return all;
    if (wanted !== undefined) {
      const entry = all.value.find((one) =>
        'tag' in wanted ? tagOf(one) === wanted.tag : one.digest === wanted.digest,
      );
      if (entry === undefined)
        return fail({
          area: 'registry',
          kind: 'not-there',
          reference: showReference(place, wanted),
        });
      const bundle = await bundleAt(entry, wanted, signatures);
      return bundle.ok ? ok({ bundles: [bundle.value], others: [], problems: [] }) : bundle;
    }
    const bundles: LayoutBundle[] = [];
    const others: string[] = [];
    const problems: Problem[] = [];
    for (const entry of all.value) {
      const tag = tagOf(entry);
      if (tag === undefined) continue;
      const bundle = await bundleAt(entry, { tag }, signatures);
      if (bundle.ok) bundles.push(bundle.value);
      else if (isOther(bundle)) others.push(tag);
      else
        problems.push(
          ...metWith(bundle, { doing: 'pushing', what: showReference(place, { tag }) }).problems,
        );
    }
    return bundles.length === 0 && problems.length === 0
      ? fail({ area: 'registry', kind: 'no-bundles', where })
      : ok({ bundles, others, problems });
  };
}

const isOther = ({ problems: [{ kind }] }: Failure): boolean => kind === 'not-a-bundle';

/** Blobs in their order, read as the one file that they are cut from. */
function joined(layout: Layout, slices: readonly Descriptor[]): OpenFile {
  const parts: { readonly start: number; readonly end: number; readonly digest: Digest }[] = [];
  let size = 0;
  for (const { digest, size: own } of slices) {
    parts.push({ start: size, end: size + own, digest });
    size += own;
  }
  return {
    kind: 'file',
    size: BigInt(size),
    read: async (from, count) => {
      const first = Number(from);
      const last = Math.min(first + count, size);
      const pieces: Uint8Array[] = [];
      for (const { digest, end, start } of parts) {
        if (end <= first || start >= last) continue;
        const at = Math.max(first, start);
        pieces.push(await layout.blobReader(digest)(at - start, Math.min(last, end) - at));
      }
      return pieces.length === 1 ? (pieces[0] as Uint8Array) : joinBytes(pieces);
    },
    close: async () => {},
  };
}
