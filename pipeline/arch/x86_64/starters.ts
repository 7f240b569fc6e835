import type { Starters } from '../starters.ts';

const uart = (device: string): readonly string[] => ['console:', `  device: ${device}`];

export const starters: Starters = {
  classes: {
    cloud: {
      about: 'a small cloud guest',
      kernelPackage: 'linux-image-cloud-amd64',
      drivers: ['virtio_pci', 'virtio_blk', 'virtio_scsi', 'nvme', 'sd_mod'],
      crashkernel: '192M',
      cpus: 64,
      memoryRanges: 64,
      console: uart('ttyS0'),
      onCorruption: ['message', 'reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
    server: {
      about: 'a big NUMA server',
      kernelPackage: 'linux-image-amd64',
      drivers: ['nvme', 'megaraid_sas', 'mpt3sas', 'ahci', 'sd_mod'],
      crashkernel: '512M,high',
      cpus: 2048,
      memoryRanges: 512,
      console: uart('ttyS1'),
      onCorruption: ['message', 'reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
    efi: {
      about: 'bare metal with EFI',
      kernelPackage: 'linux-image-amd64',
      drivers: ['nvme', 'ahci', 'sd_mod'],
      crashkernel: '256M',
      cpus: 256,
      memoryRanges: 128,
      console: undefined,
      onCorruption: ['reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
    qemu: {
      about: 'development under QEMU',
      kernelPackage: 'linux-image-amd64',
      drivers: ['virtio_pci', 'virtio_blk'],
      crashkernel: '192M',
      cpus: 8,
      memoryRanges: 32,
      console: uart('ttyS0'),
      onCorruption: ['message', 'pvpanic', 'halt'],
      finalAction: 'poweroff',
      dumpconf: false,
    },
  },
  runHere: (cpuinfo) => /^flags\s*:/m.test(cpuinfo),
  guess: ({ cpuinfo, vendor, numaNodes, efi }) => {
    if (vendor === 'QEMU') return 'qemu';
    if (/^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)) return 'cloud';
    return numaNodes <= 1 && efi ? 'efi' : 'server';
  },
  consoleKind: 'serial',
  policyRemarks: [],
  channelDisk: undefined,
  builtImage: 'arch/x86/boot/bzImage',
};
