/**
 * The ELF core header is read long after the capture kernel has begun to move things. What each form moves
 * before that is written down here from the kernels' sources, and runs over places that the plan gave.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Architecture } from '../../pipeline/arch/architecture.ts';
import { s390x } from '../../pipeline/arch/s390x/s390x.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { alignUp } from '../../pipeline/units/units.ts';
import { partOf, planOf } from '../fixtures/plan-of.ts';

const page = 4096n;
const MiB = 1n << 20n;

type Range = { readonly start: bigint; readonly end: bigint };
type Sizes = {
  readonly kernel: bigint;
  readonly initramfs: readonly bigint[];
  readonly header: bigint;
  /** Of the kernel that a decompressor makes, with its bss. */
  readonly unpackedKernel: bigint;
  readonly region: bigint;
};

/** The places of a plan that passed; undefined where it did not. */
function planned(architecture: Architecture, sizes: Sizes) {
  const fixed = architecture.name === 's390x';
  const parts = [
    partOf(
      'kernel',
      'kernel',
      sizes.kernel,
      fixed ? { fixedPlace: 0x10000n } : { align: 2n * MiB, minAddress: 16n * MiB },
    ),
    ...sizes.initramfs.map((size, at) =>
      partOf(`initramfs.${at}`, 'initramfs', size, { unpackedSize: 3n * size }),
    ),
    partOf('elfcorehdr', 'elfcorehdr', sizes.header),
    partOf('purgatory', 'purgatory', 0x6000n, fixed ? { fixedPlace: 0x2000n } : {}),
  ];
  const plan = planOf(parts, sizes.region, architecture.placement);
  if (!plan.ok) return undefined;
  const ranges = plan.value.placed.map(({ part: { name }, place, memsz }) => ({
    name,
    start: place,
    end: place + memsz,
  }));
  const of = (prefix: string): Range => {
    const found = ranges.filter(({ name }) => name.startsWith(prefix));
    const starts = found.map(({ start }) => start);
    return {
      start: starts.reduce((low, at) => (at < low ? at : low)),
      end: found.map(({ end }) => end).reduce((high, at) => (at > high ? at : high)),
    };
  };
  return { header: of('elfcorehdr'), kernel: of('kernel'), initramfs: of('initramfs') };
}

type Places = NonNullable<ReturnType<typeof planned>>;

/**
 * Linux 5.10, arch/s390/boot: startup.c (`rescue_initrd`) moves the initramfs to where the unpacked kernel,
 * which is linked for 1 MiB, and the decompressor's own heap end; mem_detect.c puts its 1020 further
 * entries of 16 bytes right after it. Kernels before 5.16 do so, and those read `elfcorehdr=`.
 */
function s390xWrites({ kernel, initramfs }: Places, { unpackedKernel }: Sizes): readonly Range[] {
  const heap = 0x10000n;
  const unpackedEnd = MiB + unpackedKernel;
  const safe = alignUp((kernel.end > unpackedEnd ? kernel.end : unpackedEnd) + heap, page);
  const start = safe > initramfs.start ? safe : initramfs.start;
  const end = start + (initramfs.end - initramfs.start);
  return [
    { start: 0n, end: 0x2000n },
    { start: kernel.start, end: safe },
    { start, end },
    { start: alignUp(end, 8n), end: alignUp(end, 8n) + 1020n * 16n },
  ];
}

/**
 * arch/x86/boot/compressed/head_64.S: the compressed kernel is moved to the end of init_size, and unpacked
 * to the start of it. What a kernel without decompressor has after its file is in its segment as well.
 */
const x86Writes = ({ kernel }: Places): readonly Range[] => [kernel];

const forms = [
  { architecture: s390x, writes: s390xWrites },
  { architecture: x86_64, writes: x86Writes },
] as const;

const overlaps = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

/** 2 MB of image, as in the field: 0x800000 became 0xaa0000. */
const seen: Sizes = {
  kernel: 2n * MiB,
  initramfs: [3n * MiB + 1n, 700n],
  header: 9000n,
  unpackedKernel: 0x98_0000n,
  region: 192n * MiB,
};

const arbitrarySizes: fc.Arbitrary<Sizes> = fc.record({
  kernel: fc.bigInt(MiB, 24n * MiB),
  initramfs: fc.array(fc.bigInt(1n, 40n * MiB), { minLength: 1, maxLength: 2 }),
  header: fc.bigInt(1n, 3n * MiB),
  unpackedKernel: fc.bigInt(MiB, 24n * MiB),
  region: fc.bigInt(64n * MiB, 512n * MiB).map((size) => size & ~(MiB - 1n)),
});

describe.each(forms)('on $architecture.name', ({ architecture, writes }) => {
  test('the header is left alone by what was seen to overwrite it', () => {
    const places = planned(architecture, seen);
    if (places === undefined) throw new Error('the plan was refused');
    expect(writes(places, seen).filter((range) => overlaps(range, places.header))).toEqual([]);
  });

  test('no plan that passes puts the header where something is moved to', () => {
    let passed = 0;
    fc.assert(
      fc.property(arbitrarySizes, (sizes) => {
        const places = planned(architecture, sizes);
        if (places === undefined) return;
        passed++;
        expect(places.header.end).toBeLessThanOrEqual(sizes.region);
        expect(writes(places, sizes).filter((range) => overlaps(range, places.header))).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(passed).toBeGreaterThan(50);
  });
});
