import type { Starters } from '../starters.ts';

export const starters: Starters = {
  classes: {
    riscv: {
      about: 'a RISC-V board',
      kernelPackage: 'linux-image-riscv64',
      drivers: ['nvme?', 'mmc_block?', 'dw_mmc_starfive?', 'sdhci_of_dwcmshc?', 'sdhci_cadence?'],
      crashkernel: '256M',
      cpus: 64,
      memoryRanges: 64,
      console: ['console: sbi'],
      onCorruption: ['message', 'reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
  },
  runHere: (cpuinfo) => /^isa\s*:\s*rv64/m.test(cpuinfo),
  guess: () => 'riscv',
  consoleKind: "firmware's",
  policyRemarks: [],
  channelDisk: undefined,
  builtImage: 'arch/riscv/boot/Image',
};
