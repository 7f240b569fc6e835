import { expect, test } from 'vitest';
import { parseProfileFiles } from '../../../pipeline/profile/profile.ts';
import { smallest } from '../profile-texts.ts';

const problemsOf = (value: string) => {
  const files = new Map([
    ['web.yaml', new TextEncoder().encode(`extends: ${value}\n`)],
    ['base.yaml', new TextEncoder().encode(smallest)],
  ]);
  const result = parseProfileFiles('web.yaml', files);
  return result.ok ? [] : result.problems;
};

test.each(['base.yaml', '[base.yaml]', './base.yaml', '[base.yaml, base.yaml]'])(
  'extends: %s',
  (value) => {
    expect(problemsOf(value)).toEqual([]);
  },
);

test.each(['{ a: 1 }', '7', '[7]', '""', '[[base.yaml]]'])('extends: %s is no path', (value) => {
  expect(problemsOf(value)).toMatchObject([{ kind: 'wrong-value', key: 'extends' }]);
});
