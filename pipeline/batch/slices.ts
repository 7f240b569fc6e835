/** The slices of a bundle that was just packed, with their digests: the large ones are digested once for all bundles. */
import { createHash } from 'node:crypto';
import { blockSize } from '../format/tar.ts';
import { cutIntoSlices } from '../registry/slices.ts';
import { type BundleMember, paddedSize } from '../seal/archive.ts';
import { type Digest, digestOf } from '../units/units.ts';

export type PackedSlice = {
  readonly name: string;
  readonly size: number;
  readonly digest: Digest;
  /** Its bytes, one after the other. */
  readonly pieces: readonly Uint8Array[];
};

/** By the bytes of a member that is a slice of its own. */
const known = new WeakMap<Uint8Array, Digest>();

/** `archive`: of all the members, in pieces as packed. */
export function packedSlices(
  members: readonly BundleMember[],
  archive: readonly Uint8Array[],
): readonly PackedSlice[] {
  const sizes = members.map(({ name, bytes }) => ({ name, size: bytes.length }));
  const byName = new Map(members.map(({ name, bytes }) => [name as string, bytes]));
  let next = 0;
  return cutIntoSlices(sizes).map(({ name, start, end }) => {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (; size < end - start && next < archive.length; next++) {
      const piece = archive[next] ?? new Uint8Array();
      pieces.push(piece);
      size += piece.length;
    }
    if (size !== end - start) throw new Error('a piece of an archive reaches over a slice');
    const first = byName.get(name);
    const isWhole = first !== undefined && size === blockSize + paddedSize(first.length);
    const whole = isWhole ? first : undefined;
    const digest = (whole && known.get(whole)) ?? digestOfPieces(pieces);
    if (whole !== undefined) known.set(whole, digest);
    return { name, size, digest, pieces };
  });
}

function digestOfPieces(pieces: readonly Uint8Array[]): Digest {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return digestOf(Uint8Array.from(hash.digest()));
}
