/** Purgatory of x86_64: entered by a ROM. */
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { consoles, cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { words } from '../../pipeline/units/words.ts';
import { exceptionLine, keepsPromises } from './promises.ts';
import { initramfsOffset, message, purgatoryMachine } from './stand-in.ts';
import { keepsX86Promises } from './x86-promises.ts';

const machine = purgatoryMachine({
  arch: 'x86_64',
  base: 0x200_0000,
  memorySize: 0x40000,
  console: { consoleKind: consoles.portUart.code, consoleBase: 0x3f8n, consoleBaud: 115200 },
  program: process.env.CRASHSEAL_QEMU ?? 'qemu-system-x86_64',
  options: ({ cpu = 'max' }, crashed) => words`
    -cpu ${cpu} -bios ${crashed} -device isa-debug-exit,iobase=0xf4,iosize=4 -device pvpanic
  `,
});

const captured =
  /^capture rsi=00000000b00b5000 rbx=0{16} cs=0{14}10 ds=0{14}18 es=0{14}18 ss=0{14}18 cr0=0000000080000031 cr4=0{14}20 df,if=0{16} \n$/;

keepsPromises(machine, {
  captured,
  // By isa-debug-exit.
  capturedStatus: 0x41,
  firstStage: 0x30,
  damagedInstructions: 12,
  // SHA instructions need another QEMU: below.
  digests: [0, cpuFeatures.x86Sse2.code, cpuFeatures.x86Avx2.code],
  // A page that is not mapped.
  failing: { wild: 0x5000_0000n },
  exception: exceptionLine(14, '0x200[0-9a-f]+', '0x50000000'),
});

keepsX86Promises(machine, { captured, idtLimit: 0xfff });

test('an address that is none leads to the policy, with its error code off the stack', () => {
  const { serial } = machine.run({ wild: 0x8000_0000_0000_0000n });
  expect(message(serial)[0]).toMatch(/exception 13 .* instruction 0x200[0-9a-f]+, address 0x0$/);
});

// The switch of CR4.OSFXSR can be seen without the instructions: the vector loads before the first
// of them go through, and it is that one which is unknown.
test('SHA instructions on a CPU without them end in the policy, after the vector loads', () => {
  const { serial } = machine.run({ features: cpuFeatures.x86Sha.code, cpu: 'max,-sha-ni' });
  const at = /exception 6 .* instruction 0x([0-9a-f]+),/.exec(message(serial)[0] ?? '');
  const offset = Number.parseInt(at?.[1] ?? '', 16) - machine.standIn.base;
  const image = machine.image();
  // SHA256RNDS2 is 0f 38 cb, after at most one REX prefix.
  expect([...image.subarray(offset, offset + 4)].join(' ')).toMatch(/\b15 56 203\b/);
});

/** A QEMU whose translator knows the SHA instructions: 10 does, 7.2 does not. */
function newerQemu(): string | undefined {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = process.env.CRASHSEAL_CACHE ?? join(cache, 'crashseal');
  const unpacked = join(folder, 'qemu-10/qemu-system-x86_64');
  const candidates = [process.env.CRASHSEAL_QEMU ?? 'qemu-system-x86_64', unpacked];
  return candidates.find((program) => {
    const { stdout } = spawnSync(program, ['-version'], { encoding: 'utf8' });
    return Number(/version (\d+)\./.exec(stdout ?? '')?.[1] ?? 0) >= 10;
  });
}

const newer = newerQemu();
if (newer === undefined)
  console.warn('skipped: SHA instructions in purgatory need QEMU 10 (setup/newer-qemu.sh)');

describe.skipIf(newer === undefined)('with the SHA instructions', () => {
  const setting = { features: cpuFeatures.x86Sha.code, program: newer ?? '' };

  test('a sound image is entered, with the control registers as they were', () => {
    expect(machine.run(setting).serial).toMatch(captured);
  });

  test('one flipped bit is found', () => {
    const { serial } = machine.run({ ...setting, damage: initramfsOffset + 77 });
    expect(message(serial)[0]).toContain('corrupt region "initramfs.base"');
  });
});
