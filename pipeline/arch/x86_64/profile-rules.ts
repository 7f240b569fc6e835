import type { ProfileRules } from '../profile-rules.ts';
import { sharedRules } from '../x86/profile-rules.ts';

export const profile = {
  // Linux 6.1 takes a fixed base at any mebibyte; 6.12 wants 16 and says so in its log.
  crashkernel: { highLow: true, offsetAlign: 1n << 20n },
  ...sharedRules,
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
  elfcorehdr: ['passed'],
  // What virtual machines and most servers keep a dump on. Built-in drivers cost nothing.
  drivers: ['virtio_pci?', 'virtio_blk?', 'virtio_scsi?', 'nvme?', 'ahci?', 'sd_mod?'],
  // Of virtual machines and clouds, then what is on the boards of servers and in their slots.
  cipherDrivers: ['aesni_intel?'],
  networkDrivers: [
    ...['virtio_pci?', 'virtio_net?', 'vmxnet3?', 'hv_netvsc?', 'ena?'],
    ...['e1000?', 'e1000e?', 'igb?', 'igc?', 'r8169?', 'tg3?'],
    ...['ixgbe?', 'i40e?', 'ice?', 'bnxt_en?', 'mlx5_core?'],
  ],
} as const satisfies ProfileRules;
