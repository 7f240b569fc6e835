/** What differs by architecture. An architecture is a folder here and a line in arch.ts; nothing else knows it. */
import type { BundleMatch, Component, LiveValue } from '../components/components.ts';
import type { ByteOrder } from '../format/layout.ts';
import type { PurgatoryHead } from '../format/purgatory-layout.ts';
import type { sealFlags } from '../format/seal-layout.ts';
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import type { Result } from '../problem/result.ts';
import type { ArchName, ConsoleDevice, PolicyStep, Profile } from '../profile/profile-types.ts';

export type KernelForm = Profile['kernelForm'];

export type Architecture = {
  readonly name: ArchName;
  /** e_machine (ELF). */
  readonly elfMachine: number;
  readonly byteOrder: ByteOrder;
  readonly pageSize: number;
  readonly placement: PlacementRules;
  /** Where in the crash region purgatory must be, whole; undefined: anywhere. */
  readonly purgatoryWindow: { readonly start: bigint; readonly end: bigint } | undefined;
  readonly commandLine: CommandLineFacts;
  /** The component whose address the kernel's entry takes as argument, if it takes one. */
  readonly kernelArgument: string | undefined;
  /** The console, as purgatory speaks to it. */
  readonly purgatoryConsole: (device: ConsoleDevice) => PurgatoryConsole;
  /** What a policy step needs beside its arguments, as a page of its own; undefined for most. */
  readonly policyBlock: (step: PolicyStep) => PolicyBlock | undefined;
  /** What the kernel's configuration says against the profile. */
  readonly checkKernelConfig: (
    config: ReadonlyMap<string, string> | undefined,
    profile: Profile,
  ) => readonly Problem[];
  /** `uname -r` as the image states it. */
  readonly imageRelease: (image: Uint8Array) => string | undefined;
  /**
   * The expensive step: the bytes that `prepareKernel` needs beside the image, and a function of
   * the image and the form alone, so that its result can be kept. Empty where nothing is unpacked.
   */
  readonly unpackKernel: (
    host: Host,
    image: Uint8Array,
    form: KernelForm,
  ) => Promise<Result<Uint8Array>>;
  readonly prepareKernel: (
    image: Uint8Array,
    form: KernelForm,
    unpacked: Uint8Array,
  ) => Result<PreparedKernel>;
  /** How the kernel is handed what it must know. */
  readonly handOver: (request: ParameterRequest) => Result<HandOver>;
  /** What the loader appends to the command line, at its longest; `what` is for messages. */
  readonly liveWords: (profile: Profile) => readonly {
    readonly what: string;
    readonly size: number;
  }[];
};

/** What the plan must know of an architecture. Places count from the start of the crash region. */
export type PlacementRules = {
  readonly pageSize: bigint;
  /** Free room at the start, for pages that the running kernel takes for itself and what has a fixed place there. */
  readonly reserve: bigint;
  readonly initramfs: { readonly lowest: bigint; readonly align: bigint };
  /** A crash region is a multiple of it. */
  readonly granularity: bigint;
};

export type PolicyBlock = {
  /** For messages. */
  readonly name: string;
  /** At most a page; zeros follow. */
  readonly bytes: Uint8Array;
  /** Places count from the start of the block. */
  readonly live: readonly LiveValue[];
  readonly match: readonly BundleMatch[];
};

export type HandOver = {
  /** The kernel with its parameters, where they are in the image; else as it was given. */
  readonly kernel: Component;
  /** Components of their own, in archive order. */
  readonly others: readonly Component[];
};

export type PurgatoryConsole = Pick<PurgatoryHead, 'consoleKind' | 'consoleBase' | 'consoleBaud'>;

export type CommandLineFacts = {
  /** What a capture kernel gets unless the profile says otherwise. */
  readonly defaults: readonly string[];
  /** Names of words that must not come over from a system kernel; a trailing `*` stands for any rest. */
  readonly neverInherited: readonly string[];
  /** Names of words that only the loader may write. */
  readonly reserved: readonly string[];
  /** `console=` and what else makes the kernel speak there. */
  readonly consoleWords: (device: ConsoleDevice) => readonly string[];
};

export type PreparedKernel = {
  readonly bytes: Uint8Array;
  /** Where they stand in the image as it was packaged; undefined: they do not. */
  readonly imageOffset: number | undefined;
  readonly memorySize: bigint;
  readonly align: bigint;
  readonly minAddress: bigint;
  /** From the start of the crash region; undefined: wherever it fits. */
  readonly fixedPlace: bigint | undefined;
  /** From the start of the kernel segment. */
  readonly entryOffset: bigint;
  /** Bytes it needs from its load address until it runs. */
  readonly needs: bigint;
  readonly release: string | undefined;
  readonly buildId: Uint8Array | undefined;
  /** Characters that its command line may have, without the NUL. */
  readonly commandLineMaximum: number;
  readonly sealFlags: readonly (keyof typeof sealFlags)[];
};

export type ParameterRequest = {
  readonly profile: Profile;
  readonly image: Uint8Array;
  readonly kernel: PreparedKernel;
  /** The same as a component, which needs no parameters yet. */
  readonly component: Component;
  readonly commandLine: string;
  /** The first part of the initramfs, and the bytes from its start to the end of the last. */
  readonly initramfs: { readonly name: string; readonly size: bigint };
  /** The component that holds the ELF core header, if one is passed. */
  readonly elfcorehdr: { readonly name: string; readonly size: number } | undefined;
};
