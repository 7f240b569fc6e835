/**
 * Bundles of a folder as what is pushed, slices and all, from where they are. Nothing that the folder says is
 * believed: a blob that is named is read once for all bundles that have it, and a manifest must be the one that the
 * bundle as a file would get. What refers to a bundle goes with it as it is.
 */
import type { OpenFile } from '../host/host.ts';
import { refusalAsProblem } from '../host/system-refusal.ts';
import type { Problem } from '../problem/problem.ts';
import { type Failure, fail, metWith, ok, type Result } from '../problem/result.ts';
import type { BundleFiles } from '../seal/bundle.ts';
import { joinBytes } from '../units/bytes.ts';
import type { Digest } from '../units/units.ts';
import { readBundleManifest } from './bundle-manifest.ts';
import { type Layout, tagOf } from './layout.ts';
import { type KnownMembers, type SlicedBundle, sliceBundle } from './open-bundle.ts';
import type { PushSource } from './push.ts';
import { artifactTypeOf, isObject, readDescriptor, readJson } from './read-json.ts';
import { type Name, type Place, showReference } from './reference.ts';
import { asReferrers, type Referrer, signaturesOf, subjectOf } from './referrers.ts';
import type { Descriptor } from './repository.ts';

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

type Referring = {
  readonly bySubject: ReadonlyMap<Digest, readonly Descriptor[]>;
  /** Of entries whose manifest cannot be read, why. */
  readonly unread: ReadonlyMap<Digest, Failure>;
};

export function layoutSource(layout: Layout, folder: string, known: KnownMembers): LayoutSource {
  const place: Place = { kind: 'layout', folder };
  const where = layout.name;
  /** Whether a blob is what its name says, by that name and the size that is said of it. */
  const checked = new Map<string, Promise<Result<void>>>();
  let referring: Promise<Result<Referring>> | undefined;
  /** Entries of which it was said that they cannot be read. */
  const told = new Set<Digest>();
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

  /** What refers to what, read in one pass for all bundles. It may have a tag of its own. */
  async function readReferring(): Promise<Result<Referring>> {
    const all = await entries();
    if (!all.ok) return all;
    const bySubject = new Map<Digest, Descriptor[]>();
    const unread = new Map<Digest, Failure>();
    for (const one of new Map(all.value.map((entry) => [entry.digest, entry])).values()) {
      const read = await refusalAsProblem(() => layout.manifestAt(one));
      if (!read.ok) {
        unread.set(one.digest, read);
        continue;
      }
      const subject = subjectOf(read.value.bytes)?.digest;
      if (subject === undefined) continue;
      const others = bySubject.get(subject);
      if (others === undefined) bySubject.set(subject, [one]);
      else others.push(one);
    }
    return ok({ bySubject, unread });
  }

  async function whatRefers(): Promise<Result<Referring>> {
    referring ??= readReferring();
    return referring;
  }

  /** What cannot be read may refer to a bundle or not. It is told once, and not of a bundle that is told itself. */
  async function unreadEntries(asked: readonly Digest[]): Promise<readonly Problem[]> {
    const all = await whatRefers();
    if (!all.ok) return all.problems;
    for (const digest of asked) told.add(digest);
    const problems: Problem[] = [];
    for (const [digest, failure] of all.value.unread) {
      if (told.has(digest)) continue;
      told.add(digest);
      const what = showReference(place, { digest });
      problems.push(...metWith(failure, { doing: 'pushing', what }).problems);
    }
    return problems;
  }

  /** All that goes with a manifest, looked at and not put anywhere yet. */
  async function referrersOf(subject: Digest): Promise<Result<readonly Referrer[]>> {
    const all = await whatRefers();
    if (!all.ok) return all;
    const found: Referrer[] = [];
    for (const entry of all.value.bySubject.get(subject) ?? []) {
      const one = await readReferrer(subject, entry);
      if (!one.ok) return one;
      // A signature of a bill of materials refers to that.
      const further = await referrersOf(entry.digest);
      if (!further.ok) return further;
      found.push(one.value, ...further.value);
    }
    return ok(found);
  }

  async function readReferrer(subject: Digest, entry: Descriptor): Promise<Result<Referrer>> {
    const manifest = await layout.manifestAt(entry);
    if (!manifest.ok) return manifest;
    const json = readJson(manifest.value.bytes);
    const config = isObject(json) ? readDescriptor(json.config) : undefined;
    const layers = isObject(json) && Array.isArray(json.layers) ? json.layers : [];
    const blobs = [config, ...layers.map(readDescriptor)].filter((blob) => blob !== undefined);
    const artifactType = artifactTypeOf(json);
    if (artifactType === undefined || blobs.length !== layers.length + 1)
      return fail({ area: 'registry', kind: 'referrer-form', where, digest: entry.digest });
    for (const blob of blobs) {
      const right = await check(blob);
      if (!right.ok) return right;
    }
    return ok({
      manifest: manifest.value,
      subject,
      artifactType,
      blobs: blobs.map((blob) => ({ ...blob, read: layout.blobReader(blob.digest) })),
    });
  }

  /** What refers to any of them, and to that. */
  async function goesAlong(bundles: readonly LayoutBundle[]): Promise<ReadonlySet<Digest>> {
    const all = await whatRefers();
    const found = new Set(bundles.map(({ digest }) => digest));
    // What is added on the way is looked at as well.
    for (const subject of found)
      for (const { digest } of (all.ok && all.value.bySubject.get(subject)) || [])
        found.add(digest);
    return found;
  }

  const tagTwice = (tag: string, digests: ReadonlySet<Digest>): Failure =>
    fail({ area: 'registry', kind: 'tag-twice', where, tag, digests: [...digests] });

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
      referrers: async (subject) => {
        const found = await referrersOf(digest);
        if (!found.ok || !signatures) return found;
        const own = await signaturesOf(files, path);
        return own.ok ? ok([...found.value, ...asReferrers(subject, own.value)]) : own;
      },
    });
  }

  return async (wanted, signatures) => {
    const all = await entries();
    if (!all.ok) return all;
    const ambiguous = twice(all.value);
    if (wanted !== undefined) {
      const several = 'tag' in wanted ? ambiguous.get(wanted.tag) : undefined;
      if ('tag' in wanted && several !== undefined) return tagTwice(wanted.tag, several);
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
      return bundle.ok
        ? ok({ bundles: [bundle.value], others: [], problems: await unreadEntries([entry.digest]) })
        : bundle;
    }
    const bundles: LayoutBundle[] = [];
    const others = new Map<string, Digest>();
    const problems: Problem[] = [];
    const tagged: Digest[] = [];
    for (const [tag, digests] of ambiguous) problems.push(...tagTwice(tag, digests).problems);
    for (const entry of all.value) {
      const tag = tagOf(entry);
      if (tag === undefined || ambiguous.has(tag)) continue;
      tagged.push(entry.digest);
      const bundle = await bundleAt(entry, { tag }, signatures);
      if (bundle.ok) bundles.push(bundle.value);
      else if (isOther(bundle)) others.set(tag, entry.digest);
      else
        problems.push(
          ...metWith(bundle, { doing: 'pushing', what: showReference(place, { tag }) }).problems,
        );
    }
    problems.push(...(await unreadEntries(tagged)));
    const along = await goesAlong(bundles);
    return bundles.length === 0 && problems.length === 0
      ? fail({ area: 'registry', kind: 'no-bundles', where })
      : ok({
          bundles,
          others: [...others].flatMap(([tag, digest]) => (along.has(digest) ? [] : [tag])),
          problems,
        });
  };
}

const isOther = ({ problems: [{ kind }] }: Failure): boolean => kind === 'not-a-bundle';

/** Tags that are at several manifests, and these. */
function twice(entries: readonly Descriptor[]): ReadonlyMap<string, ReadonlySet<Digest>> {
  const byTag = new Map<string, Set<Digest>>();
  for (const entry of entries) {
    const tag = tagOf(entry);
    if (tag === undefined) continue;
    const before = byTag.get(tag);
    if (before === undefined) byTag.set(tag, new Set([entry.digest]));
    else before.add(entry.digest);
  }
  return new Map([...byTag].filter(([, digests]) => digests.size > 1));
}

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
