/** What a profile says, after defaults: plain values, nothing looked up yet. docs/profile.md lists every key. */
import type { ArchName, KernelForm, MachineLevel, MemoryMap } from '../arch/arch.ts';
import type { CaptureChoices } from '../arch/architecture.ts';
import type { ConsoleDevice } from '../arch/console-device.ts';
import type { PolicyStep } from '../arch/policy-step.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { DumpTarget } from '../targets/targets.ts';

export type Profile = {
  readonly name: string;
  /** The file it came from, and where a key stands in it (dotted path), for problems found later. */
  readonly file: string;
  readonly placeOf: (key: string) => SourcePlace;
  readonly arch: ArchName;
  readonly kernel: KernelSource;
  readonly kernelForm: KernelForm;
  /** The oldest machine that the bundle is for, where machines have levels; undefined: not stated. */
  readonly machineLevel: MachineLevel | undefined;
  readonly initramfs: InitramfsSource;
  readonly tools: ToolsSource;
  readonly reservation: Reservation;
  readonly limits: { readonly cpus: number; readonly memoryRanges: number };
  readonly commandLine: CommandLineRules;
  readonly target: DumpTarget;
  readonly dump: DumpOptions;
  readonly finalAction: Action;
  readonly failureAction: Action;
  readonly onCorruption: readonly PolicyStep[];
  /** Purgatory may do what is right in an emulator only. Never for production. */
  readonly testing: boolean;
  /** How the capture kernel learns which memory it may use. */
  readonly memoryMap: MemoryMap;
  /** Whether an ELF core header is handed to the capture kernel, or it makes its own. */
  readonly elfcorehdr: CaptureChoices['elfcorehdr'];
  readonly backend: CaptureChoices['backend'];
  /** Who brings the ELF core header up to date. */
  readonly hotplug: CaptureChoices['hotplug'];
  /** Bytes that a local overlay may have; undefined: none is allowed. */
  readonly localOverlay: bigint | undefined;
  readonly match: readonly MatchRule[];
  readonly epoch: bigint;
  /** Seconds since 1970. */
  readonly notAfter: number | undefined;
  readonly console: ConsoleDevice;
};

export type KernelSource =
  | { readonly kind: 'deb'; readonly path: string }
  /** `version` absent: the newest that apt offers, then pinned by the lock. */
  | { readonly kind: 'apt'; readonly package: string; readonly version: string | undefined }
  /** `release` absent: the one running. Files below `root` (`/boot/vmlinuz-R`, `/boot/config-R`, `/lib/modules/R`). */
  | { readonly kind: 'installed'; readonly release: string | undefined; readonly root: string }
  | {
      readonly kind: 'files';
      readonly image: string;
      readonly config: string | undefined;
      readonly modules: string | undefined;
    };

export type InitramfsSource =
  | {
      readonly kind: 'composed';
      readonly compression: 'none' | 'zstd' | 'xz' | 'gzip';
      /**
       * Module names, or the word `storage` for every block driver that the kernel package has. Built-ins are fine.
       * `ahci?` is left out where the kernel does not have it.
       */
      readonly drivers: readonly string[];
    }
  /** A finished initramfs, taken as it is: no overlay of ours is added. */
  | { readonly kind: 'file'; readonly path: string };

export type ToolsSource =
  /** busybox-static, makedumpfile and the libraries it needs, from packages for the profile's architecture. */
  | { readonly kind: 'apt' }
  | { readonly kind: 'debs'; readonly paths: readonly string[] }
  | { readonly kind: 'installed'; readonly root: string };

/** crashkernel=, as the kernel's documentation has it. */
export type Reservation = {
  /** The text behind `crashkernel=`, one per option (`256M,high` and `64M,low` are two). */
  readonly options: readonly string[];
  /** Bytes of the smallest main region that these options can give; what the plan must fit. */
  readonly smallest: bigint;
  readonly high: boolean;
};

export type CommandLineRules = {
  /** A command line to inherit words from (the system kernel's), cleaned of what must not reach a capture kernel. */
  readonly inherit: string | undefined;
  readonly append: readonly string[];
  /** Words (or `name=` prefixes) dropped from what is inherited or from our defaults. */
  readonly remove: readonly string[];
};

export type DumpOptions = {
  /** makedumpfile's dump level, 0–31. */
  readonly level: number;
  /** `kdump`: makedumpfile's compressed format (flattened on a raw device). `elf`: the vmcore as it is, level 0. */
  readonly format: 'kdump' | 'elf';
  readonly compression: 'zlib' | 'lzo' | 'snappy' | 'zstd' | 'none';
};

export type Action = 'reboot' | 'poweroff' | 'halt' | 'shell';

export type MatchRule = {
  /** Below the root, no leading slash: `sys/class/dmi/id/product_name`. */
  readonly file: string;
  readonly test:
    | { readonly kind: 'equals' | 'prefix' | 'buildId'; readonly value: string }
    | { readonly kind: 'present' | 'absent' };
};
