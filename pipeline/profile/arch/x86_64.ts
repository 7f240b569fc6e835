import type { ArchRules } from './arch-rules.ts';

export const x86_64: ArchRules = {
  // Linux 6.1 takes a fixed base at any mebibyte; 6.12 wants 16 and says so in its log.
  crashkernel: { highLow: true, offsetAlign: 1n << 20n },
  policySteps: ['message', 'pvpanic', 'reset', 'halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'reset' }],
  testing: false,
  kernelForms: ['direct', 'compressed'],
  backends: ['segments', 'file', 'auto'],
  hotplug: ['rearm', 'kernel'],
  memoryMaps: ['e820', 'memmap'],
  elfcorehdr: ['passed'],
  machineLevels: [],
  // Only the decompressor can move a kernel for KASLR; entered directly there is none.
  directNeeds: 'nokaslr',
  ownWords: [
    { word: 'elfcorehdr=', instead: 'drop it: the loader knows the address and writes it' },
    { word: 'memmap=exactmap', instead: 'use `memoryMap: memmap`' },
    { word: 'crashkernel=', instead: 'drop it: a capture kernel reserves no crash region' },
  ],
  // What virtual machines and most servers keep a dump on. Built-in drivers cost nothing.
  drivers: ['virtio_pci?', 'virtio_blk?', 'virtio_scsi?', 'nvme?', 'ahci?', 'sd_mod?'],
  ccwDevices: false,
  consoles: ['uart'],
  // The four legacy ports of a PC.
  uartPorts: { ttyS0: 0x3f8, ttyS1: 0x2f8, ttyS2: 0x3e8, ttyS3: 0x2e8 },
  // QEMU's `-device pvpanic`.
  pvpanicPort: 0x505,
};
