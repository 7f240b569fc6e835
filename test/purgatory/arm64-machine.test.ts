/**
 * The shipped arm64 image in a real machine state, without Linux: what stands for a crashed kernel enters it at EL1, at
 * EL2 and at EL2 with VHE, and a few instructions that print registers stand for the capture kernel.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const purgatory = 'out/native/arm64/purgatory.bin';
const stand = (name: string): string => `out/native/arm64/test/${name}.bin`;
const base = 0x4300_0000;
const kernelOffset = 0x20000;
const initramfsOffset = 0x21000;
const memorySize = 0x80000;
const argument = 0xb00b_5000n;
const folder = mkdtempSync(join(tmpdir(), 'purgatory-arm64-'));

beforeAll(() => makeNative(purgatory, stand('crashed'), stand('capture')));
afterAll(() => rmSync(folder, { recursive: true }));

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
type Level = keyof typeof levels;
const every = Object.keys(levels) as readonly Level[];

type Setting = {
  readonly level?: Level;
  readonly features?: number;
  readonly steps?: readonly ReturnType<typeof step>[];
  /** Offset of a byte to damage after all is sealed. */
  readonly damage?: number;
  /** A region more, outside what is loaded. */
  readonly wild?: bigint;
};

/** What the loader leaves in memory, from `base` on, and a word for the stand-in. */
function memory(setting: Setting): Uint8Array {
  const out = new Uint8Array(memorySize + 4);
  const image = new Uint8Array(readFileSync(purgatory));
  const capture = new Uint8Array(readFileSync(stand('capture')));
  out.set(image);
  out.set(capture, kernelOffset);
  for (let i = initramfsOffset; i < memorySize; i++) out[i] = (i * 31) & 0xff;
  const { vhe, conduit } = levels[setting.level ?? 'el1'];
  out[memorySize] = vhe;

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
  const features = BigInt(cpuFeatures[conduit].code | (setting.features ?? 0));

  patch(purgatoryHead, out, 0, 'consoleKind', consoles.pl011.code);
  patch(purgatoryHead, out, 0, 'consoleBase', 0x900_0000n);
  patch(purgatoryHead, out, 0, 'stepCount', steps.length);
  patch(purgatoryHead, out, 0, 'steps', stepTable(steps));
  patch(purgatoryHead, out, 0, 'profile', 'lab');
  patch(purgatoryHead, out, 0, 'cpuFeatures', features);
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

/** What came on the UART; a machine that does not switch itself off or reset in time is an error. */
function run(setting: Setting): string {
  const name = join(folder, `${runs++}`);
  writeFileSync(`${name}.bin`, memory(setting));
  const { machine, cpu } = levels[setting.level ?? 'el1'];
  const program = process.env.CRASHSEAL_QEMU_ARM64 ?? 'qemu-system-aarch64';
  const options = words`
    -nodefaults -no-user-config -display none -m 64M -no-reboot
    -accel tcg -machine ${machine} -cpu ${cpu}
    -kernel ${stand('crashed')} -serial file:${name}.serial
    -device loader,file=${name}.bin,addr=${base},force-raw=on
  `;
  const qemu = spawnSync(program, options, {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  if (qemu.error) throw new Error(`${qemu.error.message}: ${readFileSync(`${name}.serial`)}`);
  expect(qemu.status, qemu.stderr).toBe(0);
  return readFileSync(`${name}.serial`, 'latin1');
}

/** The text of the message, with the digests left out. */
const message = (serial: string): string[] =>
  serial
    .split('\r\n')
    .map((line) => line.replace(/[0-9a-f]{64}/, 'DIGEST'))
    .filter((line) => line !== '');

describe.each(every)('at %s', (level) => {
  const captured = `capture x0=00000000b00b5000 others=0000000000000000 el=000000000000000${levels[level].level} sctlr=0000000000000000 daif=00000000000003c0 \n`;

  test.each([0, cpuFeatures.arm64Sha2.code])(
    'a sound image enters the capture kernel as it wants, in silence (features %i)',
    (features) => {
      expect(run({ level, features })).toBe(captured);
    },
  );

  test.each([0, cpuFeatures.arm64Sha2.code])(
    'one flipped bit is told, and the machine is reset (features %i)',
    (features) => {
      const serial = run({ level, features, damage: memorySize - 17 });
      expect(message(serial)).toEqual([
        'crashseal: corrupt region "initramfs.base" of profile "lab", 0x5effc bytes at 0x43021003',
        'crashseal: expected DIGEST (when sealed)',
        'crashseal: found    DIGEST',
        'crashseal: the capture kernel is not started',
        'crashseal: policy: reset',
      ]);
    },
  );

  test('an exception on the way is told, with caches on, and the machine is reset', () => {
    // No memory is there: mapped as the others, so that the read itself fails.
    const serial = run({ level, wild: 0x30_0000_0000n });
    expect(message(serial)).toEqual([
      expect.stringMatching(
        /^crashseal: exception 37 on the way to the capture kernel of profile "lab", instruction 0x4300[0-9a-f]{4}, address 0x300000000[0-9a-f]$/,
      ),
      'crashseal: the capture kernel is not started',
      'crashseal: policy: reset',
    ]);
  });

  test('a damaged policy is no policy: a reset without a word', () => {
    expect(run({ level, damage: purgatoryHead.fields.steps.offset })).toBe('');
  });

  test('damaged instructions are summed before they run: a reset without a word', () => {
    expect(run({ level, damage: purgatoryHeadSize + 0x200 })).toBe('');
  });
});
