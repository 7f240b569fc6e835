/** What an option of a verb is, and what its value becomes. Pure. */
import { readDate, readDuration } from '../units/time.ts';

/** What may be given as a value. */
export type Takes =
  /** `form` where not every text will do; `what` then says which. */
  | { readonly kind: 'text'; readonly form?: RegExp; readonly what?: string }
  | { readonly kind: 'path' }
  /** `2027-01-31` or `2027-01-31T18:00:00Z`; becomes seconds since 1970. */
  | { readonly kind: 'date' }
  | { readonly kind: 'count'; readonly min: number; readonly max?: number }
  /** A count that may pass 2^53. */
  | { readonly kind: 'serial' }
  /** `90min`, `2h`, `7d`; becomes seconds. */
  | { readonly kind: 'duration' }
  /** A duration, fractions included. */
  | { readonly kind: 'seconds'; readonly max: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] };

/** Names of options, any one of which is enough. */
export type AnyOf = readonly string[];

export const dashed = (names: AnyOf): string => names.map((name) => `--${name}`).join(' or ');

type Common = {
  /** Without the dashes. */
  readonly name: string;
  /** One or more whole sentences without the last full stop, for help and docs alike. */
  readonly help: string;
  /** Of each of these, one must be given too. */
  readonly needs?: readonly AnyOf[];
  /** None of these may be given too. */
  readonly excludes?: readonly string[];
  /** Only with a single argument. */
  readonly oneArgument?: true;
};

type Switch = Common & { readonly value?: never };

type Valued = Common & {
  /** What stands after it in help: `FILE`. */
  readonly value: string;
  readonly takes: Takes;
  /** May be given more than once. */
  readonly repeat?: true;
  readonly default?: string;
};

export type OptionSpec = Switch | Valued;

type OneOf<T extends Takes> = T extends { readonly kind: 'text' | 'path' }
  ? string
  : T extends { readonly kind: 'serial' }
    ? bigint
    : T extends { readonly kind: 'choice'; readonly of: readonly (infer C)[] }
      ? C
      : number;

export type ValueOf<S extends OptionSpec> = S extends {
  readonly value: string;
  readonly takes: infer T extends Takes;
}
  ? S extends { readonly repeat: true }
    ? readonly OneOf<T>[]
    : S extends { readonly default: string }
      ? OneOf<T>
      : OneOf<T> | undefined
  : boolean;

/** Values by option name. */
export type ValuesOf<L extends readonly OptionSpec[]> = {
  readonly [S in L[number] as S['name']]: ValueOf<S>;
};

type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

const isWhole = (text: string): boolean => /^\d{1,15}$/.test(text);

function readValue(takes: Takes, text: string): Read {
  const when = (fits: boolean, value: unknown = text): Read =>
    fits ? { ok: true, value } : { ok: false };
  switch (takes.kind) {
    case 'text':
      return when(takes.form === undefined || takes.form.test(text));
    case 'path':
      return when(text !== '');
    case 'date': {
      const date = readDate(text);
      return when(date !== undefined, date);
    }
    case 'count': {
      const count = Number(text);
      return when(isWhole(text) && count >= takes.min && count <= (takes.max ?? count), count);
    }
    case 'serial':
      return /^[1-9]\d{0,17}$/.test(text) ? { ok: true, value: BigInt(text) } : { ok: false };
    case 'seconds': {
      const seconds = Number(text);
      return when(/^\d+(\.\d+)?$/.test(text) && seconds > 0 && seconds <= takes.max, seconds);
    }
    case 'duration': {
      const seconds = readDuration(text);
      return when(seconds !== undefined, seconds);
    }
    case 'choice':
      return when(takes.of.includes(text));
  }
}

/** Goes on after "takes". */
export function wanted(takes: Takes): string {
  switch (takes.kind) {
    case 'text':
      return takes.what ?? 'a text';
    case 'path':
      return 'a path';
    case 'date':
      return 'a date such as 2027-01-31';
    case 'count':
      return `a whole number from ${takes.min}${takes.max === undefined ? '' : ` to ${takes.max}`}`;
    case 'serial':
      return 'a whole number from 1';
    case 'seconds':
      return `seconds, more than 0 and up to ${takes.max}`;
    case 'duration':
      return 'a duration such as 90min, 2h or 7d';
    case 'choice':
      return `one of ${takes.of.join(', ')}`;
  }
}

/** The value of one option from what was given, or the mistake in it. */
export function readOption(
  spec: OptionSpec,
  given: readonly string[] | undefined,
): { readonly value: unknown } | { readonly mistake: string } {
  if (spec.value === undefined) return { value: given !== undefined };
  const { name, takes, repeat, default: standard } = spec;
  const texts = given ?? (standard === undefined ? [] : [standard]);
  if (texts.length > 1 && repeat !== true) return { mistake: `--${name} can be given only once` };
  const values: unknown[] = [];
  for (const text of texts) {
    const read = readValue(takes, text);
    if (!read.ok) return { mistake: `--${name} takes ${wanted(takes)}, not "${text}"` };
    values.push(read.value);
  }
  return { value: repeat === true ? values : values[0] };
}
