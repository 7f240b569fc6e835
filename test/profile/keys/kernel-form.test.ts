import { describe, expect, test } from 'vitest';
import { kindsWith, problemsWith, settled } from '../profile-texts.ts';

describe('where the profile says nothing, the first form that the rest allows is taken', () => {
  test.each([
    ['epoch: 0', 'direct'],
    ['commandLine: { remove: [nokaslr] }', 'compressed'],
    ['commandLine: { remove: [quiet] }', 'direct'],
    ['backend: file', 'compressed'],
    ['backend: auto', 'compressed'],
    ['arch: s390x', 'image'],
  ])('%s: %s', (line, form) => {
    expect(settled(line).kernelForm).toBe(form);
  });
});

test.each([
  [['kernelForm: direct', 'commandLine: { remove: [nokaslr] }'], ['form-needs-word']],
  [['kernelForm: direct', 'backend: file'], ['needs-segments']],
  [['kernelForm: direct', 'backend: auto'], ['needs-segments']],
  [['kernelForm: compressed', 'commandLine: { remove: [nokaslr] }'], []],
  [['kernelForm: image'], ['not-on-arch']],
  [['kernelForm: compressed', 'arch: s390x'], ['not-on-arch']],
  [['kernelForm: zipped'], ['wrong-value']],
])('%j', (lines, kinds) => {
  expect(kindsWith(...lines)).toEqual(kinds);
});

test('the word is told where it is removed', () => {
  expect(
    problemsWith('kernelForm: direct', 'commandLine: { remove: [quiet, nokaslr] }'),
  ).toMatchObject([
    { word: 'nokaslr', form: 'direct', place: { line: 6, column: 32 }, formPlace: { line: 5 } },
  ]);
});
