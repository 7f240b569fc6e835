import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test('the default is the first of the architecture', () => {
  expect(settled().elfcorehdr).toBe('passed');
  expect(settled('arch: s390x').elfcorehdr).toBe('none');
  expect(settled('arch: s390x', 'elfcorehdr: passed').elfcorehdr).toBe('passed');
});

test('a kernel that makes no header of its own must be handed one', () => {
  expect(kindsWith('elfcorehdr: none')).toEqual(['not-on-arch']);
  expect(kindsWith('elfcorehdr: made')).toEqual(['wrong-value']);
});
