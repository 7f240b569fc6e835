/** Quantities that must not be mistaken for one another, their alignment, and how they are written. */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A SHA-256 digest as 64 lower-case hex digits. */
export type Digest = Brand<string, 'Digest'>;

/** A digest from 32 bytes. Throws on any other length: only a bug of ours can cause that. */
export function digestOf(bytes: Uint8Array): Digest {
  if (bytes.length !== 32) throw new Error(`a digest has 32 bytes, not ${bytes.length}`);
  return Buffer.from(bytes).toString('hex') as Digest;
}

export const digestBytes = (digest: Digest): Uint8Array =>
  Uint8Array.from(Buffer.from(digest, 'hex'));

/** `alignment` must be a power of two. */
export const alignUp = (value: bigint, alignment: bigint): bigint =>
  (value + alignment - 1n) & ~(alignment - 1n);
export const isAligned = (value: bigint, alignment: bigint): boolean => value % alignment === 0n;

/** `0x`-prefixed lower-case hex, the form we print and the form we accept. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** A size for people: exact bytes below 10 KiB, else one decimal of a binary unit. */
export function showSize(size: bigint | number): string {
  const bytes = Number(size);
  if (bytes < 10 * 1024) return `${bytes} B`;
  if (bytes < 10 * 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < 10 * 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
