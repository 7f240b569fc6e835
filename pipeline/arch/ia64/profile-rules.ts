import type { ProfileRules } from '../profile-rules.ts';
import { kernelPage } from './vmlinux.ts';

export const profile = {
  crashkernel: { highLow: false, offsetAlign: kernelPage },
  // There is no code that could do anything else, or this.
  policySteps: ['halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'halt' }],
  testing: false,
  kernelImage: 'a vmlinux',
  kernelForms: { vmlinux: { about: 'the ELF file, made flat at the build' } },
  // The call that takes files never came to ia64.
  backends: ['segments'],
  hotplug: ['rearm'],
  memoryMaps: { efi: { about: 'in an EFI memory map' } },
  elfcorehdr: ['passed'],
  machineLevels: [],
  loaderWords: {
    elfcorehdr: 'drop it: its address is written for the machine',
    max_addr: 'drop it: the end of the crash region is written for the machine',
    min_addr: 'drop it: the start of the crash region is written for the machine',
    crashkernel: 'drop it: a capture kernel reserves no crash region',
  },
  // What Linux configured for these machines: arch/ia64/configs of 6.6 and before, generic, zx1, tiger and bigsur.
  // No distribution's kdump is known that had a list for ia64, and none of it was seen to find a disk or a card.
  drivers: [
    'mptspi?',
    'mptsas?',
    'mptfc?',
    'sym53c8xx?',
    'qla1280?',
    'qla2xxx?',
    'ata_piix?',
    'pata_cmd64x?',
    'sata_vsc?',
    'sd_mod?',
  ],
  cipherDrivers: [],
  networkDrivers: ['tg3?', 'tulip?', 'e100?', 'e1000?', 'igb?'],
  memoryDrivers: [],
  ccwDevices: false,
  consoles: ['uart'],
  uartPorts: { ttyS0: 0x3f8, ttyS1: 0x2f8 },
  pvpanicPort: 0,
} as const satisfies ProfileRules;
