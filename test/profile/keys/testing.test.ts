import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test('only where purgatory has something to allow', () => {
  expect(settled().testing).toBe(false);
  expect(settled('testing: false').testing).toBe(false);
  expect(settled('arch: s390x', 'testing: true').testing).toBe(true);
  expect(kindsWith('testing: true')).toEqual(['not-on-arch']);
});

test('YAML 1.2 knows no `yes`', () => {
  expect(kindsWith('arch: s390x', 'testing: yes')).toEqual(['wrong-value']);
});
