import type { ProfileRules } from '../profile-rules.ts';

export const profile = {
  // Linux 6.1 takes a fixed base at any mebibyte; 6.12 wants 16 and says so in its log.
  crashkernel: { highLow: true, offsetAlign: 1n << 20n },
  policySteps: ['message', 'pvpanic', 'reset', 'halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'reset' }],
  testing: false,
  kernelImage: 'a bzImage',
  kernelForms: {
    direct: {
      about:
        'decompressed at build time and entered directly, the fastest way from panic to capture',
      needsWord: {
        word: 'nokaslr',
        because: 'only the decompressor, which is skipped, can move the kernel at random',
      },
      needsSegments: "kexec_file_load(2) takes the kernel's own image only",
    },
    compressed: { about: 'as its boot protocol has it, smaller on disk' },
  },
  backends: ['segments', 'file', 'auto'],
  hotplug: ['rearm', 'kernel'],
  memoryMaps: {
    e820: { about: 'from the boot parameters' },
    memmap: {
      about: 'by `memmap=exactmap` on its command line',
      needsSegments: 'kexec_file_load(2) makes the memory map itself',
    },
  },
  elfcorehdr: ['passed'],
  machineLevels: [],
  loaderWords: {
    elfcorehdr: 'drop it: the loader knows the address and writes it',
    memmap: 'use `memoryMap: memmap`',
    acpi_rsdp: 'drop it: the loader hands the address over in the boot parameters',
    crashkernel: 'drop it: a capture kernel reserves no crash region',
  },
  // What virtual machines and most servers keep a dump on. Built-in drivers cost nothing.
  drivers: ['virtio_pci?', 'virtio_blk?', 'virtio_scsi?', 'nvme?', 'ahci?', 'sd_mod?'],
  // Of virtual machines and clouds, then what is on the boards of servers and in their slots.
  cipherDrivers: ['aesni_intel?'],
  networkDrivers: [
    ...['virtio_pci?', 'virtio_net?', 'vmxnet3?', 'hv_netvsc?', 'ena?'],
    ...['e1000?', 'e1000e?', 'igb?', 'igc?', 'r8169?', 'tg3?'],
    ...['ixgbe?', 'i40e?', 'ice?', 'bnxt_en?', 'mlx5_core?'],
  ],
  // Reads /proc/vmcore of virtio-mem only where memory is plugged (Linux 5.16); what is not may not be touched.
  memoryDrivers: ['virtio_pci?', 'virtio_mem?'],
  ccwDevices: false,
  consoles: ['uart'],
  // The four legacy ports of a PC.
  uartPorts: { ttyS0: 0x3f8, ttyS1: 0x2f8, ttyS2: 0x3e8, ttyS3: 0x2e8 },
  // QEMU's `-device pvpanic`.
  pvpanicPort: 0x505,
} as const satisfies ProfileRules;
