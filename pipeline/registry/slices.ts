/**
 * A bundle cut into slices: pieces of its archive that, joined in order, are the bundle. docs/registry.md, "Slices".
 * Cuts lie at members' headers, so what many bundles have alike (kernel, base initramfs) is a slice of its own,
 * stored and sent once. Pure.
 */
import { blockSize } from '../format/tar.ts';
import { paddedSize } from '../seal/archive.ts';

/** `[start, end)` of the archive. */
export type Slice = { readonly name: string; readonly start: number; readonly end: number };

type Member = { readonly name: string; readonly size: number };

/** A member of more bytes is a slice of its own; what every profile has for itself is far smaller. */
const joinedMax = 32 << 10;

/**
 * Zeros, as many as a profile asks for: alike in all that ask for the same room. In one piece with what differs
 * they would be sent with each.
 */
const alone = 'initramfs.local';

const standsAlone = ({ name, size }: Member): boolean => size > joinedMax || name === alone;

/** Of every member of an archive, seal and signatures included, in archive order. */
export function cutIntoSlices(members: readonly Member[]): readonly Slice[] {
  const slices: Slice[] = [];
  let at = 0;
  /** Where the run of small members begins, and what the first of them is called. */
  let run: { readonly start: number; readonly name: string } | undefined;
  const endRun = (name?: string): void => {
    if (run !== undefined) slices.push({ name: name ?? run.name, start: run.start, end: at });
    run = undefined;
  };
  for (const member of members) {
    const size = blockSize + paddedSize(member.size);
    if (standsAlone(member)) {
      endRun();
      slices.push({ name: member.name, start: at, end: at + size });
    } else run ??= { start: at, name: at === 0 ? 'head' : member.name };
    at += size;
  }
  run ??= { start: at, name: 'tail' };
  // Two blocks of zeros end an archive.
  at += 2 * blockSize;
  endRun(run.start === 0 ? 'head' : 'tail');
  return slices;
}
