/**
 * The shipped image in a real machine state, without Linux: a ROM enters it as a crashed kernel does,
 * and a few bytes that print registers stand for the capture kernel.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
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

const purgatory = 'out/native/x86_64/purgatory.bin';
const base = 0x2000000;
const kernelOffset = 0x20000;
const initramfsOffset = 0x21000;
const memorySize = 0x40000;
const argument = 0xb00b5000n;
const folder = mkdtempSync(join(tmpdir(), 'purgatory-machine-'));

beforeAll(() =>
  makeNative(purgatory, 'out/native/x86_64/test/crashed.bin', 'out/native/x86_64/test/capture.bin'),
);
afterAll(() => rmSync(folder, { recursive: true }));

type Setting = {
  readonly features?: number;
  readonly steps?: readonly ReturnType<typeof step>[];
  /** Offset of a byte to damage after all is sealed. */
  readonly damage?: number;
  /** A region more, outside what is loaded. */
  readonly wild?: bigint;
  /** A region more, checked before the kernel, of so many bytes that QEMU leaves zero. */
  readonly zeros?: number;
  /** As QEMU's `-cpu` takes it. */
  readonly cpu?: string;
  readonly program?: string;
};

/** What the loader leaves in memory, from `base` on. */
function memory(setting: Setting): Uint8Array {
  const out = new Uint8Array(memorySize);
  const image = new Uint8Array(readFileSync(purgatory));
  const capture = new Uint8Array(readFileSync('out/native/x86_64/test/capture.bin'));
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
  const zeros = new Uint8Array(setting.zeros ?? 0);
  if (zeros.length > 0)
    regions.splice(1, 0, {
      name: 'zeros',
      flags: 0,
      start: BigInt(base + memorySize),
      size: BigInt(zeros.length),
      digest: sha256(zeros),
    });
  const steps = setting.steps ?? [step('message'), step('reset')];
  const crashSize = BigInt(setting.wild === undefined ? memorySize + zeros.length : 0);

  patch(purgatoryHead, out, 0, 'consoleKind', consoles.portUart.code);
  patch(purgatoryHead, out, 0, 'consoleBase', 0x3f8n);
  patch(purgatoryHead, out, 0, 'consoleBaud', 115200);
  patch(purgatoryHead, out, 0, 'stepCount', steps.length);
  patch(purgatoryHead, out, 0, 'steps', stepTable(steps));
  patch(purgatoryHead, out, 0, 'profile', 'lab');
  patch(purgatoryHead, out, 0, 'cpuFeatures', BigInt(setting.features ?? 0));
  patch(purgatoryHead, out, 0, 'kernelEntry', BigInt(base + kernelOffset));
  patch(purgatoryHead, out, 0, 'kernelArgument', argument);
  patch(purgatoryHead, out, 0, 'crashStart', BigInt(base));
  patch(purgatoryHead, out, 0, 'crashSize', crashSize);
  patch(purgatoryHead, out, 0, 'regionCount', regions.length);
  patch(purgatoryHead, out, 0, 'regions', regionTable(regions));
  digestStatic(out);
  digestLive(out);
  if (setting.damage !== undefined) out[setting.damage] = (out[setting.damage] ?? 0) ^ 0x40;
  return out;
}

type Run = { readonly serial: string; readonly status: number | null; readonly stderr: string };

let runs = 0;

/** A QEMU command line, and the file that COM1 goes to. */
function machine(setting: Setting): readonly [string, readonly string[], string] {
  const name = join(folder, `${runs++}`);
  writeFileSync(`${name}.bin`, memory(setting));
  const program = setting.program ?? process.env.CRASHSEAL_QEMU ?? 'qemu-system-x86_64';
  const options = words`
    -nodefaults -no-user-config -display none -m 64M -no-reboot
    -accel tcg -cpu ${setting.cpu ?? 'max'}
    -bios out/native/x86_64/test/crashed.bin -serial file:${name}.serial
    -device isa-debug-exit,iobase=0xf4,iosize=4 -device pvpanic
    -device loader,file=${name}.bin,addr=${base},force-raw=on
  `;
  return [program, options, `${name}.serial`];
}

/** Ends by isa-debug-exit (0x41), or by a reset or a panic (0). */
function run(setting: Setting): Run {
  const [program, options, serial] = machine(setting);
  const qemu = spawnSync(program, options, {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  if (qemu.error) throw qemu.error;
  return { serial: readFileSync(serial, 'latin1'), status: qemu.status, stderr: qemu.stderr };
}

/** The CPU's registers, as QEMU's monitor prints them, once COM1 has said `text`. */
async function registersAfter(setting: Setting, text: string): Promise<string> {
  const [program, options, serial] = machine(setting);
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
  const [program, options, serial] = machine(setting);
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

/** Bytes of code before the sum that is taken of all that follows (entry.S). */
const firstStage = 0x30;

const captured =
  /^capture rsi=00000000b00b5000 rbx=0{16} cs=0{14}10 ds=0{14}18 es=0{14}18 ss=0{14}18 cr0=0000000080000031 cr4=0{14}20 df,if=0{16} \n$/;

/** The text of the message, with the digests left out. */
const message = (serial: string): string[] =>
  serial
    .split('\r\n')
    .map((line) => line.replace(/[0-9a-f]{64}/, 'DIGEST'))
    .filter((line) => line !== '');

test('a sound image enters the capture kernel as the boot protocol wants, in silence', () => {
  const { serial, status, stderr } = run({});
  expect(serial, stderr).toMatch(captured);
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
          `^crashseal: corrupt region "${name}" of profile "lab", 0x[0-9a-f]+ bytes at 0x20`,
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
      'crashseal: corrupt region "purgatory parameters" of profile "lab", 0xd00 bytes at 0x2000300',
    );
    expect(status).toBe(0);
  });

  test('in the policy itself resets without a word', () => {
    expect(run({ damage: 0x78 })).toMatchObject({ serial: '', status: 0 });
  });
});

describe('the policy', () => {
  test('tells the hypervisor', () => {
    const steps = [step('message'), step('pvpanic', 0x505n), step('halt')];
    const { serial, status } = run({ damage: kernelOffset, steps });
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

describe('an exception', () => {
  test('leads to the policy: a page that is not mapped', () => {
    const { serial, status } = run({ wild: 0x50000000n });
    expect(message(serial)).toEqual([
      expect.stringMatching(
        /^crashseal: exception 14 on the way to the capture kernel of profile "lab", instruction 0x200[0-9a-f]+, address 0x50000000$/,
      ),
      'crashseal: the capture kernel is not started',
      'crashseal: policy: reset',
    ]);
    expect(status).toBe(0);
  });

  test('leads to the policy: an address that is none, with its error code off the stack', () => {
    const { serial } = run({ wild: 0x8000_0000_0000_0000n });
    expect(message(serial)[0]).toMatch(/exception 13 .* instruction 0x200[0-9a-f]+, address 0x0$/);
  });
});

// The switch of CR4.OSFXSR can be seen without the instructions: the vector loads before the first
// of them go through, and it is that one which is unknown.
test('SHA instructions on a CPU without them end in the policy, after the vector loads', () => {
  const { serial } = run({ features: cpuFeatures.x86Sha.code, cpu: 'max,-sha-ni' });
  const at = /exception 6 .* instruction 0x([0-9a-f]+),/.exec(message(serial)[0] ?? '');
  const offset = Number.parseInt(at?.[1] ?? '', 16) - base;
  const image = readFileSync(purgatory);
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
    expect(run(setting).serial).toMatch(captured);
  });

  test('one flipped bit is found', () => {
    const { serial } = run({ ...setting, damage: initramfsOffset + 77 });
    expect(message(serial)[0]).toContain('corrupt region "initramfs.base"');
  });
});
