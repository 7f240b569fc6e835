/** What a profile says, after defaults: plain values, nothing looked up yet. docs/profile.md lists every key. */
import type { SourcePlace } from '../problem/explanation.ts';

export type ArchName = 'x86_64' | 's390x';

export type Profile = {
  readonly name: string;
  /** The file it came from, and where a key stands in it (dotted path), for problems found later. */
  readonly file: string;
  readonly placeOf: (key: string) => SourcePlace;
  readonly arch: ArchName;
  readonly kernel: KernelSource;
  /**
   * `direct`: decompressed at build time and entered at its 64-bit entry. `compressed`: as the boot protocol has it.
   * `image`: the one form that an architecture has (s390x).
   */
  readonly kernelForm: 'direct' | 'compressed' | 'image';
  /** The oldest machine that the bundle is for (s390x); undefined: not stated. */
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
  /** How the capture kernel learns which memory it may use. `swap`: it has the first bytes of the machine (s390x). */
  readonly memoryMap: 'e820' | 'memmap' | 'swap';
  /** Whether an ELF core header is handed to the capture kernel, or it makes its own. */
  readonly elfcorehdr: 'passed' | 'none';
  readonly backend: 'segments' | 'file' | 'auto';
  /** Who brings the ELF core header up to date. */
  readonly hotplug: 'rearm' | 'kernel';
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

export type DumpTarget = {
  readonly kind: 'raw';
  readonly device: {
    readonly by: 'path' | 'partuuid' | 'partlabel' | 'uuid' | 'serial';
    readonly value: string;
  };
  readonly waitSeconds: number;
  /** CCW devices that must be set online before there is a target (s390x), as bus ids. */
  readonly online: readonly string[];
};

export type DumpOptions = {
  /** makedumpfile's dump level, 0–31. */
  readonly level: number;
  /** `kdump`: makedumpfile's compressed format (flattened on a raw device). `elf`: the vmcore as it is, level 0. */
  readonly format: 'kdump' | 'elf';
  readonly compression: 'zlib' | 'lzo' | 'snappy' | 'zstd' | 'none';
};

export type Action = 'reboot' | 'poweroff' | 'halt' | 'shell';

export type PolicyStep = {
  /** s390x calls purgatory twice; undefined: the step is for both calls. */
  readonly in?: PolicyCall;
} & (
  | { readonly kind: 'message' }
  | { readonly kind: 'pvpanic'; readonly port: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'halt' }
  /** Back to the crashed kernel, which then runs its own on_panic action. */
  | { readonly kind: 'return' }
  | IplStep
  /** A disabled wait with this PSW address; undefined: purgatory says by it what it found. */
  | { readonly kind: 'wait'; readonly code: bigint | undefined }
);

/** `check`: the crashed kernel asks whether the image is good. `start`: it has handed over. */
export type PolicyCall = 'check' | 'start';

export type IplStep = {
  readonly kind: 'ipl';
  readonly device: IplDevice;
  /** ASCII, at most eight characters. */
  readonly loadparm: string | undefined;
  /** ASCII; empty: none. */
  readonly scpData: string;
  readonly delaySeconds: number;
};

/** A device with a stand-alone dump tool. Bus ids as sysfs has them: `0.S.DDDD`, lower-case. */
export type IplDevice =
  | { readonly kind: 'ccw'; readonly busId: string }
  | {
      readonly kind: 'eckd';
      readonly busId: string;
      readonly bootprog: number;
      readonly record: IplRecord;
    }
  | {
      readonly kind: 'fcp';
      readonly busId: string;
      readonly wwpn: bigint;
      readonly lun: bigint;
      readonly bootprog: number;
      readonly brLba: bigint;
    }
  | {
      readonly kind: 'nvme';
      readonly fid: number;
      readonly nsid: number;
      readonly bootprog: number;
      readonly brLba: bigint;
    }
  /** What `/sys/firmware/dump` or `/sys/firmware/reipl` names on the machine. */
  | { readonly kind: 'firmware'; readonly of: 'dump' | 'reipl'; readonly type: 'ccw' | 'fcp' }
  /** The FCP path of a SCSI device; `folder` is the device's in sysfs. */
  | {
      readonly kind: 'scsi';
      readonly folder: string;
      readonly bootprog: number;
      readonly brLba: bigint;
    };

/** Where the boot record stands on a disk; all zero: where the label says. */
export type IplRecord = {
  readonly cylinder: number;
  readonly head: number;
  readonly record: number;
};

/** Oldest first. */
export const machineLevels = ['z10', 'z196', 'zEC12', 'z13', 'z14', 'z15', 'z16', 'z17'] as const;
export type MachineLevel = (typeof machineLevels)[number];

export type MatchRule = {
  /** Below the root, no leading slash: `sys/class/dmi/id/product_name`. */
  readonly file: string;
  readonly test:
    | { readonly kind: 'equals' | 'prefix' | 'buildId'; readonly value: string }
    | { readonly kind: 'present' | 'absent' };
};

export type ConsoleDevice =
  | { readonly kind: 'none' }
  /** A 16550 at an I/O port, used by purgatory and, as `device` (`ttyS0`), by the capture kernel. */
  | {
      readonly kind: 'uart';
      readonly port: number;
      readonly baud: number;
      readonly device: string;
    }
  /** The operator's console; `device` is the capture kernel's name for it, undefined: it chooses. */
  | { readonly kind: 'sclp'; readonly device: string | undefined };
