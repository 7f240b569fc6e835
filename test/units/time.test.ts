import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastSecond, readDate, showDate } from '../../pipeline/units/time.ts';

test.each([
  ['1970-01-01', 0],
  ['2027-12-31', 1830211200],
  ['2027-12-31T18:00:00Z', 1830276000],
  ['2028-02-29', 1835395200],
  ['9999-12-31T23:59:59Z', lastSecond],
])('%s is a date', (text, seconds) => {
  expect(readDate(text)).toBe(seconds);
});

test.each([
  '2027-02-31',
  '2027-02-29',
  '2027-13-01',
  '2027-01-01T24:00:00Z',
  '2027-01-01T12:60:00Z',
  '2027-01-01T12:00Z',
  '2027-01-01T12:00:00+01:00',
  '2027-1-1',
  ' 2027-01-01',
  '2027-01-01\n',
  'tomorrow',
  '',
])('"%s" is not a date', (text) => {
  expect(readDate(text)).toBeUndefined();
});

test('an end that is a date alone lasts to the last second of its day', () => {
  expect(readDate('1970-01-01', 'end')).toBe(86_399);
  expect(readDate('1970-01-01T18:00:00Z', 'end')).toBe(64_800);
});

test('what is shown can be read again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: lastSecond }), (seconds) => {
      expect(readDate(showDate(seconds))).toBe(seconds);
    }),
  );
});

test('a number of seconds that no date can say is shown as a number', () => {
  expect(showDate(8.64e12 + 1)).toBe('8640000000001');
  expect(showDate(8.64e12)).toBe('+275760-09-13T00:00:00Z');
});
