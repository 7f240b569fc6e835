/** Every key is whole: a file, a test, words for docs/profile.md, and checks that name what they read. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problemsOfKey, profileSchema } from '../../../pipeline/profile/keys/keys.ts';
import { problemMeanings } from '../../../pipeline/profile/problem-reference.ts';
import { kebabCase } from '../../../pipeline/units/kebab-case.ts';
import { kindsWith } from '../profile-texts.ts';

const names = Object.keys(profileSchema.shape);

test.each(names)('%s has a file, a test and a description', (name) => {
  const file = `profile/keys/${kebabCase(name)}`;
  expect(existsSync(`pipeline/${file}.ts`)).toBe(true);
  expect(existsSync(`test/${file}.test.ts`)).toBe(true);
  const shape = profileSchema.shape as Readonly<Record<string, { meta(): unknown }>>;
  expect(shape[name]?.meta()).toMatchObject({ description: expect.stringMatching(/\.$/) });
});

test('the problems of a key are ones that docs/profile.md explains', () => {
  const known = Object.keys(problemMeanings);
  for (const name of names) expect(known).toEqual(expect.arrayContaining([...problemsOfKey(name)]));
});

/** A value that no key takes, so that each is broken in turn. */
const broken = (name: string): string => `${name}: { nothing: "of the kind" }`;

test.each(names)('with %s broken, the checks of the other keys do not speak of it', (name) => {
  expect(kindsWith(broken(name))).not.toContain(undefined);
  for (const kind of kindsWith(broken(name)))
    expect(['wrong-value', 'unknown-key', 'missing-key']).toContain(kind);
});
