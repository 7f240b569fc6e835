import { describe, expect, test } from 'vitest';
import {
  bitmapPerGiB,
  needIn,
  needOf,
  readMemoryWords,
  recommend,
  runsDiffer,
  sectionOf,
  sectionsIn,
  slopeOf,
  smallestRegion,
} from '../../pipeline/prove/memory-need.ts';

/** As Debian's 6.1 writes it, after what the panicked kernel wrote. */
const consoleText = `[    3.4] Freeing unused kernel image (initmem) memory: 9999K
[    0.000000] Linux version 6.1.0-56-amd64
[    0.225813] Memory: 146352K/262144K available (14343K kernel code, 2338K rwdata, 9132K rodata, 2824K init, 17344K bss, 377116K reserved, 0K cma-reserved)
[    0.748013] Freeing SMP alternatives memory: 36K
[    2.406242] Freeing initrd memory: 6188K
[    3.451807] Freeing unused decrypted memory: 2036K
[    3.545461] Freeing unused kernel image (initmem) memory: 2824K
[    3.549619] Freeing unused kernel image (text/rodata gap) memory: 2040K
[    3.554935] Freeing unused kernel image (rodata/data gap) memory: 1108K
[    9.1] crashseal: memory: 171852 KiB were available at the lowest, 175000 KiB free at the start of init
`;
const words = {
  lowest: 171_852,
  freeAtStart: 175_000,
  freed: 8008,
  initrd: 6188,
  kernel: 43_157,
};

describe('what the console of a capture kernel tells', () => {
  test('is that of the last kernel that started', () => {
    expect(readMemoryWords(consoleText)).toEqual(words);
  });

  test.each([
    ['of a kernel that is silent', consoleText.replaceAll('Freeing unused', 'hush')],
    ['of another init', consoleText.replace('free at the start of init', '')],
    ['of a machine whose capture kernel never came', 'crashseal: corrupt region'],
  ])('%s is not enough', (_, text) => {
    expect(readMemoryWords(text)).toBeUndefined();
  });
});

const section = sectionOf('x86_64');

describe('the smallest region', () => {
  const measured = { ...words, region: 262_144, sections: 3 };

  test('is what is in use at the end of the start, when all that is given back is still there', () => {
    const three = 3 * 2048;
    expect(needOf(measured, section)).toEqual({
      start: 262_144 - 175_000 + 8008 + 6188 - three,
      saving: 262_144 - 171_852 - three,
    });
  });

  test('has room for the descriptions of its own pages, wherever it lies', () => {
    // 128 MiB have 2 MiB of them, and a small region may lie across a line between two.
    expect(smallestRegion(96 * 1024, section)).toBe(100);
    expect(smallestRegion(126 * 1024, section)).toBe(132);
    expect(smallestRegion(96 * 1024 + 1, undefined)).toBe(97);
  });

  test('touches the sections between its first and its last byte', () => {
    const at = (start: number, size: number) =>
      sectionsIn(BigInt(start) << 20n, BigInt(start + size) << 20n, section);
    expect([at(0, 128), at(0, 129), at(100, 56), at(256, 256)]).toEqual([1, 2, 2, 2]);
    expect(sectionsIn(0n, 1n << 30n, sectionOf('ia64'))).toBe(0);
  });

  test('is recommended with a margin, in steps, and never below what the parts take to be placed', () => {
    expect([recommend(100, 66), recommend(101, 66), recommend(60, 90)]).toEqual([104, 112, 96]);
  });
});

describe('a larger machine', () => {
  const need = { start: 90 * 1024, saving: 80 * 1024 };

  test('takes what a smaller one takes, until what grows is the most', () => {
    const growth = (to: number) => ({ perGiB: 64, from: 1024, to: to * 1024 });
    expect(needIn(need, undefined)).toBe(need.start);
    expect(needIn(need, growth(1))).toBe(need.start);
    expect(needIn(need, growth(65))).toBe(need.start);
    // 1024 GiB more, and half of it again.
    expect(needIn(need, growth(1025))).toBe(need.saving + 1024 * 64 * 1.5);
  });

  test('grows as it was measured, and not by less than its bitmaps', () => {
    const small = { saving: 1000, memory: 1024 };
    expect(slopeOf(small, { saving: 1800 + runsDiffer, memory: 5120 })).toBe(200);
    expect(slopeOf(small, { saving: 900, memory: 5120 })).toBe(bitmapPerGiB);
    // Else it would be 1.1 GiB for each TiB.
    expect(slopeOf(small, { saving: 1000 + runsDiffer, memory: 5120 })).toBe(bitmapPerGiB);
  });
});
