/** Purgatory of x86_64: entered by a ROM. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { consoles, cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { words } from '../../pipeline/units/words.ts';
import { step } from '../fixtures/purgatory-head.ts';
import { exceptionLine, keepsPromises } from './promises.ts';
import {
  initramfsOffset,
  kernelOffset,
  message,
  purgatoryMachine,
  type Setting,
} from './stand-in.ts';

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
  digests: [0],
  // A page that is not mapped.
  nowhere: 0x5000_0000n,
  exception: exceptionLine(14, '0x200[0-9a-f]+', '0x50000000'),
});

/** The CPU's registers, as QEMU's monitor prints them, once COM1 has said `text`. */
async function registersAfter(setting: Setting, text: string): Promise<string> {
  const [program, options, serial] = machine.start(setting);
  const qemu = spawn(program, [...options, '-monitor', 'stdio']);
  let printed = '';
  qemu.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString('latin1');
  });
  try {
    while (!existsSync(serial) || !readFileSync(serial, 'latin1').includes(text)) {
      if (qemu.exitCode !== null) throw new Error(`QEMU ended without saying ${text}`);
      await setTimeout(50);
    }
    // The last line is out before the CPU stops: ask until it has.
    for (let tries = 0; tries < 100 && !/HLT=1/.test(printed); tries++) {
      qemu.stdin.write('info registers\n');
      await setTimeout(50);
    }
    return printed;
  } finally {
    qemu.kill('SIGKILL');
  }
}

/** COM1, with NMIs while the regions are checked. */
async function serialWithNmis(setting: Setting): Promise<string> {
  const [program, options, serial] = machine.start(setting);
  const qemu = spawn(program, [...options, '-monitor', 'stdio']);
  const ended = new Promise((resolve) => qemu.on('close', resolve));
  let printed = '';
  qemu.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString('latin1');
  });
  try {
    // Purgatory's own IDT is the first of that size; the last NMI comes well before the checks are through.
    while (!/IDT= +[0-9a-f]+ 00000fff/.test(printed)) {
      if (qemu.exitCode !== null) throw new Error('QEMU ended before purgatory had an IDT');
      qemu.stdin.write('info registers\n');
      await setTimeout(20);
    }
    expect(readFileSync(serial, 'latin1')).toBe('');
    qemu.stdin.write('nmi\nnmi\nnmi\n');
    await ended;
    return readFileSync(serial, 'latin1');
  } finally {
    qemu.kill('SIGKILL');
  }
}

describe('the policy', () => {
  test('tells the hypervisor', () => {
    const steps = [step('message'), step('pvpanic', 0x505n), step('halt')];
    const { serial, status } = machine.run({ damage: kernelOffset, steps });
    expect(message(serial).at(-1)).toBe('crashseal: policy: pvpanic');
    expect(status).toBe(0);
  });

  test('halts where the profile says so, and burns no CPU', async () => {
    const steps = [step('message'), step('halt')];
    const registers = await registersAfter({ damage: kernelOffset, steps }, 'policy: halt\r\n');
    expect(registers).toMatch(/HLT=1/);
  });
});

test('an NMI during the checks decides nothing: the image does', async () => {
  // With an APIC, QEMU would deliver it to a pin that firmware has to unmask first.
  const setting = { zeros: 16 << 20, cpu: 'max,-apic' };
  expect(await serialWithNmis(setting)).toMatch(captured);
  const corrupt = message(await serialWithNmis({ ...setting, damage: kernelOffset }));
  expect(corrupt[0]).toContain('corrupt region "kernel"');
  expect(corrupt.at(-1)).toBe('crashseal: policy: reset');
});

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
