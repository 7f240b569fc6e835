/**
 * A bundle as an archive, and back. docs/format.md, "Archive".
 * tar-stream reads much that is not ours (links, pax, members after the end). So what was read is written again
 * and compared: an archive has one form, or it is refused.
 */

import { bundleMembers } from '../format/bundle-members.ts';
import { limits } from '../format/limits.ts';
import { blockSize, packTar, readTar } from '../format/tar.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { SealProblem } from '../problem/seal-problem.ts';
import { joinBytes } from '../units/bytes.ts';

export type MemberName = (typeof bundleMembers)[keyof typeof bundleMembers]['name'];

const members = Object.values(bundleMembers);
/** Every name that a member can have, in archive order. */
export const memberNames: readonly MemberName[] = members.map(({ name }) => name);

/** Of signatures over the same seal.bin, in this order and without gaps. */
export const signatureNames: readonly MemberName[] = members
  .filter(({ limit }) => limit === 'bundleSignatureMax')
  .map(({ name }) => name);

/** What every bundle holds, after seal.bin and its signatures. */
export const requiredMembers: readonly MemberName[] = members
  .filter(({ limit, required }) => required && limit === 'bundleSizeMax')
  .map(({ name }) => name);

/** Bytes of what is read before a signature is known to be right. */
const largest = new Map<string, number>(
  members.map(({ name, limit }) => [name, limits[limit].value]),
);

export type BundleMember = { readonly name: MemberName; readonly bytes: Uint8Array };

export const isMemberName = (name: string): name is MemberName =>
  (memberNames as readonly string[]).includes(name);

export const isSignatureName = (name: string): boolean =>
  (signatureNames as readonly string[]).includes(name);

const rank = (name: MemberName): number => memberNames.indexOf(name);

/** The bytes of a bundle in one piece. */
export async function packBundle(members: readonly BundleMember[]): Promise<Uint8Array> {
  return joinBytes(await packBundleChunks(members));
}

/**
 * The bytes of a bundle in pieces: the members' own memory with headers and padding between, not copied.
 * Throws where members are out of order: only we can cause that.
 */
export async function packBundleChunks(
  members: readonly BundleMember[],
): Promise<readonly Uint8Array[]> {
  for (const [index, { name }] of members.entries()) {
    const before = members[index - 1];
    if (before !== undefined && rank(before.name) >= rank(name))
      throw new Error(`${name} cannot stand after ${before.name}`);
  }
  return packTar(members);
}

/**
 * The members of a bundle, as views of `archive`. Which of them there must be is for the seal to say;
 * an archive without `seal.p7s` is a bundle that is not signed yet.
 */
export async function unpackBundle(archive: Uint8Array): Promise<Result<readonly BundleMember[]>> {
  const members = await readMembers(archive);
  if (!members.ok) return members;
  if (members.value[0]?.name !== 'seal.bin')
    return fail({ area: 'seal', kind: 'archive-without-seal' });
  const gap = signatureGap(members.value);
  if (gap !== undefined) return fail({ area: 'seal', ...gap });
  let at = 0;
  for (const chunk of await packBundleChunks(members.value)) {
    const there = archive.subarray(at, at + chunk.length);
    if (Buffer.compare(there, chunk) !== 0)
      return fail({
        area: 'seal',
        kind: 'archive-not-canonical',
        offset: at + firstDifference(there, chunk),
      });
    at += chunk.length;
  }
  if (at !== archive.length)
    return fail({ area: 'seal', kind: 'archive-not-canonical', offset: at });
  return members;
}

/**
 * Seal and signatures of an archive of which only the head was read, and where the first member after them begins.
 * Whether the head is written as it must be is looked at with the rest.
 */
export async function readBundleHead(
  head: Uint8Array,
): Promise<Result<{ readonly members: readonly BundleMember[]; readonly end: number }>> {
  const members: BundleMember[] = [];
  const read = await readTar<'end' | SealProblem>(head, ({ name, kind, size, bytes }) => {
    if (members.length === 0 && name !== 'seal.bin') return { kind: 'archive-without-seal' };
    if (!isMemberName(name) || kind !== 'file') return { kind: 'archive-unknown-member', name };
    if (members.length > 0 && !isSignatureName(name)) return 'end';
    const limit = largest.get(name);
    if (limit !== undefined && size > limit) return { kind: 'archive-large-member', name, limit };
    if (bytes.length < size) return { kind: 'archive-damaged' };
    members.push({ name, bytes });
    return undefined;
  });
  if (read.end === 'stopped' && read.by !== 'end') return fail({ area: 'seal', ...read.by });
  if (read.end !== 'stopped') return fail({ area: 'seal', kind: 'archive-damaged' });
  const gap = signatureGap(members);
  if (gap !== undefined) return fail({ area: 'seal', ...gap });
  const end = members.reduce((sum, { bytes }) => sum + blockSize + paddedSize(bytes.length), 0);
  return ok({ members, end });
}

export const paddedSize = (size: number): number => Math.ceil(size / blockSize) * blockSize;

/** A signature whose predecessor is missing. */
function signatureGap(members: readonly BundleMember[]): SealProblem | undefined {
  const names = members.map(({ name }) => name).filter(isSignatureName);
  const at = names.findIndex((name, index) => name !== signatureNames[index]);
  const [name, lacks] = [names[at], signatureNames[at]];
  return name === undefined || lacks === undefined
    ? undefined
    : { kind: 'archive-signature-gap', name, lacks };
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const at = b.findIndex((byte, index) => byte !== a[index]);
  return at < 0 ? b.length : at;
}

async function readMembers(archive: Uint8Array): Promise<Result<readonly BundleMember[]>> {
  const members: BundleMember[] = [];
  const read = await readTar<SealProblem>(archive, ({ name, kind, size, bytes }) => {
    const before = members.at(-1);
    // A file that does not begin like a bundle is somebody else's: nothing of it is quoted.
    if (before === undefined && name !== 'seal.bin') return { kind: 'archive-without-seal' };
    if (!isMemberName(name) || kind !== 'file') return { kind: 'archive-unknown-member', name };
    if (before !== undefined && rank(before.name) >= rank(name))
      return { kind: 'archive-member-order', name, after: before.name };
    const limit = largest.get(name);
    if (limit !== undefined && size > limit) return { kind: 'archive-large-member', name, limit };
    if (size === 0) return { kind: 'archive-empty-member', name };
    members.push({ name, bytes });
    return undefined;
  });
  if (read.end === 'stopped') return fail({ area: 'seal', ...read.by });
  // A damaged header and a cut are one thing to us.
  if (read.end === 'damaged') return fail({ area: 'seal', kind: 'archive-damaged' });
  return ok(members);
}
