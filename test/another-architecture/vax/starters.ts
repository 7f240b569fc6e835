import type { Starters } from '../../../pipeline/arch/starters.ts';

export const starters: Starters = {
  classes: {
    minicomputer: {
      about: 'a minicomputer',
      kernelPackage: undefined,
      drivers: ['massbus'],
      crashkernel: '64M',
      cpus: 1,
      memoryRanges: 8,
      console: ['console:', '  device: opa0'],
      onCorruption: ['message', 'halt'],
      finalAction: 'reboot',
      dumpconf: false,
    },
  },
  runHere: (cpuinfo) => cpuinfo.startsWith('cpu\t: VAX'),
  guess: () => 'minicomputer',
  consoleKind: 'printing',
  policyRemarks: [],
  channelDisk: undefined,
  builtImage: 'arch/vax/boot/image',
};
