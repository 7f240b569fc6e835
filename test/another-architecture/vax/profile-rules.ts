import type { ProfileRules } from '../../../pipeline/arch/profile-rules.ts';

export const profile = {
  crashkernel: { highLow: false, offsetAlign: 1n << 20n },
  policySteps: ['message', 'halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'halt' }],
  testing: false,
  kernelImage: 'an image for microcode',
  kernelForms: {
    microcode: {
      about: 'entered by microcode',
      needsWord: { word: 'nomchk', because: 'a machine check would end it' },
    },
  },
  backends: ['segments'],
  hotplug: ['rearm'],
  memoryMaps: { nexus: { about: 'from the nexus registers' } },
  elfcorehdr: ['passed', 'none'],
  machineLevels: ['ka750', 'ka780'],
  loaderWords: { elfcorehdr: 'drop it: the loader writes it' },
  drivers: ['massbus?'],
  cipherDrivers: [],
  networkDrivers: ['deqna?'],
  memoryDrivers: [],
  ccwDevices: false,
  consoles: ['uart'],
  uartPorts: { opa0: 0x200 },
  pvpanicPort: 0,
} as const satisfies ProfileRules;
