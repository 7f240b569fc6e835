import { expect, test } from 'vitest';
import { kindsWith, settled } from '../profile-texts.ts';

test('the default is the first of the architecture', () => {
  expect(settled().memoryMap).toBe('e820');
  expect(settled('arch: s390x').memoryMap).toBe('swap');
  for (const arch of ['arm64', 'riscv64', 'ppc64le'])
    expect(settled(`arch: ${arch}`).memoryMap).toBe('deviceTree');
  expect(settled('memoryMap: memmap').memoryMap).toBe('memmap');
});

test.each([
  [['memoryMap: swap'], ['not-on-arch']],
  [['arch: s390x', 'memoryMap: e820'], ['not-on-arch']],
  [['memoryMap: memmap', 'backend: file'], ['needs-segments']],
  [['memoryMap: memmap', 'backend: auto'], ['needs-segments']],
  [['memoryMap: e820', 'backend: file'], []],
  [['memoryMap: e821'], ['wrong-value']],
])('%j', (lines, kinds) => {
  expect(kindsWith(...lines)).toEqual(kinds);
});
