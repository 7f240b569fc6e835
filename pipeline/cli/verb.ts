/** What a verb is: a row of the table that the parser, the help and the docs are made from. */
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import type { Result } from '../problem/result.ts';

export type OptionSpec = {
  /** Without the dashes. */
  readonly name: string;
  /** What stands behind it (`FILE`); a switch when left out. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeat?: true;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** One or more whole sentences without the last full stop, for help and docs alike. */
  readonly help: string;
};

export type ArgumentSpec = {
  readonly name: string;
  readonly required: boolean;
  readonly many?: true;
  readonly help: string;
};

export type Example = { readonly command: string; readonly about: string };

/** What a verb leaves behind: for people and for machines the same facts. */
export type Outcome = {
  readonly text: string;
  readonly json: unknown;
  /** False when the question was answered with no (`verify`, `plan`): exit status 1. */
  readonly good: boolean;
  /** Two things that were compared are not the same: exit status 3. */
  readonly differs?: boolean;
};

/** A command line that cannot be meant: exit status 2, with a pointer to the help. */
export type Misuse = { readonly misuse: string };

export type VerbContext = { readonly host: Host; readonly progress: Progress };

export type VerbModule = {
  readonly run: (
    context: VerbContext,
    args: readonly string[],
    options: Options,
  ) => Promise<Result<Outcome> | Misuse>;
};

export type Verb = {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly about: readonly string[];
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
};

/** Values by option name, as the table promises them. */
export type Options = {
  readonly flag: (name: string) => boolean;
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[];
};

/** Throws on a name that the table does not have: a bug of ours. */
export function optionsOf(
  specs: readonly OptionSpec[],
  values: Readonly<Record<string, unknown>>,
): Options {
  const specOf = (name: string): OptionSpec => {
    const spec = specs.find((one) => one.name === name);
    if (spec === undefined) throw new Error(`no option --${name} in the table`);
    return spec;
  };
  const given = (name: string): unknown => values[specOf(name).name];
  return {
    flag: (name) => given(name) === true,
    text: (name) => {
      const value = given(name);
      return typeof value === 'string' ? value : undefined;
    },
    texts: (name) => {
      const value = given(name);
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
    },
  };
}
