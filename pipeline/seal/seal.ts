/** Plan -> SealedBundle: digests of every member, the manifest, and seal.bin. Same plan in, same bytes out. */
import { architectureOf } from '../arch/arch.ts';
import { liveKindOf } from '../arch/component.ts';
import { partsDigest } from '../format/parts-digest.ts';
import { liveKinds, sealFlags } from '../format/seal-layout.ts';
import type { Plan } from '../plan/plan.ts';
import { ok, type Result } from '../problem/result.ts';
import { localFiles } from '../targets/targets.ts';
import { sha256 } from '../units/sha256.ts';
import { type BundleMember, isMemberName, type MemberName } from './archive.ts';
import { manifestOf } from './plan-manifest.ts';
import { probesOf } from './probes.ts';
import { decodeSeal, encodeSeal, type Seal, type SealedLive, type SealFlag } from './seal-codec.ts';

/** What the bundle holds beside its signature, and what is signed. */
export type SealedBundle = {
  readonly seal: Seal;
  /** seal.bin: the only thing that is signed. */
  readonly sealBytes: Uint8Array;
  /** Everything after seal.bin and seal.p7s, in archive order. */
  readonly members: readonly BundleMember[];
};

export type SealFacts = {
  /** Seconds since 1970; the date before which a machine's clock cannot be right. */
  readonly notBefore: number | undefined;
  readonly toolVersion: string;
};

const recordOf = ({ name, bytes }: BundleMember) => ({
  name,
  size: BigInt(bytes.length),
  digest: sha256(bytes),
  partsDigest: partsDigest(bytes),
});

function memberName(name: string): MemberName {
  if (!isMemberName(name)) throw new Error(`"${name}" is no member of a bundle`);
  return name;
}

/** In the order in which they are filled in: a later one may be about what was filled before. */
function liveOf(plan: Plan): readonly SealedLive[] {
  const index = new Map(plan.placed.map(({ part }, at) => [part.name, at]));
  const indexOf = (name: string): number => {
    const at = index.get(name);
    if (at === undefined) throw new Error(`no segment ${name}`);
    return at;
  };
  const all = plan.placed.flatMap(({ part }) =>
    part.live.map((live) => ({
      turn: liveKinds[liveKindOf(live)].code,
      value: {
        source: live.source,
        form: live.form,
        width: live.width ?? 0,
        segment: indexOf(part.name),
        about: live.about === undefined ? 0 : indexOf(live.about),
        offset: live.offset,
        size: live.size,
        addend: live.addend ?? 0n,
        arg0: live.arg0 ?? 0n,
        arg1: live.arg1 ?? 0n,
        text: live.text ?? '',
        words: live.words ?? '',
      },
    })),
  );
  return all.toSorted((a, b) => a.turn - b.turn).map(({ value }) => value);
}

/** In the order of table "seal flags". */
function flagsOf({ components }: Plan): readonly SealFlag[] {
  const { profile } = components.inputs;
  const flags = new Set<SealFlag>(components.kernelFacts.sealFlags);
  if (profile.localOverlay !== undefined) flags.add('localOverlay');
  if (profile.hotplug === 'kernel') flags.add('hotplug');
  if (profile.elfcorehdr === 'elf32') flags.add('elf32Header');
  if (profile.limitLoads) flags.add('limitLoads');
  if (profile.testing) flags.add('testing');
  return Object.keys(sealFlags).filter((flag): flag is SealFlag => flags.has(flag as SealFlag));
}

export function seal(plan: Plan, facts: SealFacts): Result<SealedBundle> {
  const { components } = plan;
  const { profile } = components.inputs;
  const arch = architectureOf(profile.arch);

  const parts = components.parts.map((part) => ({
    name: memberName(part.name),
    bytes: part.member?.bytes ?? part.bytes,
  }));

  const entrySegment = plan.placed.findIndex(({ part }) => part.kind === 'purgatory');
  // Without the manifest, which speaks of everything here; its record comes first once it has bytes.
  const draft: Seal = {
    profile: profile.name,
    release: components.kernelFacts.release,
    buildId: components.kernelFacts.buildId,
    markerName: components.markerName,
    machine: arch.elf.machine,
    byteOrder: arch.elf.order,
    backend: profile.backend,
    flags: flagsOf(plan),
    epoch: profile.epoch,
    notBefore: facts.notBefore,
    notAfter: profile.notAfter,
    crashSize: plan.crashSize,
    maxCpus: profile.limits.cpus,
    maxRanges: profile.limits.memoryRanges,
    entry: { segment: entrySegment, offset: components.purgatoryEntry },
    commandLine: components.commandLine,
    members: parts.map(recordOf),
    segments: plan.placed.map(({ part, place, memsz, group, fixed }) => ({
      name: part.name,
      kind: part.kind,
      group,
      member: parts.findIndex(({ name }) => name === part.name),
      bufOffset: BigInt(part.member?.offset ?? 0),
      bufsz: BigInt(part.bytes.length),
      memsz,
      align: part.align < BigInt(arch.pageSize) ? BigInt(arch.pageSize) : part.align,
      place,
      minAddress: part.minAddress,
      flags: fixed ? ['fixed'] : [],
    })),
    live: liveOf(plan),
    match: [
      ...profile.match.map(({ file, test }) => ({
        kind: test.kind,
        path: file,
        value: 'value' in test ? test.value : '',
      })),
      ...localFiles(profile.targets).map((file) => ({
        kind: 'inOverlay' as const,
        path: file.replace(/^\/+/, ''),
        value: '',
      })),
      ...components.match,
    ],
    targetCount: profile.targets.length,
    probes: probesOf(profile),
  };
  const manifest = {
    name: memberName('manifest.json'),
    bytes: manifestOf(plan, facts.toolVersion, draft),
  };
  const members: readonly BundleMember[] = [manifest, ...parts];
  const sealed: Seal = {
    ...draft,
    members: [recordOf(manifest), ...draft.members],
    segments: draft.segments.map((segment) => ({ ...segment, member: segment.member + 1 })),
  };
  const sealBytes = encodeSeal(sealed);
  // What this tool writes, every reader accepts: the strict decoder is the last check of the stage.
  const read = decodeSeal(sealBytes);
  return read.ok ? ok({ seal: sealed, sealBytes, members }) : read;
}
