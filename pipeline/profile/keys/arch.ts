import { type ArchName, architectureOf, archNames } from '../../arch/arch.ts';
import type { ProfileRules } from '../../arch/profile-rules.ts';
import type { Problem } from '../../problem/problem.ts';
import { choice } from '../../schema/takes.ts';
import { asWritten, type Check, profileKey, type Written } from '../key.ts';

const withoutLoader = archNames
  .map((name) => ({ name, because: architectureOf(name).shownOnly }))
  .map(({ name, because }) =>
    because === undefined ? '' : ` ${name} cannot be loaded: ${because}.`,
  )
  .join('');

export const arch = profileKey('arch', {
  schema: choice(archNames)
    .default(archNames[0])
    .meta({
      description: `Architecture of the machine; the build machine may have another.${withoutLoader}`,
    }),
  settle: asWritten<ArchName>,
});

/** What its architecture lets a profile say. */
export const rulesOf = ({ of }: Written): ProfileRules => architectureOf(of(arch)).profile;

export const notOnArch = (
  { of, place }: Written,
  path: readonly [string, ...(string | number)[]],
  value: string,
  known: readonly string[],
): Problem => ({
  area: 'profile',
  kind: 'not-on-arch',
  place: place(...path),
  key: path.filter((step) => typeof step === 'string').join('.'),
  value,
  arch: of(arch),
  known,
});

/** That the architecture has what a key asks for, if it asks. */
export const existsOnArch = (
  key: string,
  known: (rules: ProfileRules) => readonly string[],
): Check<string | undefined> => ({
  with: [arch],
  find: (value, written) => {
    const there = known(rulesOf(written));
    return value === undefined || there.includes(value)
      ? []
      : [notOnArch(written, [key], value, there)];
  },
});

/** An architecture's own words for a key, in its order. */
export const wordsOf = <W extends string>(words: Readonly<Record<string, unknown>>): readonly W[] =>
  Object.keys(words) as W[];

/** An architecture's own value where the profile says nothing: the first that it has. */
export function firstOf<T>(asked: T | undefined, known: readonly T[]): T {
  const value = asked ?? known[0];
  if (value === undefined) throw new Error('an architecture without a default');
  return value;
}
