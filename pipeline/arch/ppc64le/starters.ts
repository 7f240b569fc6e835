import type { Starters } from '../starters.ts';

export const starters: Starters = {
  classes: {
    power: {
      about: 'a POWER server or a logical partition of one',
      kernelPackage: 'linux-image-powerpc64le',
      drivers: ['virtio_pci?', 'virtio_blk?', 'ibmvscsi?', 'ibmvfc?', 'lpfc?', 'nvme?', 'sd_mod?'],
      crashkernel: '512M',
      cpus: 512,
      memoryRanges: 512,
      console: ['console: hvc'],
      onCorruption: ['message', 'reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
  },
  runHere: (cpuinfo) => /^cpu\s*: POWER/m.test(cpuinfo),
  guess: () => 'power',
  consoleKind: "hypervisor's or firmware's",
  policyRemarks: [],
  channelDisk: undefined,
  builtImage: 'vmlinux',
};
