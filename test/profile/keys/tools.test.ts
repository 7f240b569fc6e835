import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  ['{ from: apt }', { kind: 'apt' }],
  ['{ from: debs, paths: [a.deb, /b.deb] }', { kind: 'debs', paths: ['a.deb', '/b.deb'] }],
  ['{ from: installed }', { kind: 'installed', root: '/' }],
  ['{ from: installed, root: mnt }', { kind: 'installed', root: 'mnt' }],
])('tools: %s', (value, tools) => {
  expect(settled(`tools: ${value}`).tools).toEqual(tools);
});

test.each([
  ['{ from: debs, paths: [] }', ['wrong-value']],
  ['{ from: debs }', ['missing-key']],
  ['{ from: apt, root: / }', ['key-of-other-shape']],
  ['{ from: snap }', ['wrong-value']],
])('tools: %s is refused', (value, kinds) => {
  expect(kindsWith(`tools: ${value}`)).toEqual(kinds);
});
