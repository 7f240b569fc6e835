import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  ['epoch: 0', 0n],
  ['epoch: 9007199254740991', 9007199254740991n],
  ['epoch: null', 0n],
])('%s', (line, epoch) => {
  expect(settled(line).epoch).toBe(epoch);
});

test.each(['-1', '1.5', '9007199254740993', '"1"', 'never'])('epoch: %s', (value) => {
  expect(kindsWith(`epoch: ${value}`)).toEqual(['wrong-value']);
});
