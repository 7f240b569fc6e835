import type { TestSystem } from './test-system.ts';

/** Debian's kernels for it reserve no crash region: tests bring their own (support/s390x). */
export const s390x: TestSystem = {
  debian: 's390x',
  multiarch: 's390x-linux-gnu',
  interpreter: 'lib/ld64.so.1',
  emulator: 'qemu-s390x-static',
  kernels: {},
  profile: { console: 'sclp' },
  memory: 768,
  crashkernel: '192M',
};
