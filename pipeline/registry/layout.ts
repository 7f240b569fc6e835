/**
 * An OCI image layout: a folder that holds what a registry would. OCI image specification 1.1, "Image Layout".
 * skopeo and oras read and write it as well.
 */
import { join } from 'node:path';
import type { Host, NewFile } from '../host/host.ts';
import { digestInPieces, type ReadAt } from '../host/in-pieces.ts';
import { Refusal, refusalAsProblem } from '../host/system-refusal.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { writeDescriptor } from './bundle-manifest.ts';
import { expectDigest } from './expected-digest.ts';
import { memoryBlob } from './memory-blob.ts';
import { artifactTypeOf, isObject, readDescriptor, readJson } from './read-json.ts';
import { type Name, showReference } from './reference.ts';
import { subjectOf } from './referrers.ts';
import {
  type BlobSource,
  type Descriptor,
  indexType,
  manifestMax,
  type Repository,
  type Sink,
  type StoredManifest,
} from './repository.ts';

const versionFile = 'oci-layout';
const version = '{"imageLayoutVersion":"1.0.0"}';
const tagKey = 'org.opencontainers.image.ref.name';
/** The tag of an entry of an index. */
export const tagOf = ({ annotations }: Descriptor): string | undefined => annotations?.[tagKey];
/** How long the index may be another's. */
const patienceMs = 60_000;
/** How long a blob that no manifest names is left alone: that of a build or push that is running will be named. */
const graceMs = 3_600_000;
/** What `prune` reads, so that it can make an index small again that is too large for all others. */
export const prunableIndexMax = 64 << 20;

export type Layout = Repository & {
  /** Every entry of the index; undefined where there is no layout. */
  readonly entries: () => Promise<Result<readonly Descriptor[] | undefined>>;
  /** The manifest of an entry: an index may have too many to be read anew for each. */
  readonly manifestAt: (entry: Descriptor) => Promise<Result<StoredManifest>>;
  /** Reads a blob here and there, and throws a `Refusal` if it is gone. What it holds is for the caller to check. */
  readonly blobReader: (digest: Digest) => ReadAt;
  /** What each tag names. */
  readonly tagged: () => Promise<Result<Map<string, Digest>>>;
  /** By its size: what a blob holds is what its name says, unless somebody has changed the folder. */
  readonly hasBlob: (digest: Digest, size: number) => Promise<boolean>;
  /** A blob that is in memory, in pieces. Its digest is taken to be right. */
  readonly putPieces: (
    digest: Digest,
    size: number,
    pieces: readonly Uint8Array[],
  ) => Promise<void>;
  /** Manifests whose blobs are there, their own included; the index is written once for all. */
  readonly putManifests: (
    manifests: readonly { readonly manifest: StoredManifest; readonly tag: string }[],
  ) => Promise<Result<void>>;
};

/** What a manifest says of itself: what it refers to, and what it is. */
type Reference = {
  readonly subject: Digest | undefined;
  readonly artifactType: string | undefined;
};

/** `indexMost`: bytes of the largest index that is read or written. */
export function openLayout(host: Host, folder: string, indexMost = manifestMax): Layout {
  const place = { kind: 'layout', folder } as const;
  const name = `oci:${folder}`;
  const blobs = join(folder, 'blobs', 'sha256');
  const blobPath = (digest: Digest): string => join(blobs, digest);
  const hasBlob = async (digest: Digest, size: number): Promise<boolean> => {
    const there = await host.stat(blobPath(digest));
    return there?.kind === 'file' && there.size === size;
  };
  const wrong = (part: string) => fail({ area: 'registry', kind: 'layout-form', folder, part });
  const tooLarge = (when: 'read' | 'written') =>
    fail({ area: 'registry', kind: 'index-too-large', where: name, most: indexMost, when });

  /** What the index lists; undefined where there is nothing yet. */
  async function readIndex(): Promise<Result<readonly Descriptor[] | undefined>> {
    const bytes = await host.readSmallFile(join(folder, 'index.json'), indexMost);
    if (bytes === undefined) {
      const there = await host.list(folder);
      return there === undefined || there.every((one) => one === 'blobs' || one.startsWith('.'))
        ? ok(undefined)
        : wrong('index.json is missing');
    }
    if (bytes === 'not-a-file') return wrong('index.json is not a file');
    if (bytes === 'too-large') return tooLarge('read');
    const json = readJson(bytes);
    if (!isObject(json) || !Array.isArray(json.manifests)) return wrong('index.json');
    const manifests: Descriptor[] = [];
    for (const each of json.manifests) {
      const manifest = readDescriptor(each);
      if (manifest === undefined) return wrong('index.json');
      manifests.push(manifest);
    }
    return ok(manifests);
  }

  /** Nothing that could not be read again. */
  async function writeIndex(manifests: readonly Descriptor[]): Promise<Result<void>> {
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: manifests.map(writeDescriptor),
    });
    const encoder = new TextEncoder();
    const bytes = encoder.encode(text);
    if (bytes.length > indexMost) return tooLarge('written');
    await host.writeFile(join(folder, versionFile), encoder.encode(version));
    await host.writeFile(join(folder, 'index.json'), bytes);
    return ok(undefined);
  }

  /** Reads the index, changes it and writes it, while nobody else of us does. */
  async function changeIndex(
    change: (manifests: readonly Descriptor[]) => readonly Descriptor[],
  ): Promise<Result<void>> {
    await host.makeFolder(folder);
    return host.exclusively(
      join(folder, '.crashseal.lock'),
      async () => {
        const before = await readIndex();
        if (!before.ok) return before;
        return writeIndex(change(before.value ?? []));
      },
      patienceMs,
    );
  }

  async function entry(wanted: Name): Promise<Result<Descriptor | undefined>> {
    const index = await readIndex();
    if (!index.ok) return index;
    return ok(
      index.value?.find(({ annotations, digest }) =>
        'tag' in wanted ? annotations?.[tagKey] === wanted.tag : digest === wanted.digest,
      ),
    );
  }

  async function manifest(wanted: Name): Promise<Result<StoredManifest | undefined>> {
    const found = await entry(wanted);
    if (!found.ok || found.value === undefined) return found as Result<undefined>;
    return manifestAt(found.value, wanted);
  }

  async function manifestAt(
    { digest, mediaType }: Descriptor,
    wanted: Name = { digest },
  ): Promise<Result<StoredManifest>> {
    const where = showReference(place, wanted);
    const bytes = await host.readSmallFile(blobPath(digest), manifestMax);
    if (bytes === undefined || bytes === 'not-a-file')
      return fail({ area: 'registry', kind: 'blob-missing', where: name, digest });
    if (bytes === 'too-large')
      return fail({ area: 'registry', kind: 'answer-too-large', where, most: manifestMax });
    const right = expectDigest(where, 'manifest', digest, sha256(bytes));
    return right.ok ? ok({ digest, mediaType, bytes }) : right;
  }

  /** A digest fixes the bytes, so each manifest is read once. */
  const references = new Map<Digest, Promise<Result<Reference>>>();
  function referenceOf(one: Descriptor): Promise<Result<Reference>> {
    const before = references.get(one.digest);
    if (before !== undefined) return before;
    const now = refusalAsProblem(async (): Promise<Result<Reference>> => {
      const read = await manifestAt(one);
      if (!read.ok) return read;
      const { bytes } = read.value;
      return ok({
        subject: subjectOf(bytes)?.digest,
        artifactType: artifactTypeOf(readJson(bytes)),
      });
    });
    references.set(one.digest, now);
    return now;
  }

  async function readBlob({ digest, size }: Descriptor, sink: Sink): Promise<Result<void>> {
    const file = await host.openFile(blobPath(digest));
    if (file === undefined || file === 'not-a-file')
      return fail({ area: 'registry', kind: 'blob-missing', where: name, digest });
    try {
      if (file.size !== BigInt(size))
        return fail({
          area: 'registry',
          kind: 'size-wrong',
          where: name,
          what: 'blob',
          expected: size,
        });
      const read = (at: number, count: number) => file.read(BigInt(at), count);
      return expectDigest(name, 'blob', digest, await digestInPieces(read, 0, size, sink));
    } finally {
      await file.close();
    }
  }

  /** Opened for each piece, so that many bundles hold no files open. */
  const blobReader =
    (digest: Digest): ReadAt =>
    async (at, size) => {
      const file = await host.openFile(blobPath(digest));
      if (file === undefined || file === 'not-a-file')
        throw new Refusal({ area: 'registry', kind: 'blob-missing', where: name, digest });
      try {
        return await file.read(BigInt(at), size);
      } finally {
        await file.close();
      }
    };

  /** What has the name of a blob is on the disk as a whole: its size is all that is looked at later. */
  async function putFile(
    digest: Digest,
    size: number,
    write: (file: NewFile) => Promise<Result<void>>,
  ): Promise<Result<'there' | 'sent'>> {
    const path = blobPath(digest);
    if (await hasBlob(digest, size)) {
      // It may be one that nothing names, and a `prune` may be running.
      await host.touch(path);
      return ok('there');
    }
    return host.withTempFolder(
      async (temp): Promise<Result<'sent'>> => {
        const beside = join(temp, digest);
        const file = await host.createFile(beside);
        try {
          const written = await write(file);
          if (!written.ok) return written;
          await file.sync();
        } finally {
          await file.close();
        }
        await host.makeFolder(blobs);
        await host.rename(beside, path);
        return ok('sent');
      },
      join(folder, 'blobs'),
    );
  }

  /** Digested as it is written: what it is read from may have changed since it was looked at. */
  const putBlob = ({ digest, read, size }: BlobSource): Promise<Result<'there' | 'sent'>> =>
    putFile(digest, size, async (file) => {
      let count = 0;
      const found = await digestInPieces(read, 0, size, async (at, bytes) => {
        count += bytes.length;
        await file.write(BigInt(at), bytes);
      });
      return count === size && found === digest
        ? ok(undefined)
        : fail({ area: 'registry', kind: 'blob-changed', where: name, digest });
    });

  /** Of every manifest in the index, what it names: bytes that stay. */
  async function namedBy(manifests: readonly Descriptor[]): Promise<Result<ReadonlySet<Digest>>> {
    const named = new Set<Digest>();
    for (const one of manifests) {
      named.add(one.digest);
      const read = await manifestAt(one);
      if (!read.ok) return read;
      const json = readJson(read.value.bytes);
      if (!isObject(json)) continue;
      const parts = [json.config, json.layers, json.manifests, json.blobs].flat();
      for (const part of parts) {
        const one = readDescriptor(part);
        if (one !== undefined) named.add(one.digest);
      }
    }
    return ok(named);
  }

  /** Manifests without a tag whose subject is gone, or that never had one, are left out. */
  async function stillNamed(
    manifests: readonly Descriptor[],
  ): Promise<Result<readonly Descriptor[]>> {
    const kept = manifests.filter(({ annotations }) => annotations?.[tagKey] !== undefined);
    const there = new Set(kept.map(({ digest }) => digest));
    for (const one of manifests) {
      if (there.has(one.digest) || kept.includes(one)) continue;
      const its = await referenceOf(one);
      if (!its.ok) return its;
      const { subject } = its.value;
      if (subject !== undefined && there.has(subject)) kept.push(one);
    }
    return ok(kept);
  }

  async function sweep(): Promise<Result<number>> {
    const index = await readIndex();
    if (!index.ok) return index;
    if (index.value === undefined) return ok(0);
    const kept = await stillNamed(index.value);
    if (!kept.ok) return kept;
    const named = await namedBy(kept.value);
    if (!named.ok) return named;
    // What came meanwhile is not ours to judge.
    const judged = new Set(index.value.map(({ digest }) => digest));
    const keptDigests = new Set(kept.value.map(({ digest }) => digest));
    const changed = await changeIndex((now) =>
      now.filter(({ digest }) => !judged.has(digest) || keptDigests.has(digest)),
    );
    if (!changed.ok) return changed;
    let freed = 0;
    for (const file of (await host.list(blobs)) ?? []) {
      if (named.value.has(file as Digest)) continue;
      const path = join(blobs, file);
      const there = await host.stat(path);
      if (there === undefined || there.mtimeMs > host.now() * 1000 - graceMs) continue;
      freed += there.size;
      await host.remove(path);
    }
    return ok(freed);
  }

  async function putManifest(
    { bytes, digest, mediaType }: StoredManifest,
    tag: string | undefined,
    artifactType?: string,
  ): Promise<Result<void>> {
    const sent = await putBlob(memoryBlob(bytes));
    if (!sent.ok) return sent;
    return changeIndex((manifests) =>
      withManifest(manifests, { digest, mediaType, size: bytes.length }, tag, artifactType),
    );
  }

  return {
    name,
    entries: readIndex,
    manifestAt: (one) => manifestAt(one),
    blobReader,
    find: async (wanted) => {
      const found = await entry(wanted);
      return found.ok ? ok(found.value?.digest) : found;
    },
    manifest,
    tags: async () => {
      const index = await readIndex();
      if (!index.ok) return index;
      const tags = (index.value ?? []).flatMap(({ annotations }) => annotations?.[tagKey] ?? []);
      return ok([...new Set(tags)].sort());
    },
    putBlob,
    readBlob,
    putManifest: (one, tag) => putManifest(one, tag),
    referrers: async (subject) => {
      const index = await readIndex();
      if (!index.ok) return index;
      const found = new Map<Digest, Descriptor>();
      for (const one of index.value ?? []) {
        const its = await referenceOf(one);
        // A tagged entry may be somebody else's: if it cannot be read, it is passed over.
        if (!its.ok && tagOf(one) === undefined) return its;
        if (!its.ok || its.value.subject !== subject) continue;
        // Other programs leave the type out of the index.
        const { artifactType = one.artifactType } = its.value;
        // Listed twice, it is the one with a tag that counts: `prune` leaves that alone.
        if (found.has(one.digest) && tagOf(one) === undefined) continue;
        found.set(one.digest, artifactType === undefined ? one : { ...one, artifactType });
      }
      return ok([...found.values()]);
    },
    putReferrer: (one, _subject, artifactType) => putManifest(one, undefined, artifactType),
    remove: (digest) => changeIndex((all) => all.filter((one) => one.digest !== digest)),
    sweep,
    tagged: async () => {
      const index = await readIndex();
      if (!index.ok) return index;
      const tags = (index.value ?? []).flatMap((one) => {
        const tag = tagOf(one);
        return tag === undefined ? [] : [[tag, one.digest] as const];
      });
      return ok(new Map(tags));
    },
    hasBlob,
    putPieces: async (digest, size, pieces) => {
      await putFile(digest, size, async (file) => {
        let at = 0;
        for (const piece of pieces) {
          await file.write(BigInt(at), piece);
          at += piece.length;
        }
        return ok(undefined);
      });
    },
    putManifests: (all) =>
      changeIndex((manifests) =>
        all.reduce(
          (before, { manifest: { bytes, digest, mediaType }, tag }) =>
            withManifest(before, { digest, mediaType, size: bytes.length }, tag),
          manifests,
        ),
      ),
  };
}

/** An index with one more manifest, or with that tag at another one. */
function withManifest(
  manifests: readonly Descriptor[],
  { digest, mediaType, size }: Descriptor,
  tag: string | undefined,
  artifactType?: string,
): readonly Descriptor[] {
  // It is there, under a name that somebody gave it.
  if (
    tag === undefined &&
    manifests.some((one) => one.digest === digest && tagOf(one) !== undefined)
  )
    return manifests;
  const others = manifests.filter(
    (one) => one.digest !== digest || (tag !== undefined && tagOf(one) !== undefined),
  );
  // What loses its tag stays there by its digest, until somebody prunes: one may want to go back.
  const kept = others.flatMap((one): readonly Descriptor[] => {
    if (tag === undefined || tagOf(one) !== tag) return [one];
    const twice = others.some((other) => other !== one && other.digest === one.digest);
    const { annotations: _, ...rest } = one;
    return twice || one.digest === digest ? [] : [rest];
  });
  const own = {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(tag === undefined ? {} : { annotations: { [tagKey]: tag } }),
  };
  return [...kept, own];
}
