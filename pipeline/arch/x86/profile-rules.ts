/** What a profile may choose on x86, of 32 or 64 bits. */
import type { ProfileRules } from '../profile-rules.ts';

export const sharedRules = {
  policySteps: ['message', 'pvpanic', 'reset', 'halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'reset' }],
  testing: false,
  kernelImage: 'a bzImage',
  memoryMaps: {
    e820: { about: 'from the boot parameters' },
    memmap: {
      about: 'by `memmap=exactmap` on its command line',
      needsSegments: 'kexec_file_load(2) makes the memory map itself',
    },
  },
  machineLevels: [],
  loaderWords: {
    elfcorehdr: 'drop it: the loader knows the address and writes it',
    memmap: 'use `memoryMap: memmap`',
    acpi_rsdp: 'drop it: the loader hands the address over in the boot parameters',
    crashkernel: 'drop it: a capture kernel reserves no crash region',
  },
  // Reads /proc/vmcore of virtio-mem only where memory is plugged (Linux 5.16); what is not may not be touched.
  memoryDrivers: ['virtio_pci?', 'virtio_mem?'],
  ccwDevices: false,
  consoles: ['uart'],
  // The four legacy ports of a PC.
  uartPorts: { ttyS0: 0x3f8, ttyS1: 0x2f8, ttyS2: 0x3e8, ttyS3: 0x2e8 },
  // QEMU's `-device pvpanic`.
  pvpanicPort: 0x505,
} as const satisfies Partial<ProfileRules>;
