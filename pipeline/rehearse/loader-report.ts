/** What the loader reports in JSON (docs/loader.md), as far as it came. */
export type LoaderReport = {
  readonly status: string;
  readonly exitCode: number;
  readonly error?: string;
  readonly hint?: string;
  readonly bundle?: {
    readonly profile: string;
    readonly kernelRelease: string;
    readonly epoch?: number;
    readonly testing?: boolean;
  };
  readonly signers?: readonly { readonly name: string; readonly developmentKey: boolean }[];
  readonly machine?: {
    readonly kernelRelease: string;
    readonly cpus: number;
    readonly crashRegion: Range;
    readonly lowCrashRegion: Range | null;
    readonly dumpRanges: readonly Range[];
  };
  readonly segments?: readonly {
    readonly name: string;
    readonly mem: string;
    readonly memsz: string;
    readonly bufsz: string;
    readonly asPlanned: boolean;
    readonly holdsLiveValues: boolean;
  }[];
  readonly entry?: string;
  readonly commandLine?: string;
  readonly backend?: 'segments' | 'file';
  readonly backendBecause?: string;
  readonly guaranteesGone?: readonly string[];
  readonly guarantees?: { readonly crashHotplug: boolean };
  /** Of several bundles, the one that this is about. */
  readonly file?: string;
};

export type Range = { readonly start: string; readonly size: string };
