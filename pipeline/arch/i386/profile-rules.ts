import type { ProfileRules } from '../profile-rules.ts';
import { sharedRules } from '../x86/profile-rules.ts';

export const profile = {
  // Linux, CRASH_ADDR_LOW_MAX of arch/x86/kernel/setup.c: a kernel is part of its own low memory.
  crashkernel: { highLow: false, offsetAlign: 1n << 20n, end: 512n << 20n },
  ...sharedRules,
  kernelForms: {
    compressed: { about: 'as its boot protocol has it, smaller on disk' },
  },
  // The call that takes files does not exist for kernels of 32 bits.
  backends: ['segments'],
  hotplug: ['rearm'],
  elfcorehdr: ['passed', 'elf32'],
  // What old boards, and machines that are emulated instead of them, keep a dump on.
  drivers: ['ata_piix?', 'ahci?', 'virtio_pci?', 'virtio_blk?', 'virtio_scsi?', 'sd_mod?'],
  cipherDrivers: ['aesni_intel?'],
  networkDrivers: [
    ...['e100?', 'e1000?', 'e1000e?', '8139too?', '8139cp?', 'r8169?', 'tg3?', 'via_rhine?'],
    ...['pcnet32?', 'virtio_pci?', 'virtio_net?', 'vmxnet3?'],
  ],
} as const satisfies ProfileRules;
