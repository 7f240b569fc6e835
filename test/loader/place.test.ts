import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { anySeal } from '../fixtures/sample-seal.ts';
import { sampleSeal } from '../fixtures/x86-64-bundle.ts';
import { loaderDriver } from '../support/loader-host.ts';

const folder = 'out/test/loader-place';
let core: string;
beforeAll(() => {
  core = loaderDriver('core');
  mkdirSync(folder, { recursive: true });
}, 120_000);

type Room = {
  readonly start: bigint;
  readonly size: bigint;
  readonly keepFree?: bigint;
  readonly memory?: bigint;
  readonly taken?: readonly (readonly [bigint, bigint])[];
};

/** Addresses, or the status that placing stops with. */
function place(seal: Seal, room: Room): readonly bigint[] | string {
  writeFileSync(`${folder}/seal.bin`, encodeSeal(seal));
  const { start, size, keepFree = 0n, memory = 0n, taken = [] } = room;
  const numbers = [start, size, keepFree, memory, ...taken.flat()].map((value) => `${value}`);
  const done = spawnSync(core, ['place', `${folder}/seal.bin`, ...numbers], { encoding: 'utf8' });
  if (done.status === null || /Sanitizer|runtime error/.test(done.stderr))
    throw new Error(done.stderr);
  return done.status === 0
    ? done.stdout.trim().split('\n').map(BigInt)
    : (done.stderr.split(':')[0] ?? '');
}

const placed = (seal: Seal, room: Room): readonly bigint[] => {
  const addresses = place(seal, room);
  if (typeof addresses === 'string') throw new Error(addresses);
  return addresses;
};
const start = 0x2c00_0000n;
const size = 0x800_0000n;

/** What a kernel, and whoever reads the segments, relies on. */
function check(seal: Seal, room: Room, addresses: readonly bigint[]): void {
  const ranges = seal.segments.map((segment, index) => {
    const mem = addresses[index] ?? -1n;
    return { segment, mem, end: mem + segment.memsz };
  });
  for (const [index, { segment, mem, end }] of ranges.entries()) {
    expect(mem % segment.align).toBe(0n);
    expect(mem >= room.start && end <= room.start + room.size).toBe(true);
    expect(mem >= segment.minAddress).toBe(true);
    for (const [from, to] of room.taken ?? []) expect(mem < to && from < end).toBe(false);
    for (const other of ranges.slice(0, index)) {
      expect(mem < other.end && other.mem < end).toBe(false);
      if (segment.flags.includes('fixed')) expect(mem).toBe(room.start + segment.place);
      if (other.segment.group === segment.group)
        expect(mem - other.mem).toBe(segment.place - other.segment.place);
    }
  }
}

describe('segments', () => {
  test('get their planned places in an empty region', () => {
    expect(placed(sampleSeal, { start, size })).toEqual(
      sampleSeal.segments.map((segment) => start + segment.place),
    );
  });

  test('get the lowest hole that fits when something is in the way', () => {
    const taken = [[start + 0x1f_e000n, start + 0x1f_f000n]] as const;
    const addresses = placed(sampleSeal, { start, size, taken });
    check(sampleSeal, { start, size, taken }, addresses);
    expect(addresses[3]).toBe(start);
    expect(addresses.toSpliced(3, 1)).toEqual(
      sampleSeal.segments.toSpliced(3, 1).map((segment) => start + segment.place),
    );
  });

  test('of a group move together', () => {
    const taken = [[start + 0x41_2000n, start + 0x41_3000n]] as const;
    const addresses = placed(sampleSeal, { start, size, taken });
    expect((addresses[2] ?? 0n) - (addresses[1] ?? 0n)).toBe(0x1_2000n);
    expect(addresses[1]).not.toBe(start + 0x40_0000n);
  });

  test('do not drive each other out of planned places', () => {
    // Only the kernel cannot stay: the region is not aligned for it.
    const room = { start: start + 0x1000n, size };
    const addresses = placed(sampleSeal, room);
    check(sampleSeal, room, addresses);
    expect(addresses[3]).toBe(room.start + 0x1f_e000n);
  });

  test('with a fixed place get it, or there is none', () => {
    const fixed: Seal = {
      ...sampleSeal,
      segments: sampleSeal.segments.map((one, index) => ({
        ...one,
        flags: index === 0 ? ['fixed'] : [],
      })),
    };
    expect(placed(fixed, { start, size })).toEqual(placed(sampleSeal, { start, size }));
    const where = (sampleSeal.segments[0]?.place ?? 0n) + start;
    const other = { start: start + 0x1000n, size };
    expect(placed(sampleSeal, other)).not.toEqual([]);
    expect(place(fixed, other)).toBe('no-place');
    expect(place(fixed, { start, size, taken: [[where, where + 0x1000n]] })).toBe('no-place');
    // Something else in the way of the others is none of its business.
    const taken = [[start + 0x41_2000n, start + 0x41_3000n]] as const;
    expect(placed(fixed, { start, size, taken })[0]).toBe(where);
  });

  test('leave what the running kernel needs', () => {
    const occupied = sampleSeal.segments.reduce((sum, { memsz }) => sum + memsz, 0n);
    const room = { start, size: sampleSeal.crashSize };
    expect(place(sampleSeal, { ...room, keepFree: room.size - occupied })).not.toBeTypeOf('string');
    expect(place(sampleSeal, { ...room, keepFree: room.size - occupied + 1n })).toBe(
      'crash-region-small',
    );
    expect(place(sampleSeal, { start, size: sampleSeal.crashSize - 4096n })).toBe(
      'crash-region-small',
    );
    expect(place(sampleSeal, { start, size, memory: occupied * 2n })).not.toBeTypeOf('string');
    expect(place(sampleSeal, { start, size, memory: occupied * 2n - 2n })).toBe('no-place');
  });

  test('leave it beside what is in the way, which counts once and only inside the region', () => {
    const occupied = sampleSeal.segments.reduce((sum, { memsz }) => sum + memsz, 0n);
    const room = { start, size };
    const end = start + size;
    const taken = [
      [start - 0x1000n, start + 0x1000n],
      [end - 0x4000n, end - 0x1000n],
      [end - 0x3000n, end - 0x2000n],
      [end - 0x2000n, end + 0x8000n],
    ] as const;
    const free = size - occupied - 0x5000n;
    expect(place(sampleSeal, { ...room, taken, keepFree: free })).not.toBeTypeOf('string');
    expect(place(sampleSeal, { ...room, taken, keepFree: free + 1n })).toBe('crash-region-small');
    // Nothing of the region is left for segments: what is in the way is the reason.
    const all = [[start, end]] as const;
    expect(place(sampleSeal, { ...room, taken: all, keepFree: 1n })).toBe('no-place');
  });

  test('below their lowest address find no place, or one above it', () => {
    expect(place(sampleSeal, { start: 0x10_0000n, size: 0xf0_0000n + 0x10_0000n })).toBe(
      'crash-region-small',
    );
    const low = placed(sampleSeal, { start: 0x10_0000n, size });
    expect(low[0]).toBe(0x100_0000n);
    expect(
      place(sampleSeal, {
        start: 0x0n,
        size: sampleSeal.crashSize,
        taken: [[0x100_0000n, 0x400_0000n]],
      }),
    ).toBe('no-place');
  });
});

test('whatever is sealed, and whatever is in the way: a right placement or a refusal', () => {
  const ranges = fc.array(fc.tuple(fc.nat(1 << 16), fc.nat(64)), { maxLength: 6 });
  fc.assert(
    fc.property(anySeal, fc.nat(1 << 20), fc.nat(1 << 14), ranges, (seal, at, spare, taken) => {
      // Lowest addresses that no region here reaches would only test one refusal.
      const low = {
        ...seal,
        segments: seal.segments.map((segment) => ({
          ...segment,
          minAddress: segment.minAddress % (1n << 34n),
        })),
      };
      const room: Room = {
        start: BigInt(at) * 4096n,
        size: seal.crashSize + BigInt(spare) * 4096n,
        taken: taken.map(([first, pages]) => {
          const from = BigInt(at + first) * 4096n;
          return [from, from + BigInt(pages) * 4096n] as const;
        }),
      };
      const addresses = place(low, room);
      if (typeof addresses === 'string') expect(addresses).toBe('no-place');
      else check(low, room, addresses);
    }),
    { numRuns: 300 },
  );
});
