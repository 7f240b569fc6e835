import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  ['2027-12-31', Date.UTC(2027, 11, 31, 23, 59, 59) / 1000],
  ['2028-02-29', Date.UTC(2028, 1, 29, 23, 59, 59) / 1000],
  ['"2027-12-31T18:00:00Z"', Date.UTC(2027, 11, 31, 18) / 1000],
  ['never', undefined],
  ['null', undefined],
])('notAfter: %s', (value, seconds) => {
  expect(settled(`notAfter: ${value}`).notAfter).toBe(seconds);
});

test.each(['2027-02-31', '2027-02-29', 'tomorrow', '2027', '"2027-12-31T18:00:00+02:00"'])(
  'notAfter: %s is no date',
  (value) => {
    expect(kindsWith(`notAfter: ${value}`)).toEqual(['wrong-value']);
  },
);
