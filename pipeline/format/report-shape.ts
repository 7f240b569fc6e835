/** Shapes of what a program reports as JSON: declared once, with the type and the strict reader that follow. Pure. */

export type Shape =
  /** `hex`: a number as `0x31000000`. `digits`: bytes as hex digits. `date`: `2027-12-31T23:59:59Z`. */
  | { readonly kind: 'text' | 'hex' | 'digits' | 'date' | 'count' | 'flag' }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'orNull'; readonly of: Shape }
  | { readonly kind: 'object'; readonly keys: Keys };

/** `maybe`: left out where there is nothing to say. */
export type Key = { readonly shape: Shape; readonly doc: string; readonly maybe?: true };
export type Keys = Readonly<Record<string, Key>>;

export const text = { kind: 'text' } as const;
export const hexNumber = { kind: 'hex' } as const;
export const digits = { kind: 'digits' } as const;
export const date = { kind: 'date' } as const;
export const count = { kind: 'count' } as const;
export const flag = { kind: 'flag' } as const;
export const word = <const W extends readonly string[]>(words: W) =>
  ({ kind: 'word', words }) as const;
export const listOf = <S extends Shape>(of: S) => ({ kind: 'list', of }) as const;
export const orNull = <S extends Shape>(of: S) => ({ kind: 'orNull', of }) as const;
export const object = <K extends Keys>(keys: K) => ({ kind: 'object', keys }) as const;

export type ValueOf<S extends Shape> = S extends { readonly kind: 'count' }
  ? number
  : S extends { readonly kind: 'flag' }
    ? boolean
    : S extends { readonly kind: 'word'; readonly words: readonly (infer W)[] }
      ? W
      : S extends { readonly kind: 'list'; readonly of: infer O extends Shape }
        ? readonly ValueOf<O>[]
        : S extends { readonly kind: 'orNull'; readonly of: infer O extends Shape }
          ? ValueOf<O> | null
          : S extends { readonly kind: 'object'; readonly keys: infer K extends Keys }
            ? ObjectOf<K>
            : string;

type MaybeOf<K extends Keys> = {
  [N in keyof K]: K[N] extends { readonly maybe: true } ? N : never;
}[keyof K];

export type ObjectOf<K extends Keys> = {
  readonly [N in Exclude<keyof K, MaybeOf<K>>]: ValueOf<K[N]['shape']>;
} & { readonly [N in MaybeOf<K>]?: ValueOf<K[N]['shape']> };

/** Where a value is not as declared, and what should be there. */
export type Misfit = { readonly at: string; readonly want: string };

const forms = {
  hex: [/^0x[0-9a-f]+$/, 'a hex number'],
  digits: [/^([0-9a-f]{2})*$/, 'bytes as hex digits'],
  date: [/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, 'a date'],
} as const;

/** What does not fit `shape`, or undefined. */
export function misfitOf(shape: Shape, value: unknown, at: string): Misfit | undefined {
  const unless = (fits: boolean, want: string): Misfit | undefined =>
    fits ? undefined : { at, want };
  switch (shape.kind) {
    case 'text':
      return unless(typeof value === 'string', 'text');
    case 'hex':
    case 'digits':
    case 'date': {
      const [form, want] = forms[shape.kind];
      return unless(typeof value === 'string' && form.test(value), want);
    }
    case 'count':
      return unless(Number.isSafeInteger(value) && Number(value) >= 0, 'a number');
    case 'flag':
      return unless(typeof value === 'boolean', 'true or false');
    case 'word':
      return unless(
        typeof value === 'string' && shape.words.includes(value),
        `one of ${shape.words.join(', ')}`,
      );
    case 'orNull':
      return value === null ? undefined : misfitOf(shape.of, value, at);
    case 'list': {
      if (!Array.isArray(value)) return { at, want: 'a list' };
      for (const [index, item] of value.entries()) {
        const misfit = misfitOf(shape.of, item, `${at}[${index}]`);
        if (misfit !== undefined) return misfit;
      }
      return undefined;
    }
    case 'object':
      return isObject(value)
        ? (misfitOfKeys(shape.keys, value, `${at}.`) ?? unknownKey([shape.keys], value, `${at}.`))
        : { at, want: 'an object' };
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of the declared keys only; `prefix` stands before each in what is told. */
export function misfitOfKeys(
  keys: Keys,
  value: Readonly<Record<string, unknown>>,
  prefix: string,
): Misfit | undefined {
  for (const [name, { shape, maybe }] of Object.entries(keys)) {
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (found === undefined && maybe === true) continue;
    const misfit = misfitOf(shape, found, `${prefix}${name}`);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

export function unknownKey(
  known: readonly Keys[],
  value: Readonly<Record<string, unknown>>,
  prefix: string,
): Misfit | undefined {
  const name = Object.keys(value).find((one) => !known.some((keys) => Object.hasOwn(keys, one)));
  return name === undefined ? undefined : { at: `${prefix}${name}`, want: 'nothing' };
}
