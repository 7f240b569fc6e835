/** What purgatory promises on PCs of 64 bits and of 32, beside what it does on every architecture. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { step } from '../fixtures/purgatory-head.ts';
import { kernelOffset, message, type PurgatoryMachine, type Setting } from './stand-in.ts';

/** The CPU's registers, as QEMU's monitor prints them, once COM1 has said `text`. */
async function registersAfter(
  machine: PurgatoryMachine,
  setting: Setting,
  text: string,
): Promise<string> {
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
async function serialWithNmis(
  machine: PurgatoryMachine,
  setting: Setting,
  idtLimit: number,
): Promise<string> {
  const [program, options, serial] = machine.start(setting);
  const qemu = spawn(program, [...options, '-monitor', 'stdio']);
  const ended = new Promise((resolve) => qemu.on('close', resolve));
  let printed = '';
  qemu.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString('latin1');
  });
  try {
    // Purgatory's own IDT is the first of that size; the last NMI comes well before the checks are through.
    const own = new RegExp(`IDT= +[0-9a-f]+ ${idtLimit.toString(16).padStart(8, '0')}`);
    while (!own.test(printed)) {
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

export function keepsX86Promises(
  machine: PurgatoryMachine,
  { captured, idtLimit }: { readonly captured: RegExp; readonly idtLimit: number },
): void {
  describe('the policy', () => {
    test('tells the hypervisor', () => {
      const steps = [step('message'), step('pvpanic', 0x505n), step('halt')];
      const { serial, status } = machine.run({ damage: kernelOffset, steps });
      expect(message(serial).at(-1)).toBe('crashseal: policy: pvpanic');
      expect(status).toBe(0);
    });

    test('halts where the profile says so, and burns no CPU', async () => {
      const steps = [step('message'), step('halt')];
      const registers = await registersAfter(
        machine,
        { damage: kernelOffset, steps },
        'policy: halt\r\n',
      );
      expect(registers).toMatch(/HLT=1/);
    });
  });

  describe('vectors that the CPU does not have', () => {
    const { x86Avx2, x86Sse2 } = cpuFeatures;
    // QEMU ignores the bit of CR4 that a CPU without XSAVE answers with exception 13.
    test.each([
      ['AVX2', x86Avx2.code, 'max,-avx2'],
      ['AVX2, without XSAVE', x86Avx2.code, 'max,-xsave'],
    ])('%s: end in the policy', (_, features, cpu) => {
      const { serial, status } = machine.run({ features, cpu });
      expect(message(serial)[0]).toMatch(/exception 6 /);
      expect(message(serial).at(-1)).toBe('crashseal: policy: reset');
      expect(status).toBe(0);
    });

    test('because the dead kernel never switched them on: others take their place', () => {
      const features = x86Avx2.code | x86Sse2.code;
      expect(machine.run({ features, cpu: 'max,-avx' }).serial).toMatch(captured);
    });
  });

  test('an NMI during the checks decides nothing: the image does', async () => {
    // With an APIC, QEMU would deliver it to a pin that firmware has to unmask first.
    const setting = { zeros: 16 << 20, cpu: 'max,-apic' };
    expect(await serialWithNmis(machine, setting, idtLimit)).toMatch(captured);
    const corrupt = message(
      await serialWithNmis(machine, { ...setting, damage: kernelOffset }, idtLimit),
    );
    expect(corrupt[0]).toContain('corrupt region "kernel"');
    expect(corrupt.at(-1)).toBe('crashseal: policy: reset');
  });
}
