import type { Starters } from '../starters.ts';

export const starters: Starters = {
  classes: {
    appliance: {
      about: 'an old 32-bit appliance',
      kernelPackage: 'linux-image-686-pae',
      drivers: ['ata_piix', 'ahci', 'sd_mod'],
      crashkernel: '160M',
      cpus: 16,
      memoryRanges: 32,
      console: ['console:', '  device: ttyS0', '  baud: 115200'],
      onCorruption: ['message', 'reset'],
      finalAction: 'reboot',
      dumpconf: false,
    },
  },
  // A CPU that knows 64 bits (lm) may run a kernel of 32; then the class is asked for by name.
  runHere: (cpuinfo) => /^flags\s*:/m.test(cpuinfo) && !/^flags\s*:.*\blm\b/m.test(cpuinfo),
  guess: () => 'appliance',
  consoleKind: 'serial',
  policyRemarks: [],
  channelDisk: undefined,
  builtImage: 'arch/x86/boot/bzImage',
};
