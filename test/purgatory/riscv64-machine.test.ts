/**
 * The shipped riscv64 image in a real machine state, without Linux: what stands for a crashed kernel enters it by a
 * trap on QEMU's own firmware, and a few instructions that print registers stand for the capture kernel.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patch } from '../../pipeline/format/layout.ts';
import {
  consoles,
  cpuFeatures,
  purgatoryHead,
  purgatoryHeadSize,
} from '../../pipeline/format/purgatory-layout.ts';
import { words } from '../../pipeline/units/words.ts';
import { sha256 } from '../fixtures/bytes.ts';
import {
  digestLive,
  digestStatic,
  regionTable,
  step,
  stepTable,
} from '../fixtures/purgatory-head.ts';
import { makeNative } from './native.ts';

const purgatory = 'out/native/riscv64/purgatory.bin';
const stand = (name: string): string => `out/native/riscv64/test/${name}.bin`;
const base = 0x8200_0000;
const kernelOffset = 0x20000;
const initramfsOffset = 0x21000;
const memorySize = 0x40000;
const argument = 0xb00b_5000n;
const folder = mkdtempSync(join(tmpdir(), 'purgatory-riscv64-'));

beforeAll(() => makeNative(purgatory, stand('crashed'), stand('capture')));
afterAll(() => rmSync(folder, { recursive: true }));

type Setting = {
  readonly features?: number;
  readonly steps?: readonly ReturnType<typeof step>[];
  /** Offset of a byte to damage after all is sealed. */
  readonly damage?: number;
  /** A region more, outside what is loaded. */
  readonly wild?: bigint;
  readonly console?: keyof typeof consoles;
  /** As QEMU's `-cpu` and `-smp` take them. */
  readonly cpu?: string;
};

/** What the loader leaves in memory, from `base` on. */
function memory(setting: Setting): Uint8Array {
  const out = new Uint8Array(memorySize);
  const image = new Uint8Array(readFileSync(purgatory));
  const capture = new Uint8Array(readFileSync(stand('capture')));
  out.set(image);
  out.set(capture, kernelOffset);
  for (let i = initramfsOffset; i < memorySize; i++) out[i] = (i * 31) & 0xff;

  const region = (name: string, start: number, end: number) => ({
    name,
    flags: 0,
    start: BigInt(base + start),
    size: BigInt(end - start),
    digest: sha256(out.subarray(start, end)),
  });
  const regions = [
    region('purgatory', purgatoryHeadSize, image.length),
    region('kernel', kernelOffset, kernelOffset + capture.length),
    region('initramfs.base', initramfsOffset + 3, memorySize - 1),
  ];
  if (setting.wild !== undefined)
    regions.push({ ...region('wild', 0, 0), start: setting.wild, size: 64n });
  const steps = setting.steps ?? [step('message'), step('reset')];

  patch(purgatoryHead, out, 0, 'consoleKind', consoles[setting.console ?? 'memoryUart'].code);
  patch(purgatoryHead, out, 0, 'consoleBase', 0x1000_0000n);
  patch(purgatoryHead, out, 0, 'stepCount', steps.length);
  patch(purgatoryHead, out, 0, 'steps', stepTable(steps));
  patch(purgatoryHead, out, 0, 'profile', 'lab');
  patch(purgatoryHead, out, 0, 'cpuFeatures', BigInt(setting.features ?? 0));
  patch(purgatoryHead, out, 0, 'kernelEntry', BigInt(base + kernelOffset));
  patch(purgatoryHead, out, 0, 'kernelArgument', argument);
  patch(purgatoryHead, out, 0, 'crashStart', setting.wild === undefined ? BigInt(base) : 0n);
  patch(purgatoryHead, out, 0, 'crashSize', setting.wild === undefined ? BigInt(memorySize) : 0n);
  patch(purgatoryHead, out, 0, 'regionCount', regions.length);
  patch(purgatoryHead, out, 0, 'regions', regionTable(regions));
  digestStatic(out);
  digestLive(out);
  if (setting.damage !== undefined) out[setting.damage] = (out[setting.damage] ?? 0) ^ 0x40;
  return out;
}

let runs = 0;

/** A QEMU command line, and the file that the UART's output goes to. */
function machine(setting: Setting): readonly [string, readonly string[], string] {
  const name = join(folder, `${runs++}`);
  writeFileSync(`${name}.bin`, memory(setting));
  const program = process.env.CRASHSEAL_QEMU_RISCV64 ?? 'qemu-system-riscv64';
  const options = words`
    -nodefaults -no-user-config -display none -m 64M -no-reboot
    -accel tcg -machine virt -cpu ${setting.cpu ?? 'rv64'}
    -kernel ${stand('crashed')} -serial file:${name}.serial
    -device loader,file=${name}.bin,addr=${base},force-raw=on
  `;
  return [program, options, `${name}.serial`];
}

/** What came after the firmware's own lines, and how QEMU ended: by the finisher (0x41), or by a reset (0). */
function run(setting: Setting): { readonly serial: string; readonly status: number | null } {
  const [program, options, serial] = machine(setting);
  const qemu = spawnSync(program, options, {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  if (qemu.error) throw qemu.error;
  return { serial: afterFirmware(readFileSync(serial, 'latin1')), status: qemu.status };
}

/** OpenSBI's table ends with the delegated exceptions. */
const afterFirmware = (text: string): string =>
  text.slice(text.search(/(?<=Boot HART MEDELEG[^\n]*\n)/));

/** The text of the message, with the digests left out. */
const message = (serial: string): string[] =>
  serial
    // The firmware's console adds a carriage return of its own.
    .split(/\r+\n/)
    .map((line) => line.replace(/[0-9a-f]{64}/, 'DIGEST'))
    .filter((line) => line !== '');

/** Bytes of code before the sum that is taken of all that follows (entry.S). */
const firstStage = 0x88;

const captured =
  /^capture a0=0{16} a1=00000000b00b5000 others=0{16} satp=0{16} sie=0{16} sstatus\.sie=0{16} \n$/;

test('a sound image, reached by a trap, enters the capture kernel as it wants, in silence', () => {
  const { serial, status } = run({});
  expect(serial).toMatch(captured);
  expect(status).toBe(0x41);
});

describe('one flipped bit', () => {
  test.each([
    // A constant: instructions are summed first, below.
    ['purgatory', () => readFileSync(purgatory).indexOf(' (when loaded)')],
    ['kernel', () => kernelOffset],
    ['initramfs.base', () => memorySize - 2],
  ])('in %s is named and the machine is reset', (name, damage) => {
    const { serial, status } = run({ damage: damage() });
    expect(message(serial)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^crashseal: corrupt region "${name}" of profile "lab", 0x[0-9a-f]+ bytes at 0x820`,
        ),
      ),
      'crashseal: expected DIGEST (when sealed)',
      'crashseal: found    DIGEST',
      'crashseal: the capture kernel is not started',
      'crashseal: policy: reset',
    ]);
    expect(status).toBe(0);
  });

  // A few instructions look at all others first: a damaged one may do anything.
  test('in an instruction resets the machine before any of them is run, whichever it is', () => {
    const summed = purgatoryHeadSize + firstStage;
    const end = summed + 4 + readFileSync(purgatory).readUInt32LE(summed);
    expect(end).toBeGreaterThan(0x3000);
    for (let k = 0; k < 12; k++) {
      const damage = summed + Math.floor(((end - 1 - summed) * k) / 11);
      const { serial, status } = run({ damage, steps: [step('message'), step('halt')] });
      expect([damage, serial, status]).toEqual([damage, '', 0]);
    }
  });

  test('in the live parameters is reported by the intact policy', () => {
    const { serial, status } = run({ damage: 0x308 });
    expect(message(serial)[0]).toBe(
      'crashseal: corrupt region "purgatory parameters" of profile "lab", 0xd00 bytes at 0x82000300',
    );
    expect(status).toBe(0);
  });

  test('in the policy itself resets without a word', () => {
    expect(run({ damage: 0x78 })).toEqual({ serial: '', status: 0 });
  });
});

describe('the policy', () => {
  test("speaks on the firmware's console where the profile says so", () => {
    const { serial, status } = run({ damage: kernelOffset, console: 'sbi' });
    expect(message(serial)[0]).toContain('crashseal: corrupt region "kernel"');
    expect(message(serial).at(-1)).toBe('crashseal: policy: reset');
    expect(status).toBe(0);
  });

  test('halts where the profile says so, and burns no CPU', async () => {
    const steps = [step('message'), step('halt')];
    const [program, options, serial] = machine({ damage: kernelOffset, steps });
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

describe('an exception', () => {
  test('leads to the policy: an address where nothing is', () => {
    const { serial, status } = run({ wild: 0x5_0000n });
    expect(message(serial)).toEqual([
      expect.stringMatching(
        /^crashseal: exception 5 on the way to the capture kernel of profile "lab", instruction 0x8200[0-9a-f]+, address 0x5000[0-3]$/,
      ),
      'crashseal: the capture kernel is not started',
      'crashseal: policy: reset',
    ]);
    expect(status).toBe(0);
  });

  test("leads to the policy: memory that is the firmware's own", () => {
    const { serial } = run({ wild: 0x8000_0000n });
    expect(message(serial)[0]).toMatch(/exception 5 .* address 0x8000000[0-3]$/);
  });

  test('leads to the policy: an instruction that the hart does not have', () => {
    const features = cpuFeatures.riscv64Zknh.code;
    const { serial, status } = run({ features, cpu: 'rv64,zknh=false' });
    expect(message(serial)[0]).toMatch(/exception 2 .* instruction 0x8200[0-9a-f]+/);
    expect(message(serial).at(-1)).toBe('crashseal: policy: reset');
    expect(status).toBe(0);
  });
});

describe('with the instructions of Zknh', () => {
  const setting = { features: cpuFeatures.riscv64Zknh.code, cpu: 'rv64,zknh=true' };

  test('a sound image is entered', () => {
    expect(run(setting).serial).toMatch(captured);
  });

  test('one flipped bit is found', () => {
    const { serial } = run({ ...setting, damage: initramfsOffset + 77 });
    expect(message(serial)[0]).toContain('corrupt region "initramfs.base"');
  });
});
