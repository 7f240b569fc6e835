/**
 * The manifest of a bundle in a registry: OCI image manifest 1.1 with our own types. docs/registry.md, "Manifest".
 * The same bundle gives the same bytes. Machines read it without a parser of JSON, so its form is fixed. Pure.
 */
import { limits } from '../format/limits.ts';
import { blockSize } from '../format/tar.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { profileName } from '../profile/profile-name.ts';
import { memberNames } from '../seal/archive.ts';
import { sha256 } from '../units/sha256.ts';
import { digestOf } from '../units/units.ts';
import { artifactTypeOf, isObject, readDescriptor, readJson, readTexts } from './read-json.ts';
import { type Descriptor, manifestType, type StoredManifest } from './repository.ts';

export const bundleType = 'application/vnd.crashseal.bundle.v1';
export const sliceType = 'application/vnd.crashseal.bundle.slice.v1';

/** OCI image specification 1.1, "Guidance for an empty descriptor": `{}`. */
export const emptyConfig = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(
    Buffer.from('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', 'hex'),
  ),
  size: 2,
  bytes: new TextEncoder().encode('{}'),
} as const;

/** What the manifest says of a bundle, for people and lists. None of it is believed: the seal says it again, signed. */
export type BundleFacts = {
  readonly profile: string;
  readonly architecture: string;
  readonly release: string | undefined;
  readonly epoch: string;
  /** Date and time; undefined when it never ends. */
  readonly notAfter: string | undefined;
  /** SHA-256 of seal.bin, by which attestations and revocation lists name it. */
  readonly seal: string;
  /** Bytes of the bundle. */
  readonly size: number;
};

/** By key of the annotation. */
const keys = {
  profile: 'crashseal.profile',
  architecture: 'crashseal.architecture',
  release: 'crashseal.release',
  epoch: 'crashseal.epoch',
  notAfter: 'crashseal.not-after',
  seal: 'crashseal.seal',
  size: 'crashseal.size',
} as const;

const titleKey = 'org.opencontainers.image.title';

/** Of several slices, the first with 01: as files they are joined by `cat *`. */
const sliceTitle = (index: number, name: string): string =>
  `${String(index + 1).padStart(2, '0')}-${name}`;

/** A descriptor in our one form. */
export const writeDescriptor = ({ mediaType, digest, size, ...more }: Descriptor) => ({
  mediaType,
  digest: `sha256:${digest}`,
  size,
  ...more,
});

export function stored(mediaType: string, value: unknown): StoredManifest {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { digest: sha256(bytes), mediaType, bytes };
}

export function bundleManifest(
  facts: BundleFacts,
  slices: readonly (Pick<Descriptor, 'digest' | 'size'> & { readonly name: string })[],
): StoredManifest {
  const { bytes: _, ...config } = emptyConfig;
  const annotations = Object.entries(keys).flatMap(([name, key]) => {
    const value = facts[name as keyof typeof keys];
    return value === undefined ? [] : [[key, String(value)] as const];
  });
  return stored(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: bundleType,
    config: writeDescriptor(config),
    layers: slices.map(({ name, digest, size }, index) =>
      writeDescriptor({
        mediaType: sliceType,
        digest,
        size,
        annotations: { [titleKey]: sliceTitle(index, name) },
      }),
    ),
    annotations: Object.fromEntries(annotations),
  });
}

export type ReadBundle = {
  readonly slices: readonly Descriptor[];
  readonly facts: BundleFacts;
};

/** A slice holds a member at least, but for the end of the archive, which can be one. */
const slicesMax = memberNames.length + 1;

/** `where`: what it was read from. */
export function readBundleManifest(where: string, manifest: StoredManifest): Result<ReadBundle> {
  const json = readJson(manifest.bytes);
  if (!isObject(json))
    return fail({ area: 'registry', kind: 'manifest-form', where, part: 'JSON' });
  const found = artifactTypeOf(json);
  if (found !== bundleType)
    return fail({
      area: 'registry',
      kind: 'not-a-bundle',
      where,
      found: found ?? manifest.mediaType,
    });
  const wrong = (part: string) => fail({ area: 'registry', kind: 'manifest-form', where, part });
  if (!Array.isArray(json.layers) || json.layers.length === 0 || json.layers.length > slicesMax)
    return wrong('layers');
  const slices: Descriptor[] = [];
  for (const layer of json.layers) {
    const slice = readDescriptor(layer);
    if (slice?.mediaType !== sliceType || slice.size === 0 || slice.size % blockSize !== 0)
      return wrong('layers');
    slices.push(slice);
  }
  const size = slices.reduce((sum, slice) => sum + slice.size, 0);
  const largest = limits.bundleSizeMax.value;
  if (size > largest) return fail({ area: 'seal', kind: 'bundle-too-large', size, largest });

  const texts = readTexts(json.annotations) ?? {};
  const { [keys.profile]: profile = '', [keys.seal]: seal = '' } = texts;
  // A file is called after it.
  if (!profileName.form.test(profile)) return wrong(keys.profile);
  return ok({
    slices,
    facts: {
      profile,
      architecture: texts[keys.architecture] ?? '',
      release: texts[keys.release],
      epoch: texts[keys.epoch] ?? '',
      notAfter: texts[keys.notAfter],
      seal,
      size,
    },
  });
}
