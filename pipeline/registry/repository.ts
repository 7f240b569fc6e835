/** What pushing and pulling need of a place that holds bundles: a repository of a registry, or a folder. */
import type { Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import type { Name } from './reference.ts';

/** OCI image specification 1.1, "Content descriptors". */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type StoredManifest = {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
};

/** Bytes that can be read again, because sending them may have to begin anew. */
export type BlobSource = {
  readonly digest: Digest;
  readonly size: number;
  readonly read: (at: number, size: number) => Promise<Uint8Array>;
};

/** How a blob came to be there. */
export type BlobFate = 'there' | 'mounted' | 'sent';

/** Where bytes of a blob go; called in order, from its start. */
export type Sink = (at: number, bytes: Uint8Array) => Promise<void>;

export type Repository = {
  /** As it stands in references. */
  readonly name: string;
  /** Undefined: there is no such manifest, or no such repository yet. */
  readonly find: (name: Name) => Promise<Result<Digest | undefined>>;
  /** Its digest is right. */
  readonly manifest: (name: Name) => Promise<Result<StoredManifest | undefined>>;
  readonly tags: () => Promise<Result<readonly string[]>>;
  /**
   * Has the blob be there. `probablyNew`: no bundle but this one has it, so that asking first is a request for nothing.
   * `elsewhere`: another repository of the same registry that has it.
   */
  readonly putBlob: (
    blob: BlobSource,
    hints?: { readonly probablyNew?: boolean; readonly elsewhere?: string },
  ) => Promise<Result<BlobFate>>;
  /** Exactly the bytes that the descriptor names, or a problem. */
  readonly readBlob: (blob: Descriptor, sink: Sink) => Promise<Result<void>>;
  /** Without a tag it is known by its digest alone. */
  readonly putManifest: (
    manifest: StoredManifest,
    tag: string | undefined,
  ) => Promise<Result<void>>;
  /** Manifests whose subject is this one. */
  readonly referrers: (subject: Digest) => Promise<Result<readonly Descriptor[]>>;
  /** A manifest with that subject, put where {@link Repository.referrers} finds it. */
  readonly putReferrer: (
    manifest: StoredManifest,
    subject: Digest,
    artifactType: string,
  ) => Promise<Result<void>>;
  /** The manifest, with all of its tags; nothing where it is gone already. */
  readonly remove: (digest: Digest) => Promise<Result<void>>;
  /** Bytes that nothing names any more, removed; a registry does that by itself. */
  readonly sweep: () => Promise<Result<number>>;
};

/** The largest manifest or index that we read: the limit that OCI distribution 1.1 recommends. */
export const manifestMax = 4 << 20;

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
