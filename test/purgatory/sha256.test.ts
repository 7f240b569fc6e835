import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { byParts, sha256 } from '../fixtures/bytes.ts';
import { makeNative, runNative, runnersOf, words } from './native.ts';

type Request = {
  readonly features: number;
  readonly offset: number;
  readonly size: number;
  /** Bytes given at a time; 0 is all at once, `byPartsStep` the digest by parts. */
  readonly step: number;
};

/** Bytes without a pattern that a swapped word would survive; the same on each run. */
function noise(size: number): Uint8Array {
  let state = 0x2545f491;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const byPartsStep = 0xffff_ffff;
const data = noise(70_000);

function digests(run: (input: Uint8Array) => string, requests: readonly Request[]): string[] {
  const table = requests.map((r) => words(r.features, r.offset, r.size, r.step));
  return run(joinBytes([words(requests.length), ...table, data]))
    .trim()
    .split('\n');
}

function expected({ offset, size, step }: Request): string {
  const bytes = data.subarray(offset, offset + size);
  return digestOf(step === byPartsStep ? byParts(bytes) : sha256(bytes));
}

/** Every length around the block and padding borders at each alignment, then longer ones, then in steps. */
function requests(features: number): Request[] {
  const all: Request[] = [];
  for (let size = 0; size <= 260; size++) all.push({ features, offset: size % 17, size, step: 0 });
  for (let offset = 0; offset < 16; offset++)
    for (const size of [55, 56, 63, 64, 65, 1000, 4096])
      all.push({ features, offset, size, step: 0 });
  for (const size of [5000, 16_384, 65_535, 65_536, 69_000])
    all.push({ features, offset: 3, size, step: 0 });
  for (let step = 1; step <= 130; step++) all.push({ features, offset: 1, size: 1000, step });
  for (const size of [65_535, 65_536, 65_537, 66_559, 66_560, 66_561, 69_000])
    all.push({ features, offset: size % 17, size, step: byPartsStep });
  return all;
}

const hasInstructions = (): boolean => /\bsha_ni\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

describe.each(runnersOf('sha256-vectors'))('SHA-256 on $name', ({ name, run }) => {
  test('plain C agrees with node:crypto', () => {
    const asked = requests(0);
    expect(digests(run, asked)).toEqual(asked.map(expected));
  });

  test.skipIf(name !== 'host' || !hasInstructions())(
    "the CPU's own instructions agree with node:crypto",
    () => {
      const asked = requests(cpuFeatures.x86Sha.code);
      expect(digests(run, asked)).toEqual(asked.map(expected));
    },
  );
});

test('the instructions of arm64, under emulation, agree with node:crypto, as plain C does there', () => {
  const program = 'out/native/arm64/test/sha256-vectors';
  makeNative(program);
  for (const features of [0, cpuFeatures.arm64Sha2.code]) {
    const asked = requests(features);
    const run = (input: Uint8Array) => runNative(['qemu-aarch64-static', program], input);
    expect(digests(run, asked)).toEqual(asked.map(expected));
  }
});

test('the instructions of riscv64, under emulation, agree with node:crypto, as plain C does there', () => {
  const program = 'out/native/riscv64/test/sha256-vectors';
  makeNative(program);
  const { riscv64Zbb, riscv64Zknh } = cpuFeatures;
  // Each by a hart that has nothing else: instructions of another one would end the program.
  for (const [features, cpu] of [
    [0, 'rv64,zbb=false,zknh=false'],
    [riscv64Zbb.code, 'rv64,zbb=true,zknh=false'],
    [riscv64Zknh.code, 'rv64,zbb=false,zknh=true'],
  ] as const) {
    const asked = requests(features);
    const run = (input: Uint8Array) =>
      runNative(['qemu-riscv64-static', '-cpu', cpu, program], input);
    expect(digests(run, asked)).toEqual(asked.map(expected));
  }
});

test('the benchmark tells megabytes per second as JSON', () => {
  makeNative('out/native/host/bench-sha256');
  const told = JSON.parse(runNative(['out/native/host/bench-sha256'], new Uint8Array()));
  expect(told.plainMBps).toBeGreaterThan(0);
  if (hasInstructions()) expect(told.instructionsMBps).toBeGreaterThan(0);
});
