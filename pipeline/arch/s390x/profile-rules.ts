import type { PolicyStep } from '../policy-step.ts';
import type { ProfileRules } from '../profile-rules.ts';
import { machineLevels } from './machine-level.ts';

/** The crashed kernel knows what it is to do; where it is gone, a wait code says what happened. */
const giveBack: PolicyStep = { kind: 'return', in: 'check' };
const waitNamed: PolicyStep = { kind: 'wait', code: undefined };

export const profile = {
  // Linux, arch/s390/kernel/setup.c: one region, in whole mebibytes.
  crashkernel: { highLow: false, offsetAlign: 1n << 20n },
  policySteps: ['message', 'return', 'vmcmd', 'ipl', 'wait'],
  policyCalls: ['check', 'start'],
  policyEnds: { check: giveBack },
  defaultPolicy: [giveBack, waitNamed],
  testing: true,
  kernelImage: 'the flat image',
  kernelForms: { image: { about: 'the flat image' } },
  // kexec_file_load(2) takes the image from its first byte on, and swaps memory in a purgatory of its own.
  backends: ['segments'],
  // Linux makes its own header there, when the capture kernel starts.
  hotplug: ['rearm'],
  memoryMaps: { swap: { about: 'it takes the place of the first bytes of the machine' } },
  elfcorehdr: ['none', 'passed'],
  machineLevels,
  loaderWords: {
    elfcorehdr: 'use `elfcorehdr: passed`: the loader knows the address',
    crashkernel: 'drop it: a capture kernel reserves no crash region',
  },
  // Virtual machines, DASDs, FCP disks and NVMe. Built-in drivers cost nothing.
  drivers: [
    'virtio_ccw?',
    'virtio_blk?',
    'dasd_eckd_mod?',
    'dasd_fba_mod?',
    'zfcp?',
    'sd_mod?',
    'nvme?',
  ],
  cipherDrivers: ['aes_s390?'],
  networkDrivers: ['virtio_ccw?', 'virtio_net?', 'mlx5_core?'],
  // Since Linux 6.13 the dump header leaves memory of virtio-mem to this driver, in the capture kernel.
  memoryDrivers: ['virtio_mem?'],
  ccwDevices: true,
  consoles: ['sclp'],
  uartPorts: {},
  pvpanicPort: 0,
} as const satisfies ProfileRules;
