import type { TestSystem } from './test-system.ts';

export const x86_64: TestSystem = {
  debian: 'amd64',
  multiarch: 'x86_64-linux-gnu',
  interpreter: 'lib64/ld-linux-x86-64.so.2',
  emulator: undefined,
  kernels: {
    '6.1': { package: 'linux-image-amd64', image: /^linux-image-6\.1\.[0-9.+-]+amd64$/ },
    '6.12': {
      package: 'linux-image-6.12-amd64',
      image: /^linux-image-6\.12\.[0-9]+\+deb12-amd64$/,
    },
  },
  profile: { console: { device: 'ttyS0' } },
  composed: { tools: { from: 'installed' } },
  memory: 768,
  crashkernel: '256M',
};
