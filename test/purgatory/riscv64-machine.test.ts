/** Purgatory of riscv64: entered by a trap on QEMU's own firmware. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { consoles, cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { words } from '../../pipeline/units/words.ts';
import { step } from '../fixtures/purgatory-head.ts';
import { exceptionLine, keepsPromises } from './promises.ts';
import { kernelOffset, message, purgatoryMachine } from './stand-in.ts';

const machine = purgatoryMachine({
  arch: 'riscv64',
  base: 0x8200_0000,
  memorySize: 0x40000,
  console: { consoleKind: consoles.memoryUart.code, consoleBase: 0x1000_0000n },
  program: process.env.CRASHSEAL_QEMU_RISCV64 ?? 'qemu-system-riscv64',
  options: ({ cpu = 'rv64,zbb=true,zknh=true' }, crashed) =>
    words`-machine virt -cpu ${cpu} -kernel ${crashed}`,
  // OpenSBI's table ends with the delegated exceptions.
  said: (serial) => serial.slice(serial.search(/(?<=Boot HART MEDELEG[^\n]*\n)/)),
});

keepsPromises(machine, {
  captured:
    /^capture a0=0{16} a1=00000000b00b5000 others=0{16} satp=0{16} sie=0{16} sstatus\.sie=0{16} \n$/,
  // By QEMU's finisher.
  capturedStatus: 0x41,
  firstStage: 0x88,
  damagedInstructions: 12,
  digests: [0, cpuFeatures.riscv64Zknh.code, cpuFeatures.riscv64Zbb.code],
  failing: { wild: 0x5_0000n },
  exception: exceptionLine(5, '0x8200[0-9a-f]+', '0x5000[0-3]'),
});

describe('the policy', () => {
  test("speaks on the firmware's console where the profile says so", () => {
    const { serial, status } = machine.run({
      damage: kernelOffset,
      console: { consoleKind: consoles.sbi.code },
    });
    expect(message(serial)[0]).toContain('crashseal: corrupt region "kernel"');
    expect(message(serial).at(-1)).toBe('crashseal: policy: reset');
    expect(status).toBe(0);
  });

  test('halts where the profile says so, and burns no CPU', async () => {
    const steps = [step('message'), step('halt')];
    const [program, options, serial] = machine.start({ damage: kernelOffset, steps });
    const qemu = spawn(program, [...options, '-monitor', 'none']);
    try {
      while (!existsSync(serial) || !readFileSync(serial, 'latin1').includes('policy: halt\r\n')) {
        if (qemu.exitCode !== null) throw new Error('QEMU ended');
        await setTimeout(50);
      }
      await setTimeout(500);
      const before = cpuTicks(qemu.pid);
      await setTimeout(1000);
      // Of 100 a second.
      expect(cpuTicks(qemu.pid) - before).toBeLessThan(10);
    } finally {
      qemu.kill('SIGKILL');
    }
  });
});

/** User and system time of a process, in ticks of 10 ms. */
function cpuTicks(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('an exception leads to the policy', () => {
  test("at memory that is the firmware's own", () => {
    const { serial } = machine.run({ wild: 0x8000_0000n });
    expect(message(serial)[0]).toMatch(/exception 5 .* address 0x8000000[0-3]$/);
  });

  test('at an instruction that the hart does not have', () => {
    const features = cpuFeatures.riscv64Zknh.code;
    const { serial, status } = machine.run({ features, cpu: 'rv64,zknh=false' });
    expect(message(serial)[0]).toMatch(/exception 2 .* instruction 0x8200[0-9a-f]+/);
    expect(message(serial).at(-1)).toBe('crashseal: policy: reset');
    expect(status).toBe(0);
  });
});
