import type { ProfileRules } from '../profile-rules.ts';

export const profile = {
  // Linux, arch/powerpc/kexec/core.c: one region, of whole pages, which are 64 KiB on many kernels.
  crashkernel: { highLow: false, offsetAlign: 64n << 10n },
  policySteps: ['message', 'reset', 'halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'reset' }],
  testing: false,
  kernelImage: 'an ELF vmlinux',
  kernelForms: { vmlinux: { about: 'the ELF vmlinux' } },
  // Debian's kernels are built without kexec_file_load(2), which makes the device tree itself.
  backends: ['segments'],
  // The kernel rewrites the device tree with the header, and purgatory checks both.
  hotplug: ['rearm'],
  memoryMaps: { deviceTree: { about: 'by the device tree' } },
  elfcorehdr: ['passed'],
  machineLevels: [],
  loaderWords: {
    elfcorehdr: 'drop it: the loader knows the address and writes it',
    crashkernel: 'drop it: a capture kernel reserves no crash region',
  },
  // Virtual machines, logical partitions with virtual and with real adapters, machines without a hypervisor.
  drivers: [
    ...['virtio_pci?', 'virtio_blk?', 'virtio_scsi?', 'ibmvscsi?', 'ibmvfc?', 'lpfc?'],
    ...['qla2xxx?', 'ipr?', 'nvme?', 'ahci?', 'sd_mod?'],
  ],
  cipherDrivers: ['vmx_crypto?'],
  networkDrivers: [
    ...['virtio_pci?', 'virtio_net?', 'ibmveth?', 'ibmvnic?', 'tg3?', 'bnx2x?', 'i40e?'],
    'mlx5_core?',
  ],
  memoryDrivers: [],
  ccwDevices: false,
  consoles: ['hvc'],
  uartPorts: {},
  pvpanicPort: 0,
} as const satisfies ProfileRules;
