/** What differs by architecture. An architecture is a folder here and a line in arch.ts; nothing else knows it. */
import type { Component } from '../components/components.ts';
import type { ByteOrder } from '../format/layout.ts';
import type { PurgatoryHead } from '../format/purgatory-layout.ts';
import type { sealFlags } from '../format/seal-layout.ts';
import type { Host } from '../host/host.ts';
import type { Result } from '../problem/result.ts';
import type { ArchName, ConsoleDevice, Profile } from '../profile/profile-types.ts';

export type KernelForm = Profile['kernelForm'];

export type Architecture = {
  readonly name: ArchName;
  /** e_machine (ELF). */
  readonly elfMachine: number;
  readonly byteOrder: ByteOrder;
  readonly pageSize: number;
  readonly commandLine: CommandLineFacts;
  /** The component whose address the kernel's entry takes as argument, if it takes one. */
  readonly kernelArgument: string | undefined;
  /** The console, as purgatory speaks to it. */
  readonly purgatoryConsole: (device: ConsoleDevice) => PurgatoryConsole;
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
  /** The components that hand the kernel what it must know, in archive order. */
  readonly parameterComponents: (request: ParameterRequest) => Result<readonly Component[]>;
  /** What the loader appends to the command line, at its longest; `what` is for messages. */
  readonly liveWords: (profile: Profile) => readonly {
    readonly what: string;
    readonly size: number;
  }[];
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
  readonly memorySize: bigint;
  readonly align: bigint;
  readonly minAddress: bigint;
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
  readonly commandLine: string;
  /** The first part of the initramfs, and the bytes from its start to the end of the last. */
  readonly initramfs: { readonly name: string; readonly size: bigint };
  /** The component that holds the ELF core header. */
  readonly elfcorehdr: string;
};
