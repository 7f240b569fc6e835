import type { ProfileRules } from '../profile-rules.ts';

export const profile = {
  // Linux, arch/riscv/mm/init.c and kernel/crash_reserve.c: whole huge pages; `,high` since 6.6.
  crashkernel: { highLow: true, offsetAlign: 2n << 20n },
  policySteps: ['message', 'reset', 'halt'],
  policyCalls: ['start'],
  policyEnds: {},
  defaultPolicy: [{ kind: 'reset' }],
  testing: false,
  kernelImage: 'an Image',
  kernelForms: { image: { about: 'the flat image' } },
  // kexec_file_load(2) puts purgatory and device tree of its own in their places.
  backends: ['segments'],
  hotplug: ['rearm'],
  memoryMaps: { deviceTree: { about: 'by the device tree' } },
  elfcorehdr: ['passed'],
  machineLevels: [],
  loaderWords: {
    elfcorehdr: 'drop it: the loader knows the address and writes it into the device tree',
    crashkernel: 'drop it: a capture kernel reserves no crash region',
  },
  // Virtual machines, NVMe, and the SD and eMMC controllers of boards. Built-in drivers cost nothing.
  drivers: [
    ...['virtio_pci?', 'virtio_mmio?', 'virtio_blk?', 'virtio_scsi?', 'nvme?', 'ahci?', 'sd_mod?'],
    ...['mmc_block?', 'dw_mmc_starfive?', 'sdhci_of_dwcmshc?', 'sdhci_cadence?', 'mmc_spi?'],
  ],
  cipherDrivers: ['aes_riscv64?'],
  networkDrivers: [
    ...['virtio_pci?', 'virtio_mmio?', 'virtio_net?', 'macb?', 'dwmac_starfive?', 'dwmac_generic?'],
    ...['e1000e?', 'igb?', 'r8169?', 'mlx5_core?'],
  ],
  memoryDrivers: [],
  ccwDevices: false,
  consoles: ['memoryUart', 'sbi'],
  uartPorts: {},
  pvpanicPort: 0,
} as const satisfies ProfileRules;
