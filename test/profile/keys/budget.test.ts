import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test('half an hour, unless the profile says otherwise', () => {
  expect(settled().budget).toBe(1800);
  expect(settled('budget: 60').budget).toBe(60);
});

test.each(['5', '1.5', '604801', 'long'])('budget: %s is refused', (value) => {
  expect(kindsWith(`budget: ${value}`)).toEqual(['wrong-value']);
});

test('a finished initramfs has no use for it', () => {
  expect(kindsWith('initramfs: { from: file, path: x }', 'budget: 60')).toEqual(['own-initramfs']);
});
