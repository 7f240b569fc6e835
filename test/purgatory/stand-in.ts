/**
 * A machine without Linux: what stands for a crashed kernel enters the shipped purgatory as such a kernel does, and a
 * few instructions that print registers stand for the capture kernel. Here is what is the same for every architecture.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { encode, read } from '../../pipeline/format/layout.ts';
import {
  type PurgatoryHead,
  purgatoryHead,
  purgatoryHeadSize,
} from '../../pipeline/format/purgatory-layout.ts';
import { byParts } from '../fixtures/bytes.ts';
import {
  digestLive,
  digestStatic,
  regionTable,
  step,
  stepTable,
} from '../fixtures/purgatory-head.ts';
import { makeNative } from './native.ts';

export const kernelOffset = 0x20000;
export const initramfsOffset = 0x21000;
/** Which the capture kernel is to get. */
const argument = 0xb00b_5000n;

export type Setting = {
  readonly features?: number;
  readonly steps?: readonly ReturnType<typeof step>[];
  /** Offset of a byte to damage after all is sealed. */
  readonly damage?: number;
  /** A region more, outside what is loaded. */
  readonly wild?: bigint;
  /** A region more, checked before the kernel, of so many bytes that QEMU leaves zero. */
  readonly zeros?: number;
  /** Code in place of the capture kernel's stand-in. */
  readonly capture?: Uint8Array;
  /** Another console than the machine's first. */
  readonly console?: Partial<PurgatoryHead>;
  /** As QEMU's `-cpu` takes it. */
  readonly cpu?: string;
  readonly program?: string;
};

/** What differs by architecture. */
export type StandIn = {
  readonly arch: 'x86_64' | 'arm64' | 'riscv64' | 'i386';
  /** Where the image lies, and how much memory is its own. */
  readonly base: number;
  readonly memorySize: number;
  readonly console: Partial<PurgatoryHead>;
  /** CPU features that are always told. */
  readonly features?: number;
  /** What the stand-in for the crashed kernel reads after that memory. */
  readonly told?: Uint8Array;
  readonly program: string;
  /** QEMU's options for machine, CPU and what stands for the crashed kernel. */
  readonly options: (setting: Setting, crashed: string) => readonly string[];
  /** What is purgatory's of all that came on the console. */
  readonly said?: (serial: string) => string;
};

export type Ended = {
  readonly serial: string;
  readonly status: number | null;
  readonly stderr: string;
};
export type PurgatoryMachine = {
  readonly standIn: StandIn;
  readonly image: () => Buffer;
  /** A program and its options, and the file that the console's output goes to. */
  readonly start: (
    setting: Setting,
  ) => readonly [program: string, options: readonly string[], serial: string];
  /** Until the machine ends by itself; QEMU's status tells how. */
  readonly run: (setting: Setting) => Ended;
};

/** Of a file of tests, which it makes a folder for. */
export function purgatoryMachine(standIn: StandIn): PurgatoryMachine {
  const purgatory = `out/native/${standIn.arch}/purgatory.bin`;
  const stand = (name: string): string => `out/native/${standIn.arch}/test/${name}.bin`;
  const folder = mkdtempSync(join(tmpdir(), `purgatory-${standIn.arch}-`));
  let runs = 0;
  beforeAll(() => makeNative(purgatory, stand('crashed'), stand('capture')));
  afterAll(() => rmSync(folder, { recursive: true }));

  const image = (): Buffer => readFileSync(purgatory);
  const start: PurgatoryMachine['start'] = (setting) => {
    const name = join(folder, `${runs++}`);
    writeFileSync(
      `${name}.bin`,
      memory(standIn, setting, image(), setting.capture ?? readFileSync(stand('capture'))),
    );
    const options = [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-m', '64M', '-no-reboot'],
      ...['-accel', 'tcg', ...standIn.options(setting, stand('crashed'))],
      ...['-serial', `file:${name}.serial`],
      ...['-device', `loader,file=${name}.bin,addr=${standIn.base},force-raw=on`],
    ];
    return [setting.program ?? standIn.program, options, `${name}.serial`];
  };
  const run = (setting: Setting): Ended => {
    const [program, options, file] = start(setting);
    const qemu = spawnSync(program, options, {
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    if (qemu.error) throw qemu.error;
    const serial = readFileSync(file, 'latin1');
    return { serial: standIn.said?.(serial) ?? serial, status: qemu.status, stderr: qemu.stderr };
  };
  return { standIn, image, start, run };
}

/** What the loader leaves in memory, from the base on. */
function memory(
  { base, memorySize, console, features = 0, told = new Uint8Array() }: StandIn,
  setting: Setting,
  image: Uint8Array,
  capture: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(memorySize + told.length);
  out.set(image);
  out.set(capture, kernelOffset);
  for (let i = initramfsOffset; i < memorySize; i++) out[i] = (i * 31) & 0xff;
  out.set(told, memorySize);

  const regionOf = (name: string, start: bigint, bytes: Uint8Array) => ({
    name,
    flags: 0,
    start,
    size: BigInt(bytes.length),
    digest: byParts(bytes),
  });
  const region = (name: string, start: number, end: number) =>
    regionOf(name, BigInt(base + start), out.subarray(start, end));
  const { wild, zeros = 0 } = setting;
  const regions = [
    region('purgatory', purgatoryHeadSize, image.length),
    ...(zeros === 0 ? [] : [regionOf('zeros', BigInt(base + memorySize), new Uint8Array(zeros))]),
    region('kernel', kernelOffset, kernelOffset + capture.length),
    region('initramfs.base', initramfsOffset + 3, memorySize - 1),
    ...(wild === undefined ? [] : [regionOf('wild', wild, new Uint8Array(64))]),
  ];
  const steps = setting.steps ?? [step('message'), step('reset')];
  const head: Partial<PurgatoryHead> = {
    ...(setting.console ?? console),
    stepCount: steps.length,
    steps: stepTable(steps),
    profile: 'lab',
    cpuFeatures: BigInt(features | (setting.features ?? 0)),
    kernelEntry: BigInt(base + kernelOffset),
    kernelArgument: argument,
    // Without one, what lies outside of it is no fault by itself.
    crashStart: wild === undefined ? BigInt(base) : 0n,
    crashSize: wild === undefined ? BigInt(memorySize + zeros) : 0n,
    regionCount: regions.length,
    regions: regionTable(regions),
  };
  out.set(encode(purgatoryHead, { ...read(purgatoryHead, out), ...head }));
  digestStatic(out);
  digestLive(out);
  if (setting.damage !== undefined) out[setting.damage] = (out[setting.damage] ?? 0) ^ 0x40;
  return out;
}

/** The text of the message, with the digests left out. */
export const message = (serial: string): readonly string[] =>
  serial
    // A firmware's console adds a carriage return of its own.
    .split(/\r+\n/)
    .map((line) => line.replace(/[0-9a-f]{64}/, 'DIGEST'))
    .filter((line) => line !== '');
