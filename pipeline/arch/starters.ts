/** Starter profiles: what `crashseal init` writes for a class of machine. */

export type Starters = {
  /** By class of machine. */
  readonly classes: Readonly<Record<string, Starter>>;
  /** Whether `/proc/cpuinfo` is one of this architecture's. */
  readonly runHere: (cpuinfo: string) => boolean;
  /** The class that a machine of this architecture looks like most. */
  readonly guess: (machine: MachineLooks) => string;
  /** The console, for a comment: `the … console`. */
  readonly consoleKind: string;
  /** Comment lines about what else `onCorruption` may hold. */
  readonly policyRemarks: readonly string[];
  /** Lines of YAML that name a disk on a channel as target, and comments about it; undefined where there are none. */
  readonly channelDisk:
    | { readonly remarks: readonly string[]; readonly target: readonly string[] }
    | undefined;
  /** Where a kernel's own build leaves the image. */
  readonly builtImage: string;
};

export type MachineLooks = {
  readonly cpuinfo: string;
  /** By DMI. */
  readonly vendor: string;
  readonly numaNodes: number;
  readonly efi: boolean;
};

export type Starter = {
  /** `a profile for …`. */
  readonly about: string;
  /** Undefined: no package of Debian's can capture. */
  readonly kernelPackage: string | undefined;
  readonly drivers: readonly string[];
  readonly crashkernel: string;
  readonly cpus: number;
  readonly memoryRanges: number;
  /** The key `console`, as lines of YAML; undefined: none is known. */
  readonly console: readonly string[] | undefined;
  readonly onCorruption: readonly string[];
  readonly finalAction: string;
  /** s390-tools' dumpconf can be there, whose policy may be taken over. */
  readonly dumpconf: boolean;
};
