import type { TestSystem } from './test-system.ts';

export const ppc64le: TestSystem = {
  debian: 'ppc64el',
  multiarch: 'powerpc64le-linux-gnu',
  interpreter: 'lib64/ld64.so.2',
  emulator: 'qemu-ppc64le-static',
  kernels: {
    '6.1': {
      package: 'linux-image-powerpc64le',
      image: /^linux-image-6\.1\.[0-9.+-]+powerpc64le$/,
    },
    '6.12': {
      // By name: a later one is in the index of Debian's archive, but not always in its pool.
      package: 'linux-image-6.12.107+deb13-powerpc64le',
      image: /^linux-image-6\.12\.[0-9]+\+deb13-powerpc64le$/,
      suite: 'trixie',
    },
  },
  profile: { arch: 'ppc64le', console: 'hvc' },
  memory: 1024,
  crashkernel: '256M',
};
