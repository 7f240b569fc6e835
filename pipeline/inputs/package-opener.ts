/** What it takes to open one kind of package. */
import type { Host } from '../host/host.ts';
import type { Result } from '../problem/result.ts';

export type PackageFacts = {
  readonly package: string;
  readonly version: string;
  /** In the words of its kind of package. */
  readonly architecture: string;
  readonly depends: readonly string[];
};

type Damaged = (said: readonly string[]) => Result<never>;

/** How one kind of package is opened. `path` is a copy of our own, of a name that is no option. */
export type PackageOpener = {
  readonly facts: (host: Host, path: string, damaged: Damaged) => Promise<Result<PackageFacts>>;
  readonly unpack: (
    host: Host,
    path: string,
    root: string,
    damaged: Damaged,
  ) => Promise<Result<void>>;
};

export const UNPACK_TIMEOUT_MS = 600_000;
/** Bytes of a package's content: four times those of the largest kernel package that is known. */
export const unpackedMax = 2 ** 31;

export const saidLines = (text: string): string[] =>
  [...new Set(text.split('\n').filter((line) => line.trim() !== ''))].slice(0, 4);
