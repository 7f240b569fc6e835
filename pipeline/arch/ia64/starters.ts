import type { Starters } from '../starters.ts';

export const starters: Starters = {
  classes: {
    itanium: {
      about: 'an old ia64 server, of which a bundle can be built and looked at, and not loaded',
      kernelPackage: undefined,
      // As in profile-rules.ts, and seen on no machine either.
      drivers: ['mptspi?', 'mptsas?', 'sym53c8xx?', 'qla1280?', 'sd_mod'],
      crashkernel: '512M',
      cpus: 64,
      memoryRanges: 128,
      console: ['console:', '  device: ttyS0', '  baud: 9600'],
      onCorruption: ['halt'],
      finalAction: 'reboot',
      dumpconf: false,
    },
  },
  runHere: (cpuinfo) => /^arch\s*:\s*IA-64/m.test(cpuinfo),
  guess: () => 'itanium',
  consoleKind: 'serial',
  policyRemarks: ['# There is no purgatory for ia64: nothing would do what stands here.'],
  channelDisk: undefined,
  builtImage: 'vmlinux',
};
