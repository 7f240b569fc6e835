import { expect, test } from 'vitest';
import { kindsWith, problemsWith, settled } from '../profile-texts.ts';

test.each(['segments', 'file', 'auto'] as const)('backend: %s', (backend) => {
  expect(settled(`backend: ${backend}`).backend).toBe(backend);
});

test.each([
  [['backend: [segments]'], ['wrong-value']],
  [['arch: s390x', 'backend: file'], ['not-on-arch']],
  // Each key that the kernel would decide itself, told in one go.
  [
    [
      'backend: file',
      'kernelForm: direct',
      'memoryMap: memmap',
      'hotplug: rearm',
      'onCorruption: [reset]',
    ],
    ['needs-segments', 'needs-segments', 'needs-segments', 'needs-segments'],
  ],
])('%j', (lines, kinds) => {
  expect(kindsWith(...lines)).toEqual(kinds);
});

test('a problem with the backend says where both stand', () => {
  expect(problemsWith('backend: file', 'memoryMap: memmap')).toMatchObject([
    { kind: 'needs-segments', place: { line: 6 }, backendPlace: { line: 5 }, backend: 'file' },
  ]);
});
