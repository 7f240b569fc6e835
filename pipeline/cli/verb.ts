/** What a verb is: a row of the table that the parser, the help and the docs are made from. */
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import type { Problem } from '../problem/problem.ts';
import type { Result } from '../problem/result.ts';
import type { AnyOf, OptionSpec } from './option.ts';

export type ArgumentSpec = {
  readonly name: string;
  readonly required: boolean;
  readonly many?: true;
  readonly help: string;
  /** All words that it can be. */
  readonly of?: readonly string[];
  /** Where it is given, one of each of these options must be given too. */
  readonly needs?: readonly AnyOf[];
};

export type Example = { readonly command: string; readonly about: string };

/** What a verb leaves: for people and for machines the same facts. */
export type Outcome = {
  readonly text: string;
  readonly json: unknown;
  /** False when the question was answered with no (`verify`, `plan`): exit status 1. */
  readonly good: boolean;
  /** What was wrong with a part of what was asked: told on standard error, where the answer is text. */
  readonly problems?: readonly Problem[];
  /** Two things that were compared are not the same: exit status 3. */
  readonly differs?: boolean;
  /** Nothing was found wrong, but not everything could be tried: exit status 4. */
  readonly unproven?: boolean;
};

/** A command line that cannot be meant: exit status 2, with a pointer to the help. */
export type Misuse = { readonly misuse: string };

export type VerbContext = { readonly host: Host; readonly progress: Progress };

/** `O`: the values of its options, as the table promises them. */
export type VerbModule<O> = {
  readonly run: (
    context: VerbContext,
    args: readonly string[],
    options: O,
  ) => Promise<Result<Outcome> | Misuse>;
};

export type Verb = {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly about: readonly string[];
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Of these options one must be given, and one alone; `to` says what for. */
  readonly exactlyOne?: { readonly of: readonly string[]; readonly to: string };
  readonly examples: readonly Example[];
};
