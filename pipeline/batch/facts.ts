/** What is told of a bundle: all that stays in memory of one that was built, and what a later build knows of it. */
import { architectureOf } from '../arch/arch.ts';
import { hangsOnPanic } from '../arch/command-line-words.ts';
import type { FinishedBundle } from '../build.ts';
import type { MissingFirmware } from '../inputs/inputs.ts';
import { targetLimits } from '../targets/targets.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { type PackedSlice, packedSlices } from './slices.ts';

/** Plain values that JSON keeps as they are. */
export type BundleFacts = {
  readonly profile: string;
  readonly arch: string;
  readonly release: string | null;
  /** Decimal: it may pass 2^53. */
  readonly epoch: string;
  /** Seconds since 1970. */
  readonly notAfter: number | null;
  readonly size: number;
  readonly signed: boolean;
  /** Of seal.bin: what is signed, and what names the bundle. */
  readonly seal: Digest;
  readonly slices: readonly SliceFacts[];
  /** What the record on the dump target calls the bundle. */
  readonly markerName: string | null;
  /** Bytes of crash region with which a dump may just be saved, and what the profile reserves. */
  readonly needs: number;
  readonly reserved: number;
  /** Purgatory may do what is right in an emulator only. */
  readonly testing: boolean;
  /** Why nothing can load it. */
  readonly shownOnly: string | null;
  /** When it panics itself the capture kernel stands still. */
  readonly hangsOnPanic: boolean;
  /** Composed by us, without one module. */
  readonly withoutModules: boolean;
  /** Modules of the kernel that tell which memory is there, and that the initramfs does not hold. */
  readonly missingMemoryDrivers: readonly string[];
  /** Firmware that drivers ask for and the initramfs does not hold. */
  readonly missingFirmware: readonly MissingFirmware[];
  /** Which dumps the targets cannot take. */
  readonly limits: readonly string[];
};

export type SliceFacts = {
  readonly name: string;
  readonly sha256: Digest;
  readonly size: number;
};

export function factsOf(
  { plan, sealed, signed, archive, members, missingFirmware }: FinishedBundle,
  slices: readonly PackedSlice[] = packedSlices(members, archive),
): BundleFacts {
  const { seal, sealBytes } = sealed;
  const { commandLine, inputs, markerName, missingMemoryDrivers } = plan.components;
  const { profile } = inputs;
  return {
    profile: seal.profile,
    arch: profile.arch,
    release: seal.release ?? null,
    epoch: `${seal.epoch}`,
    notAfter: seal.notAfter ?? null,
    size: slices.reduce((sum, { size }) => sum + size, 0),
    signed,
    seal: sha256(sealBytes),
    slices: slices.map(({ name, digest, size }) => ({ name, sha256: digest, size })),
    markerName: markerName ?? null,
    needs: Number(plan.needs),
    reserved: Number(profile.crashkernel.smallest),
    testing: profile.testing,
    shownOnly: architectureOf(profile.arch).shownOnly ?? null,
    hangsOnPanic: hangsOnPanic(commandLine),
    withoutModules: inputs.modules?.files.length === 0,
    missingMemoryDrivers,
    missingFirmware,
    limits: targetLimits(profile.targets),
  };
}
