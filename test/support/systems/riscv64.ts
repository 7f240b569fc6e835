import type { TestSystem } from './test-system.ts';

/** Debian has it since release 13. */
export const riscv64: TestSystem = {
  debian: 'riscv64',
  multiarch: 'riscv64-linux-gnu',
  interpreter: 'lib/ld-linux-riscv64-lp64d.so.1',
  emulator: 'qemu-riscv64-static',
  suite: 'trixie',
  kernels: {
    '6.12': { package: 'linux-image-riscv64', image: /^linux-image-6\.12\.[0-9.+a-z-]+riscv64$/ },
  },
  profile: { console: { device: 'ttyS0', address: '0x10000000' } },
  memory: 512,
  crashkernel: '192M',
};
