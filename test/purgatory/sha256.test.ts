import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { byParts, sha256 } from '../fixtures/bytes.ts';
import { s390xUserEmulator } from '../support/user-emulation.ts';
import { makeNative, runNative, words } from './native.ts';

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

/** Each by a CPU that has nothing else, as far as its emulator can leave it out: others end the program there. */
const emulated: readonly [string, readonly string[], readonly (readonly [number, string])[]][] = [
  [
    'x86_64',
    ['qemu-x86_64-static'],
    [
      [0, 'max'],
      [cpuFeatures.x86Sse2.code, 'max,-avx'],
      [cpuFeatures.x86Avx2.code, 'max'],
    ],
  ],
  [
    'i386',
    ['qemu-i386-static'],
    [
      [0, 'pentium2'],
      [cpuFeatures.x86Sse2.code, 'max,-avx'],
      [cpuFeatures.x86Avx2.code, 'max'],
    ],
  ],
  [
    'arm64',
    ['qemu-aarch64-static'],
    [
      [0, 'cortex-a57'],
      [cpuFeatures.arm64Asimd.code, 'cortex-a57'],
      [cpuFeatures.arm64Sha2.code, 'max'],
    ],
  ],
  [
    'riscv64',
    ['qemu-riscv64-static'],
    [
      [0, 'rv64,zbb=false,zknh=false'],
      [cpuFeatures.riscv64Zbb.code, 'rv64,zbb=true,zknh=false'],
      [cpuFeatures.riscv64Zknh.code, 'rv64,zbb=false,zknh=true'],
    ],
  ],
  [
    'ppc64le',
    ['qemu-ppc64le-static'],
    [
      [0, 'power8'],
      [cpuFeatures.ppc64leIsa207.code, 'power8'],
    ],
  ],
  // KIMD has a test of its own, kimd.test.ts.
  ['s390x', [s390xUserEmulator], [[0, 'max']]],
];

test.each(emulated)(
  'every-hash-implementation-agrees: those of %s, with OpenSSL as Node has it',
  (arch, emulator, cpus) => {
    const program = `out/native/${arch}/test/sha256-vectors`;
    makeNative(program);
    for (const [features, cpu] of cpus) {
      const asked = requests(features);
      const run = (input: Uint8Array) => runNative([...emulator, '-cpu', cpu, program], input);
      expect([arch, cpu, digests(run, asked)]).toEqual([arch, cpu, asked.map(expected)]);
    }
  },
);

/** What this CPU has is taken as it is, under sanitizers. */
test("every-hash-implementation-agrees: those that this host's CPU has, with OpenSSL as Node has it", () => {
  const program = 'out/native/host/sha256-vectors';
  makeNative(program);
  const run = (input: Uint8Array) => runNative([program], input);
  const flags = readFileSync('/proc/cpuinfo', 'utf8');
  const here = [
    0,
    ...(flags.includes(' sse2') ? [cpuFeatures.x86Sse2.code] : []),
    ...(flags.includes(' avx2') ? [cpuFeatures.x86Avx2.code] : []),
    ...(flags.includes(' sha_ni') ? [cpuFeatures.x86Sha.code] : []),
  ];
  for (const features of here) {
    const asked = requests(features);
    expect([features, digests(run, asked)]).toEqual([features, asked.map(expected)]);
  }
});

test('the benchmark tells megabytes per second as JSON', () => {
  makeNative('out/native/host/bench-sha256');
  const told = JSON.parse(runNative(['out/native/host/bench-sha256'], new Uint8Array()));
  expect(told['plain C']).toBeGreaterThan(0);
  for (const rate of Object.values(told)) expect(rate).toBeGreaterThan(0);
});
