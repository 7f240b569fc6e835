/** Quantities that must not be mistaken for one another, and the algebra of ranges. */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A physical address on the target machine, in bytes. */
export type PhysAddr = Brand<bigint, 'PhysAddr'>;
/** A number of bytes. */
export type ByteSize = Brand<bigint, 'ByteSize'>;
/** A SHA-256 digest as 64 lower-case hex digits. */
export type Digest = Brand<string, 'Digest'>;

/** Half-open: `[start, end)`. */
export type PhysRange = { readonly start: PhysAddr; readonly end: PhysAddr };

export const physAddr = (value: bigint): PhysAddr => value as PhysAddr;
export const byteSize = (value: bigint | number): ByteSize => BigInt(value) as ByteSize;

/** A digest from 32 bytes. Throws on any other length: only a bug of ours can cause that. */
export function digestOf(bytes: Uint8Array): Digest {
  if (bytes.length !== 32) throw new Error(`a digest has 32 bytes, not ${bytes.length}`);
  return Buffer.from(bytes).toString('hex') as Digest;
}

export const digestBytes = (digest: Digest): Uint8Array =>
  Uint8Array.from(Buffer.from(digest, 'hex'));

export const rangeSize = (range: PhysRange): ByteSize => byteSize(range.end - range.start);
export const overlaps = (a: PhysRange, b: PhysRange): boolean => a.start < b.end && b.start < a.end;

/** `alignment` must be a power of two. */
export const alignUp = (value: bigint, alignment: bigint): bigint =>
  (value + alignment - 1n) & ~(alignment - 1n);
export const isAligned = (value: bigint, alignment: bigint): boolean => value % alignment === 0n;

/** `0x`-prefixed lower-case hex, the form we print and the form we accept. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
export const showRange = (range: PhysRange): string => `[${hex(range.start)}, ${hex(range.end)})`;

/** A size for people: exact bytes below 10 KiB, else one decimal of a binary unit. */
export function showSize(size: bigint | number): string {
  const bytes = Number(size);
  if (bytes < 10 * 1024) return `${bytes} B`;
  if (bytes < 10 * 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < 10 * 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
