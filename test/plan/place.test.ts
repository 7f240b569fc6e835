import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { s390x } from '../../pipeline/arch/s390x/s390x.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { placeParts, regionNeeded } from '../../pipeline/plan/place.ts';
import { isAligned } from '../../pipeline/units/units.ts';
import { partOf } from '../fixtures/plan-of.ts';

const MiB = 1n << 20n;

describe('the places of a bundle with a direct kernel', () => {
  const parts = [
    partOf('kernel', 'kernel', 50n * MiB + 5n, { align: 2n * MiB }),
    partOf('initramfs.base', 'initramfs', 3n * MiB + 1n),
    partOf('initramfs.overlay', 'initramfs', 700n),
    partOf('elfcorehdr', 'elfcorehdr', 9000n),
    partOf('purgatory', 'purgatory', 0x6000n),
    partOf('boot_params', 'bootParams', 0x2000n),
  ];
  const placed = placeParts(parts, x86_64.placement);
  const at = (name: string) => placed.find((entry) => entry.part.name === name);

  test('put the kernel at the first 2 MiB', () => {
    expect(at('kernel')?.place).toBe(2n * MiB);
  });

  test('put the overlay on the page after the base, in its group', () => {
    const base = at('initramfs.base');
    const overlay = at('initramfs.overlay');
    expect(overlay?.place).toBe((base?.place ?? 0n) + (base?.memsz ?? 0n));
    expect(overlay?.group).toBe(base?.group);
    expect(overlay?.group).not.toBe(at('kernel')?.group);
  });

  test('put what is small below the kernel', () => {
    for (const name of ['elfcorehdr', 'purgatory', 'boot_params'])
      expect(at(name)?.place).toBeLessThan(2n * MiB);
  });
});

describe('the places of an s390x bundle', () => {
  const placesOf = (kernelSize: bigint) => {
    const parts = [
      partOf('kernel', 'kernel', kernelSize, { fixedPlace: 0x10000n }),
      partOf('initramfs.base', 'initramfs', 3n * MiB + 1n),
      partOf('initramfs.overlay', 'initramfs', 700n),
      partOf('elfcorehdr', 'elfcorehdr', 9000n),
      partOf('purgatory', 'purgatory', 0x6000n, { fixedPlace: 0x2000n }),
    ];
    const placed = placeParts(parts, s390x.placement);
    return {
      places: Object.fromEntries(placed.map((entry) => [entry.part.name, entry.place])),
      needed: regionNeeded(placed, s390x.placement.granularity),
    };
  };

  test('keep what is fixed, and the initramfs 8 MiB up', () => {
    expect(placesOf(2n * MiB)).toEqual({
      places: {
        kernel: 0x10000n,
        'initramfs.base': 8n * MiB,
        'initramfs.overlay': 11n * MiB + 0x1000n,
        elfcorehdr: 11n * MiB + 0x2000n,
        purgatory: 0x2000n,
      },
      needed: 12n * MiB,
    });
  });

  test('put the initramfs on the mebibyte after a large kernel', () => {
    expect(placesOf(9n * MiB).places['initramfs.base']).toBe(10n * MiB);
  });
});

const arbitraryParts = fc
  .record({
    kernel: fc.bigInt(1n, 120n * MiB),
    kernelAlign: fc.constantFrom(0x1000n, 0x10000n, 2n * MiB, 16n * MiB),
    initramfs: fc.array(fc.bigInt(1n, 64n * MiB), { maxLength: 2 }),
    small: fc.array(fc.bigInt(1n, 3n * MiB), { maxLength: 5 }),
  })
  .map(({ kernel, kernelAlign, initramfs, small }) => [
    partOf('kernel', 'kernel', kernel, { align: kernelAlign }),
    ...initramfs.map((size, i) => partOf(`initramfs.${i}`, 'initramfs', size)),
    ...small.map((size, i) => partOf(`small.${i}`, 'purgatory', size)),
  ]);

test('places are aligned, disjoint, after the control pages and within the size needed', () => {
  fc.assert(
    fc.property(arbitraryParts, fc.constantFrom(0x1000n, 0x10000n), (parts, pageSize) => {
      const placed = placeParts(parts, { ...x86_64.placement, pageSize });
      expect(placed.map((entry) => entry.part)).toEqual(parts);
      const sorted = placed.toSorted((a, b) => (a.place < b.place ? -1 : 1));
      let end = x86_64.placement.reserve;
      for (const { part, place, memsz } of sorted) {
        expect(place).toBeGreaterThanOrEqual(end);
        expect(isAligned(place, part.align)).toBe(true);
        expect(isAligned(place, pageSize)).toBe(true);
        expect(memsz).toBeGreaterThanOrEqual(part.memorySize);
        end = place + memsz;
      }
      expect(regionNeeded(placed, 1n)).toBe(end);
    }),
  );
});
