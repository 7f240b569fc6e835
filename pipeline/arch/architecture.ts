/** What differs by architecture. */
import type { ByteOrder } from '../format/layout.ts';
import type { PurgatoryHead } from '../format/purgatory-layout.ts';
import type { sealFlags } from '../format/seal-layout.ts';
import type { Problem } from '../problem/problem.ts';
import type { Result } from '../problem/result.ts';
import type { CaptureChoices } from './capture-choices.ts';
import type { WordFamily } from './command-line-words.ts';
import type { BundleMatch, Component, LiveValue } from './component.ts';
import type { ConsoleDevice } from './console-device.ts';
import type { PolicyStep } from './policy-step.ts';
import type { ProfileRules } from './profile-rules.ts';

/** Runs a program from its standard input to its standard output. */
export type RunFilter = (
  command: string,
  args: readonly string[],
  options: { readonly input: Uint8Array; readonly outputMax?: number },
) => Promise<
  Result<{ readonly exitCode: number; readonly stdout: Uint8Array; readonly stderr: string }>
>;

/** `Rules` keeps an architecture's own words as types. */
export type Architecture<Rules extends ProfileRules = ProfileRules> = {
  /** As profiles write it, which is its folder's name. */
  readonly name: string;
  /**
   * Says for people that nothing can load its bundles: they are built, inspected, verified and planned, and that is all.
   * Undefined: there is a loader.
   */
  readonly shownOnly: string | undefined;
  readonly profile: Rules;
  /** What its ELF files say. */
  readonly elf: { readonly machine: number; readonly bits: 32 | 64; readonly order: ByteOrder };
  readonly debian: DebianNames;
  /** Machine code of a C function that returns 0, whatever it is called with; undefined: it takes more than that. */
  readonly returnsZero: Uint8Array | undefined;
  /** What Node calls it (`process.arch`). */
  readonly nodeName: string;
  /** What was built natively and is part of the tool's file; read only when it is used. */
  readonly embedded: () => Promise<EmbeddedImages>;
  /** What a capture kernel's configuration must have built in, beside what all must. */
  readonly kernelOptions: readonly string[];
  /** Folders below `drivers/` with drivers of disks that no other architecture has. */
  readonly storageFolders: readonly string[];
  readonly pageSize: number;
  /**
   * Binary logarithm of the piece of memory for which the kernel makes descriptions of pages at once, with pages of
   * 4 KiB (Linux, SECTION_SIZE_BITS); undefined: not looked at.
   */
  readonly memorySectionBits: number | undefined;
  /** Files that tell of the crash region, each a number of 64 bits, big-endian; undefined: /proc/iomem does. */
  readonly crashRegionFiles: { readonly start: string; readonly size: string } | undefined;
  readonly placement: PlacementRules;
  /** Where in the crash region purgatory must be, whole; undefined: anywhere. */
  readonly purgatoryWindow: { readonly start: bigint; readonly end: bigint } | undefined;
  /** Bytes of the kernel's start that stand in their places at purgatory's entry too; undefined: none. */
  readonly purgatoryBorrows: { readonly start: number; readonly end: number } | undefined;
  /** Whether purgatory is told of the machine's firmware, which the loader finds. */
  readonly purgatoryFirmware: boolean;
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
    choices: CaptureChoices,
  ) => readonly Problem[];
  /** `uname -r` as the image states it. */
  readonly imageRelease: (image: Uint8Array) => string | undefined;
  /**
   * The expensive step: the bytes that `prepareKernel` needs beside the image, and a function of
   * the image and the form alone, so that its result can be kept. Empty where nothing is unpacked.
   */
  readonly unpackKernel: (
    run: RunFilter,
    image: Uint8Array,
    form: string,
  ) => Promise<Result<Uint8Array>>;
  readonly prepareKernel: (
    image: Uint8Array,
    form: string,
    unpacked: Uint8Array,
  ) => Result<PreparedKernel>;
  /** How the kernel is handed what it must know. */
  readonly handOver: (request: ParameterRequest) => Result<HandOver>;
  /** What the loader appends to the command line, at its longest; `what` is for messages. */
  readonly liveWords: (choices: CaptureChoices) => readonly {
    readonly what: string;
    readonly size: number;
  }[];
};

export type DebianNames = {
  readonly architecture: string;
  /** The folder of its libraries below lib/ and usr/lib/. */
  readonly multiarch: string;
};

export type EmbeddedImages = {
  readonly purgatory: Uint8Array;
  /** The loader that runs on it and knows every architecture as target; undefined where none exists. */
  readonly loader: Uint8Array | undefined;
};

/** What the plan must know of an architecture. Places count from the start of the crash region. */
export type PlacementRules = {
  readonly pageSize: bigint;
  /** Free room at the start, for pages that the running kernel takes for itself and what has a fixed place there. */
  readonly reserve: bigint;
  readonly initramfs: { readonly lowest: bigint; readonly align: bigint };
  /**
   * Where the capture kernel moves nothing to before it has read the ELF core header: `top` is the end of
   * the smallest region that is reserved, `hole` any place that is free.
   */
  readonly elfcorehdr: 'top' | 'hole';
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
  /** What must not come over from a system kernel. */
  readonly neverInherited: readonly WordFamily[];
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
  readonly choices: CaptureChoices;
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
