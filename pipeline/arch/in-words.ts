/** What texts say of architectures, taken from what these are. */
import { type ArchName, architectureOf, archNames } from './arch.ts';
import type { ProfileRules } from './profile-rules.ts';

const rulesOf = (name: ArchName): ProfileRules => architectureOf(name).profile;
const code = (word: string): string => `\`${word}\``;
const and = (words: readonly string[]): string =>
  words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words.slice(-1).join('')}`;

/** `A on x86_64, B on s390x`; what all have in common stands alone. */
export function onEach(say: (rules: ProfileRules) => string): string {
  const saying = new Map<string, ArchName[]>();
  for (const name of archNames) {
    const text = say(rulesOf(name));
    saying.set(text, [...(saying.get(text) ?? []), name]);
  }
  return saying.size === 1
    ? [...saying.keys()].join('')
    : [...saying].map(([text, names]) => `${text} on ${and(names)}`).join(', ');
}

/** The first of an architecture's words, which is its default. */
export const firstOnEach = (
  words: (rules: ProfileRules) => readonly string[] | Readonly<Record<string, unknown>>,
): string =>
  onEach((rules) => {
    const known = words(rules);
    return code((Array.isArray(known) ? known : Object.keys(known))[0] ?? '');
  });

/** The architectures that have it: `s390x`. */
export const those = (have: (rules: ProfileRules) => boolean): string =>
  and(archNames.filter((name) => have(rulesOf(name))));

/** ` (s390x)`, to follow what not all have. */
export const onlyOn = (have: (rules: ProfileRules) => boolean): string =>
  archNames.every((name) => have(rulesOf(name))) ? '' : ` (${those(have)})`;

type Meaning = ProfileRules['memoryMaps'][string] | ProfileRules['kernelForms'][string];

/** Every architecture's own words for one key, each with what it means. */
export function meanings(of: (rules: ProfileRules) => Readonly<Record<string, Meaning>>): string {
  const words = new Map(archNames.flatMap((name) => Object.entries(of(rulesOf(name)))));
  return [...words]
    .map(([word, { about, needsSegments, ...rest }]) => {
      const needs = [
        ...('needsWord' in rest && rest.needsWord !== undefined ? [code(rest.needsWord.word)] : []),
        ...(needsSegments === undefined ? [] : ['`backend: segments`']),
      ];
      const needing = needs.length === 0 ? '' : `; needs ${and(needs)}`;
      return `${code(word)}: ${about}${onlyOn((rules) => word in of(rules))}${needing}.`;
    })
    .join(' ');
}
