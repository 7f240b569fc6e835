import { expect, test } from 'vitest';
import { nearest } from '../../pipeline/profile/nearest.ts';

const keys = ['kernel', 'kernelForm', 'commandLine', 'crashkernel', 'waitSeconds', 'onCorruption'];

test.each([
  ['kernal', 'kernel'],
  ['krenel', 'kernel'],
  ['kernel-form', 'kernelForm'],
  ['command_line', 'commandLine'],
  ['CommandLine', 'commandLine'],
  ['crashKernel', 'crashkernel'],
  ['wait', 'waitSeconds'],
  ['oncorrupt', 'onCorruption'],
  ['x', undefined],
  ['colour', undefined],
  ['a'.repeat(200), undefined],
])('%s: did you mean %s?', (typed, expected) => {
  expect(nearest(typed, keys)).toBe(expected);
});
