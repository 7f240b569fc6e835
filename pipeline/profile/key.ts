/** One key of a profile: what it takes, what it means when it is settled, and what speaks against it. */
import type * as z from 'zod';
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import type { ProblemKind } from './problem-reference.ts';
import type { Path } from './source-tree.ts';

/** A profile as it is written: every key is sound by itself, and every value has a place. */
export type Written = {
  /** What another key says, with the default of its schema. */
  readonly of: <Schema extends z.ZodType>(key: {
    readonly name: string;
    readonly schema: Schema;
  }) => z.output<Schema>;
  /** Where the value at a path stands, or the nearest value around it. */
  readonly place: (...path: Path) => SourcePlace;
  /** Whether the profile says anything at a path. */
  readonly says: (...path: Path) => boolean;
  /** A number with the digits that it is written with; undefined for anything else. */
  readonly number: (...path: Path) => string | undefined;
};

export type Check<Value> = {
  /** The other keys that it reads. It stays silent where one of them is broken. */
  readonly with: readonly { readonly name: string }[];
  readonly find: (value: Value, written: Written) => readonly Problem[];
};

type Parts<Schema extends z.ZodType, Settled> = {
  readonly schema: Schema;
  /** Before: no check found anything. */
  readonly settle: (value: z.output<Schema>, written: Written) => Settled;
  readonly checks?: readonly Check<z.output<Schema>>[];
  /** Problems that the value can have beside `missing-key` and `wrong-value`, for docs/profile.md. */
  readonly problems?: readonly ProblemKind[];
  /** Of a key that must be there: a sound value, so that the rest can be checked without it. */
  readonly standIn?: z.input<Schema>;
};

export type ProfileKey<Name extends string, Schema extends z.ZodType, Settled> = {
  readonly name: Name;
} & Parts<Schema, Settled>;

export const profileKey = <const Name extends string, Schema extends z.ZodType, Settled>(
  name: Name,
  parts: Parts<Schema, Settled>,
): ProfileKey<Name, Schema, Settled> => ({ name, ...parts });

/** For a key whose value means what it says. */
export const asWritten = <Value>(value: Value): Value => value;
