import type { Starters } from '../starters.ts';

export const starters: Starters = {
  classes: {
    s390x: {
      about: 'an IBM Z or LinuxONE machine',
      // Debian's kernels for s390x are built without CONFIG_CRASH_DUMP.
      kernelPackage: undefined,
      drivers: [
        'virtio_ccw?',
        'virtio_blk?',
        'dasd_eckd_mod?',
        'dasd_fba_mod?',
        'zfcp?',
        'sd_mod?',
      ],
      crashkernel: '256M',
      cpus: 512,
      memoryRanges: 128,
      console: ['console: sclp'],
      onCorruption: ['message', 'return', 'wait'],
      finalAction: 'reboot',
      dumpconf: true,
    },
  },
  runHere: (cpuinfo) => cpuinfo.startsWith('vendor_id       : IBM/S390'),
  guess: () => 's390x',
  consoleKind: "operator's",
  policyRemarks: [
    '# With a stand-alone dump tool on a device, IPL it instead of the wait:',
    '#   - { step: ipl, ccw: 0.0.4711 }',
  ],
  channelDisk: {
    remarks: [
      '# A DASD has no partition labels. Of those that are named in `online` the first is dasda in the capture kernel.',
      '# For a partition of any other disk: device: PARTLABEL=crashdump',
    ],
    target: ['device: /dev/dasda1', 'online: [0.0.0201]'],
  },
  builtImage: 'arch/s390/boot/bzImage',
};
