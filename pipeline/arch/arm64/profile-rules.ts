import type { ProfileRules } from '../profile-rules.ts';

export const profile = {
  // Linux, arch/arm64/mm/init.c: both regions are of whole 2 MiB.
  crashkernel: { highLow: true, offsetAlign: 2n << 20n },
  policySteps: ['message', 'reset', 'halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'reset' }],
  testing: false,
  kernelImage: 'the flat image, gzip or EFI zboot',
  kernelForms: { image: { about: 'the flat image, unpacked at build time where it is packed' } },
  // The kernel's own way has no purgatory at all, and most distributions build it without.
  backends: ['segments'],
  hotplug: ['rearm'],
  memoryMaps: { deviceTree: { about: 'by the device tree' } },
  elfcorehdr: ['passed'],
  machineLevels: [],
  loaderWords: {
    elfcorehdr: 'drop it: the loader writes the address into the device tree',
    crashkernel: 'drop it: a capture kernel reserves no crash region',
  },
  // What virtual machines, clouds and most servers keep a dump on. Built-in drivers cost nothing.
  drivers: [
    ...['virtio_pci?', 'virtio_mmio?', 'virtio_blk?', 'virtio_scsi?'],
    ...['nvme?', 'ahci?', 'ahci_platform?', 'sd_mod?'],
  ],
  cipherDrivers: ['aes_ce_blk?'],
  networkDrivers: [
    ...['virtio_pci?', 'virtio_mmio?', 'virtio_net?', 'vmxnet3?', 'hv_netvsc?', 'ena?', 'gve?'],
    ...['igb?', 'hns3?', 'thunderx_nicvf?', 'i40e?', 'ice?', 'bnxt_en?', 'mlx5_core?'],
  ],
  memoryDrivers: ['virtio_pci?', 'virtio_mem?'],
  ccwDevices: false,
  consoles: ['memoryUart'],
  uartPorts: {},
  pvpanicPort: 0,
} as const satisfies ProfileRules;
