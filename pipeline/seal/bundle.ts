/** A bundle opened: archive, seal and members that agree in name and size. Nothing is trusted by this. */
import { limits } from '../format/limits.ts';
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, type Result, unlessProblems } from '../problem/result.ts';
import { partOf } from '../units/bytes.ts';
import { holdsPrivateKey } from '../units/private-key.ts';
import { type BundleMember, isSignatureName, requiredMembers, unpackBundle } from './archive.ts';
import { decodeSeal, type Seal, type SealedSegment } from './seal-codec.ts';

export type Bundle = {
  readonly path: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly sealBytes: Uint8Array;
  /** seal.p7s and those after it; none when the bundle is not signed. */
  readonly signatures: readonly Uint8Array[];
  /** What the seal lists, in archive order. */
  readonly members: readonly BundleMember[];
};

/** Before any signature is checked: no byte of a member is read here but the headers between them. */
export async function openBundle(host: Host, path: string): Promise<Result<Bundle>> {
  const archive = await host.readFile(path);
  if (archive === undefined) return fail({ area: 'seal', kind: 'bundle-missing', path });
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
    else if (BigInt(member.bytes.length) !== size)
      problems.push({
        area: 'seal',
        kind: 'member-size',
        name,
        sealed: size,
        found: member.bytes.length,
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
