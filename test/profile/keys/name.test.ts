import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each(['w', '0', 'db.v2_a-b', 'a'.repeat(63)])('%s is a name', (name) => {
  expect(settled(`name: "${name}"`).name).toBe(name);
});

test.each(['""', 'Web', '.a', '-a', 'a/b', 'a b', 'a'.repeat(64), '7', 'true', '[a]'])(
  '%s is no name',
  (name) => {
    expect(kindsWith(`name: ${name}`)).toEqual(['wrong-value']);
  },
);
