import type { Starters } from '../starters.ts';

export const starters: Starters = {
  classes: {
    'arm64-cloud': {
      about: 'an arm64 cloud guest',
      kernelPackage: 'linux-image-cloud-arm64',
      drivers: ['virtio_pci', 'virtio_blk', 'virtio_scsi', 'nvme', 'sd_mod'],
      crashkernel: '256M',
      cpus: 192,
      memoryRanges: 64,
      // Where the UART is, each cloud decides.
      console: undefined,
      onCorruption: ['reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
    'arm64-server': {
      about: 'an arm64 server with ACPI',
      kernelPackage: 'linux-image-arm64',
      drivers: ['nvme', 'ahci', 'megaraid_sas', 'mpt3sas', 'sd_mod'],
      crashkernel: '512M,high',
      cpus: 512,
      memoryRanges: 256,
      console: undefined,
      onCorruption: ['reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
    'arm64-qemu': {
      about: "development under QEMU's arm64 machine",
      kernelPackage: 'linux-image-arm64',
      drivers: ['virtio_pci', 'virtio_blk'],
      crashkernel: '256M',
      cpus: 8,
      memoryRanges: 32,
      console: ['console:', '  device: ttyAMA0', '  address: 0x9000000'],
      onCorruption: ['message', 'halt'],
      finalAction: 'poweroff',
      dumpconf: false,
    },
  },
  runHere: (cpuinfo) => /^CPU implementer\s*:/m.test(cpuinfo),
  guess: ({ vendor, numaNodes, efi }) => {
    if (vendor === 'QEMU') return 'arm64-qemu';
    if (/amazon|google|microsoft|oracle|hetzner|alibaba/i.test(vendor)) return 'arm64-cloud';
    return efi || numaNodes > 1 ? 'arm64-server' : 'arm64-cloud';
  },
  consoleKind: 'serial',
  policyRemarks: [],
  channelDisk: undefined,
  builtImage: 'arch/arm64/boot/Image',
};
