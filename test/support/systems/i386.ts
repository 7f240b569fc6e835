import type { TestSystem } from './test-system.ts';

export const i386: TestSystem = {
  debian: 'i386',
  multiarch: 'i386-linux-gnu',
  interpreter: 'lib/ld-linux.so.2',
  emulator: 'qemu-i386-static',
  kernels: {
    '6.1': { package: 'linux-image-686-pae', image: /^linux-image-6\.1\.[0-9.+-]+686-pae$/ },
  },
  profile: { console: { device: 'ttyS0' }, commandLine: { append: ['no_timer_check'] } },
  // More than the direct map reaches.
  memory: 1024,
  crashkernel: '160M',
};
