/** A bundle opened: archive, seal and members that agree in name and size. Nothing is trusted by this. */
import { architectureBy } from '../arch/arch.ts';
import { limits } from '../format/limits.ts';
import { blockSize, tarHeader } from '../format/tar.ts';
import type { Host, OpenFile } from '../host/host.ts';
import { digestInPieces, inPieces } from '../host/in-pieces.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result, unlessProblems } from '../problem/result.ts';
import { joinBytes, partOf } from '../units/bytes.ts';
import { holdsPrivateKey } from '../units/private-key.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import {
  type BundleMember,
  isMemberName,
  isSignatureName,
  memberNames,
  packBundleChunks,
  paddedSize,
  readBundleHead,
  requiredMembers,
  unpackBundle,
} from './archive.ts';
import { decodeSeal, type Seal, type SealedSegment } from './seal-codec.ts';

export type Bundle = {
  readonly path: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly sealBytes: Uint8Array;
  /** seal.p7s and those after it; none when the bundle is not signed. */
  readonly signatures: readonly Uint8Array[];
  /** What the seal lists, in archive order. */
  readonly members: readonly HeldMember[];
};

/** `left`: a large member of a large file, which is not read before somebody vouches for it. `bytes` is then empty. */
export type HeldMember = BundleMember & {
  readonly left?: Place;
};

type Place = { readonly at: number; readonly size: number };

export const sizeOf = ({ bytes, left }: HeldMember): number => left?.size ?? bytes.length;

/** What a bundle is read from: a file, or what reads like one. */
export type BundleFiles = Pick<Host, 'openFile'>;

/** Of bundles that are read in one piece, and of members that are held of larger ones: bytes at most. */
type Held = { readonly bundle: number; readonly member: number };

/** No bundle that we know has as many, nor has one more than sixteen members. */
const usual: Held = { bundle: 256 << 20, member: 16 << 20 };

/** Before any signature is checked: of a large one, no byte of a large member is read here. */
export const openBundle = (files: BundleFiles, path: string): Promise<Result<Bundle>> =>
  openHolding(files, path, usual);

/** Without the bytes of any member: seal, signatures, and where the rest lies. */
export const openHeaders = (files: BundleFiles, path: string): Promise<Result<Bundle>> =>
  openHolding(files, path, { bundle: 0, member: 0 });

async function openHolding(files: BundleFiles, path: string, held: Held): Promise<Result<Bundle>> {
  const file = await files.openFile(path);
  if (file === undefined) return fail({ area: 'seal', kind: 'bundle-missing', path });
  if (file === 'not-a-file') return fail({ area: 'seal', kind: 'bundle-not-a-file', path });
  try {
    const size = Number(file.size);
    const largest = limits.bundleSizeMax.value;
    if (size > largest) return fail({ area: 'seal', kind: 'bundle-too-large', size, largest });
    return size > held.bundle
      ? await openLarge(file, path, held.member)
      : await openArchive(await file.read(0n, size), path);
  } finally {
    await file.close();
  }
}

async function openArchive(archive: Uint8Array, path: string): Promise<Result<Bundle>> {
  const unpacked = await unpackBundle(archive);
  if (!unpacked.ok)
    return holdsPrivateKey(archive.subarray(0, limits.trustFileMax.value))
      ? fail({ area: 'sign', kind: 'private-key-given', path, wanted: 'a bundle' })
      : unpacked;
  const [seal, ...others] = unpacked.value;
  const members = others.filter(({ name }) => !isSignatureName(name));
  const signatures = others.filter(({ name }) => isSignatureName(name));
  return {
    ok: true,
    value: {
      path,
      size: archive.length,
      sealBytes: seal?.bytes ?? new Uint8Array(),
      signatures: signatures.map(({ bytes }) => bytes),
      members,
    },
  };
}

/**
 * A file that may be as large as its maker liked. Its head says how large it must be, and then only the headers and
 * the members of up to `memberMost` bytes are read.
 */
async function openLarge(
  file: OpenFile,
  path: string,
  memberMost: number,
): Promise<Result<Bundle>> {
  const read = async (at: number, size: number): Promise<Uint8Array> => file.read(BigInt(at), size);
  const size = Number(file.size);
  const head = await read(0, limits.bundleHeadMax.value);
  const start = await readBundleHead(head);
  if (!start.ok)
    return holdsPrivateKey(head.subarray(0, limits.trustFileMax.value))
      ? fail({ area: 'sign', kind: 'private-key-given', path, wanted: 'a bundle' })
      : start;
  const [{ bytes: sealBytes } = { bytes: new Uint8Array() }, ...signatures] = start.value.members;
  const seal = decodeSeal(sealBytes);
  if (!seal.ok) return seal;

  const members: HeldMember[] = [];
  let at = start.value.end;
  const places = seal.value.members.map((member) => {
    const own = { name: member.name, size: Number(member.size), header: at };
    at += blockSize + paddedSize(own.size);
    return own;
  });
  const expected = at + 2 * blockSize;
  if (size !== expected) return fail({ area: 'seal', kind: 'bundle-size', size, expected });

  const wrong = async (from: number, wanted: Uint8Array): Promise<boolean> =>
    Buffer.compare(await read(from, wanted.length), wanted) !== 0;
  const written = joinBytes(await packBundleChunks(start.value.members)).subarray(
    0,
    start.value.end,
  );
  if (await wrong(0, written))
    return fail({ area: 'seal', kind: 'archive-not-canonical', offset: 0 });
  for (const { name, size: length, header } of places) {
    if (!isMemberName(name) || isSignatureName(name))
      return fail({ area: 'seal', kind: 'archive-unknown-member', name });
    const after = members.at(-1)?.name;
    if (after !== undefined && memberNames.indexOf(after) >= memberNames.indexOf(name))
      return fail({ area: 'seal', kind: 'archive-member-order', name, after });
    if (length === 0) return fail({ area: 'seal', kind: 'archive-empty-member', name });
    const body = header + blockSize;
    const end = body + length;
    const padding = new Uint8Array(paddedSize(length) - length);
    if ((await wrong(header, await tarHeader(name, length))) || (await wrong(end, padding)))
      return fail({ area: 'seal', kind: 'archive-not-canonical', offset: header });
    members.push(
      length > memberMost
        ? { name, bytes: new Uint8Array(), left: { at: body, size: length } }
        : { name, bytes: await read(body, length) },
    );
  }
  if (await wrong(at, new Uint8Array(2 * blockSize)))
    return fail({ area: 'seal', kind: 'archive-not-canonical', offset: at });
  return ok({ path, size, sealBytes, signatures: signatures.map(({ bytes }) => bytes), members });
}

/** With every member read: for who knows that a signer vouches for their sizes. */
export async function holdAll(host: Host, bundle: Bundle): Promise<Result<Bundle>> {
  if (bundle.members.every(({ left }) => left === undefined)) return ok(bundle);
  const file = await host.openFile(bundle.path);
  if (file === undefined || file === 'not-a-file')
    return fail({ area: 'seal', kind: 'bundle-missing', path: bundle.path });
  try {
    const members: HeldMember[] = [];
    for (const { name, bytes, left } of bundle.members)
      members.push({
        name,
        bytes: left === undefined ? bytes : await readAll(file, left),
      });
    return ok({ ...bundle, members });
  } finally {
    await file.close();
  }
}

async function readAll(file: OpenFile, { at, size }: Place): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  const read = (from: number, count: number) => file.read(BigInt(from), count);
  for await (const piece of inPieces(read, at, at + size)) bytes.set(piece.bytes, piece.at - at);
  return bytes;
}

/** Of each member, in order; what is not held is read piece by piece. */
export async function digestsOf(host: Host, bundle: Bundle): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for (const { bytes, left } of bundle.members)
    digests.push(left === undefined ? sha256(bytes) : await digestInFile(host, bundle.path, left));
  return digests;
}

async function digestInFile(host: Host, path: string, { at, size }: Place): Promise<Digest> {
  const file = await host.openFile(path);
  if (file === undefined || file === 'not-a-file') return sha256(new Uint8Array());
  try {
    return await digestInPieces((from, count) => file.read(BigInt(from), count), at, at + size);
  } finally {
    await file.close();
  }
}

/** Why nothing can load it; undefined: something can, or the architecture is not known. */
export const shownOnlyOf = ({ machine, byteOrder }: Seal): string | undefined =>
  architectureBy({ machine, order: byteOrder })?.shownOnly;

/** The seal of a bundle, if the archive holds just what it lists, in its order and sizes. */
export function sealOf(bundle: Bundle): Result<Seal> {
  const seal = decodeSeal(bundle.sealBytes);
  if (!seal.ok) return seal;
  const problems: Problem[] = [];
  const listed = seal.value.members;
  for (const [index, { name, size }] of listed.entries()) {
    const member = bundle.members[index];
    if (member?.name !== name)
      problems.push({
        area: 'seal',
        kind: 'member-missing',
        name,
        found: member?.name,
      });
    else if (BigInt(sizeOf(member)) !== size)
      problems.push({
        area: 'seal',
        kind: 'member-size',
        name,
        sealed: size,
        found: sizeOf(member),
      });
  }
  for (const name of requiredMembers)
    if (!listed.some((member) => member.name === name))
      problems.push({ area: 'seal', kind: 'member-required', name });
  for (const { name } of bundle.members.slice(listed.length))
    problems.push({ area: 'seal', kind: 'member-not-sealed', name });
  return unlessProblems(problems, () => seal.value);
}

/** The bytes of a segment, as they are loaded; its member may hold more. None where there is no such member. */
export function loadedBytes(
  { members }: Pick<Bundle, 'members'>,
  { member, bufOffset, bufsz }: SealedSegment,
): Uint8Array {
  const bytes = members[member]?.bytes ?? new Uint8Array();
  return partOf(bytes, Number(bufOffset), Number(bufOffset + bufsz));
}
