/** Where a build puts its bundles: files in a folder, or blobs in an OCI image layout. */
import type { FinishedBundle } from '../build.ts';
import type { Result } from '../problem/result.ts';
import type { BundleFacts } from './facts.ts';
import type { Recipe } from './recipe.ts';
import type { Recorded } from './record.ts';

export type BuiltBundle = {
  /** As a user names it: a file, or a reference. */
  readonly path: string;
  /** It was there as it should be, and was left alone. */
  readonly unchanged: boolean;
  readonly facts: BundleFacts;
};

export type BundlePlace = {
  /** What the bundle of a profile is called there; the record knows it by that. */
  readonly nameOf: (profile: string, signed: boolean) => Result<string>;
  /** As a user calls it. */
  readonly pathOf: (name: string) => string;
  /** Whether there is anything of that name. */
  readonly has: (name: string) => Promise<boolean>;
  /** What an earlier build has left under that name, if it is still there. */
  readonly asLeft: (name: string) => Promise<Recorded | undefined>;
  /** What is recorded, whether it is still there or not. */
  readonly recorded: (name: string) => Recorded | undefined;
  readonly keep: (name: string, recorded: Recorded) => BuiltBundle;
  readonly write: (
    name: string,
    finished: FinishedBundle,
    recipe: Recipe | undefined,
  ) => Promise<Result<BuiltBundle>>;
  /** Writes what is known of all. */
  readonly finish: () => Promise<Result<void>>;
};
