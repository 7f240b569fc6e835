import { expect, test } from 'vitest';
import { problemsWith, settled } from '../profile-texts.ts';

const M = 1n << 20n;

test.each([
  ['256M', { options: ['256M'], smallest: 256n * M }],
  ['2G-16G:192M,16G-:256M', { options: ['2G-16G:192M,16G-:256M'], smallest: 192n * M }],
  ['["512M,high", "128M,low"]', { options: ['512M,high', '128M,low'], smallest: 512n * M }],
])('crashkernel: %s', (value, reservation) => {
  expect(settled(`crashkernel: ${value}`).crashkernel).toEqual(reservation);
});

test('of several options the wrong one is told where it stands', () => {
  expect(problemsWith('crashkernel: [256M, 0128M]')).toMatchObject([
    {
      kind: 'crashkernel',
      option: '0128M',
      mistake: { kind: 'leading-zero' },
      place: { line: 4, column: 21 },
    },
  ]);
});

test('what the kernel knows depends on the architecture', () => {
  expect(problemsWith('arch: s390x', 'crashkernel: "256M,high"')).toMatchObject([
    { kind: 'crashkernel', mistake: { kind: 'no-high-low' } },
  ]);
});

test.each(['[]', '256', '{ size: 256M }'])('crashkernel: %s is no text', (value) => {
  expect(problemsWith(`crashkernel: ${value}`)).toMatchObject([{ kind: 'wrong-value' }]);
});
