import { expect, test } from 'vitest';
import { architectureOf, archNames } from '../../../pipeline/arch/arch.ts';
import { kindsWith, settled } from '../profile-texts.ts';

test('the first architecture is the default', () => {
  expect(settled().arch).toBe(archNames[0]);
});

test.each(archNames)('%s has defaults of its own', (name) => {
  const profile = settled(`arch: ${name}`);
  const rules = architectureOf(name).profile;
  expect(profile.arch).toBe(name);
  expect(profile.initramfs).toMatchObject({ drivers: rules.drivers });
  expect(profile.onCorruption).toEqual(rules.defaultPolicy);
});

test('a broken architecture is told, and nothing that depends on it', () => {
  expect(kindsWith('arch: vax', 'console: sclp', 'crashkernel: 256M,high')).toEqual([
    'wrong-value',
  ]);
});
