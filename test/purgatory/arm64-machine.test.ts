/** Purgatory of arm64: entered at EL1, at EL2, and at EL2 with VHE. */
import { describe } from 'vitest';
import { consoles, cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { words } from '../../pipeline/units/words.ts';
import { exceptionLine, keepsPromises } from './promises.ts';
import { purgatoryMachine } from './stand-in.ts';

/** In which state the crashed kernel leaves the CPU, and how firmware is called there. */
const levels = {
  el1: { machine: 'virt', cpu: 'cortex-a57', vhe: 0, level: 1, conduit: 'arm64PsciHvc' },
  nvhe: {
    machine: 'virt,virtualization=on',
    cpu: 'cortex-a57',
    vhe: 0,
    level: 2,
    conduit: 'arm64PsciSmc',
  },
  vhe: {
    machine: 'virt,virtualization=on',
    cpu: 'max',
    vhe: 1,
    level: 2,
    conduit: 'arm64PsciSmc',
  },
} as const;

describe.each(Object.entries(levels))('at %s', (_, { machine, cpu, vhe, level, conduit }) => {
  const standIn = purgatoryMachine({
    arch: 'arm64',
    base: 0x4300_0000,
    memorySize: 0x80000,
    console: { consoleKind: consoles.pl011.code, consoleBase: 0x900_0000n },
    features: cpuFeatures[conduit].code,
    told: Uint8Array.of(vhe, 0, 0, 0),
    program: process.env.CRASHSEAL_QEMU_ARM64 ?? 'qemu-system-aarch64',
    options: (_setting, crashed) => words`-machine ${machine} -cpu ${cpu} -kernel ${crashed}`,
  });

  keepsPromises(standIn, {
    captured: new RegExp(
      `^capture x0=00000000b00b5000 others=0{16} el=0{15}${level} sctlr=0{16} daif=0{13}3c0 \\n$`,
    ),
    // The stand-in switches the machine off.
    capturedStatus: 0,
    firstStage: 0x60,
    damagedInstructions: 4,
    digests: [0, cpuFeatures.arm64Sha2.code, cpuFeatures.arm64Asimd.code],
    // No memory is there: mapped as the others, so that the read itself fails.
    failing: { wild: 0x30_0000_0000n },
    exception: exceptionLine(37, '0x4300[0-9a-f]{4}', '0x300000000[0-9a-f]'),
  });
});
