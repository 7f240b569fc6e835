import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test.each([
  ['localOverlay: { max: 4K }', 4096n],
  ['localOverlay: { max: 64K }', 65536n],
  ['localOverlay: { max: 1024K }', 1n << 20n],
  ['localOverlay: { max: 1M }', 1n << 20n],
  ['localOverlay: null', undefined],
])('%s', (line, bytes) => {
  expect(settled(line).localOverlay).toBe(bytes);
});

test.each([
  ['{ max: 2M }', 'wrong-value'],
  ['{ max: 1025K }', 'wrong-value'],
  ['{ max: 3K }', 'wrong-value'],
  ['{ max: 65536 }', 'wrong-value'],
  ['{}', 'missing-key'],
  ['{ max: 4K, file: x }', 'unknown-key'],
])('localOverlay: %s: %s', (value, kind) => {
  expect(kindsWith(`localOverlay: ${value}`)).toEqual([kind]);
});
