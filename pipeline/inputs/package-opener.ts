/** What it takes to open one kind of package. */
import type { Host } from '../host/host.ts';
import type { Result } from '../problem/result.ts';
import type { Tree } from './tree.ts';

export type PackageFacts = {
  readonly form: 'deb' | 'rpm';
  readonly package: string;
  readonly version: string;
  /** In the words of its kind of package. */
  readonly architecture: string;
  readonly depends: readonly string[];
  /** The package that its source comes in, with its version; undefined where it does not say. */
  readonly source: string | undefined;
  /** What it says of its licences, in the words of its kind; undefined where no machine can read it. */
  readonly licences: readonly string[] | undefined;
};

type Damaged = (said: readonly string[]) => Result<never>;

/** How one kind of package is opened. `path` is a copy of our own, of a name that is no option. */
export type PackageOpener = {
  readonly facts: (host: Host, path: string, damaged: Damaged) => Promise<Result<PackageFacts>>;
  /** What only its files tell of its licences; without it, its facts have told. */
  readonly licences?: (tree: Tree, name: string) => Promise<PackageFacts['licences']>;
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
