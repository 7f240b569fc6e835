/** JSON that a registry sent, read as what it may be: anything. Pure. */
import { readDigest } from './reference.ts';
import type { Descriptor } from './repository.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined for what is no JSON in UTF-8. */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** An object of texts; what else it holds is left out. */
export function readTexts(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** What a manifest is: OCI image specification 1.1, "Guidelines for Artifact Usage". Undefined where it does not say. */
export function artifactTypeOf(manifest: unknown): string | undefined {
  if (!isObject(manifest)) return undefined;
  const { artifactType, config } = manifest;
  const type = artifactType ?? (isObject(config) ? config.mediaType : undefined);
  return typeof type === 'string' ? type : undefined;
}

/** Undefined where it is none, or its digest is of another kind than ours. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isObject(value)) return undefined;
  const { mediaType, digest, size, artifactType } = value;
  const read = typeof digest === 'string' ? readDigest(digest) : undefined;
  if (typeof mediaType !== 'string' || read === undefined) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  const annotations = readTexts(value.annotations);
  return {
    mediaType,
    digest: read,
    size,
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
