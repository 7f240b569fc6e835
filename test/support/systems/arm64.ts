import type { TestSystem } from './test-system.ts';

export const arm64: TestSystem = {
  debian: 'arm64',
  multiarch: 'aarch64-linux-gnu',
  interpreter: 'lib/ld-linux-aarch64.so.1',
  emulator: 'qemu-aarch64-static',
  kernels: {
    '6.1': { package: 'linux-image-arm64', image: /^linux-image-6\.1\.[0-9.+-]+arm64$/ },
    '6.12': {
      package: 'linux-image-6.12-arm64',
      image: /^linux-image-6\.12\.[0-9]+\+deb12-arm64$/,
      // Neither that of Debian 12 nor of 13 knows kernels of 52 bits, unless their pages have 64 KiB.
      withoutMakedumpfile: true,
    },
    // Pages of 16 KiB.
    '6.12-16k': {
      package: 'linux-image-arm64-16k',
      image: /^linux-image-6\.12\.[0-9.+a-z-]+arm64-16k$/,
      suite: 'trixie',
      withoutMakedumpfile: true,
    },
  },
  profile: { console: { device: 'ttyAMA0', address: 0x900_0000 } },
  memory: 768,
  crashkernel: '256M',
};
