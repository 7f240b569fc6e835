/**
 * What a capture kernel needs, from what it said in a region that was large enough. Sizes in KiB. Pure.
 * The peak is at the end of the kernel's own start: the initramfs is there twice then, packed and unpacked, and so
 * is what is given back before init starts. Saving a dump takes less, whatever the size of the machine.
 * With `initramfs_async=0` the packed one is given back a little earlier; it is counted, so that the figure errs upwards.
 */

import { architectureOf, archNames } from '../arch/arch.ts';

/** What the console told. */
export type MemoryWords = {
  /** Free when init starts. */
  readonly freeAtStart: number;
  /** Available at the lowest, until the end. */
  readonly lowest: number;
  /** Given back after the start of the kernel, before init. */
  readonly initrd: number;
  readonly freed: number;
  /** Of the kernel's image in memory; 0 where it was not told. */
  readonly kernel: number;
};

/** Where it said that. */
export type Measured = MemoryWords & {
  readonly region: number;
  /** Pieces of memory that the region touches, and what the kernel keeps for each: {@link sectionOf}. */
  readonly sections: number;
};

const numbersIn = (text: string, pattern: RegExp): readonly number[] =>
  [...text.matchAll(pattern)].map(([, value]) => Number(value));
const sum = (all: readonly number[]): number => all.reduce((one, other) => one + other, 0);

/** `console`: of a machine that panicked. Undefined where the capture kernel did not say all of it. */
export function readMemoryWords(console: string): MemoryWords | undefined {
  const from = console.lastIndexOf('Linux version ');
  const said = from < 0 ? '' : console.slice(from);
  const [, lowest, freeAtStart] =
    /memory: (\d+) KiB were available at the lowest, (\d+) KiB free/.exec(said) ?? [];
  const freed = numbersIn(said, /Freeing unused .*?memory: (\d+)K/g);
  if (lowest === undefined || freeAtStart === undefined || freed.length === 0) return undefined;
  const parts = /Memory: .*?\(([^)]*)\)/.exec(said)?.[1] ?? '';
  return {
    lowest: Number(lowest),
    freeAtStart: Number(freeAtStart),
    freed: sum(freed),
    initrd: sum(numbersIn(said, /Freeing initrd memory: (\d+)K/g)),
    kernel: sum(numbersIn(parts, /(\d+)K (?:kernel code|rwdata|rodata|bss)/g)),
  };
}

export type Section = { readonly size: number; readonly cost: number };

/**
 * Memory has a description for each page, made for a whole section wherever a part of it is used: 64 bytes for each
 * page of 4 KiB. Undefined where an architecture's sections were not looked at.
 */
export function sectionOf(arch: string): Section | undefined {
  const known = archNames.find((name) => name === arch);
  const bits = known === undefined ? undefined : architectureOf(known).memorySectionBits;
  const size = bits === undefined ? 0 : 2 ** bits / 1024;
  return bits === undefined ? undefined : { size, cost: size / 64 };
}

/** Those that a range of addresses touches; 0 where nothing is known of them. */
export const sectionsIn = (start: bigint, end: bigint, section: Section | undefined): number =>
  section === undefined
    ? 0
    : Number((end - 1n) / BigInt(section.size * 1024) - start / BigInt(section.size * 1024)) + 1;

const mebibyte = 1024;

export type Need = {
  /** Of the kernel's start and of saving, without the descriptions of the region's own memory. */
  readonly start: number;
  readonly saving: number;
};

export function needOf(measured: Measured, section: Section | undefined): Need {
  const pages = measured.sections * (section?.cost ?? 0);
  return {
    start: measured.region - measured.freeAtStart + measured.freed + measured.initrd - pages,
    saving: measured.region - measured.lowest - pages,
  };
}

/** MiB: the smallest region in which that much is left beside the descriptions of its memory, wherever it lies. */
export function smallestRegion(need: number, section: Section | undefined): number {
  for (let size = Math.ceil(need / mebibyte); ; size += 1) {
    const most = section === undefined ? 0 : Math.ceil((size * mebibyte) / section.size) + 1;
    if (size * mebibyte >= need + most * (section?.cost ?? 0)) return size;
  }
}

/** MiB that are added, for a region that lies less well. */
export const marginMiB = 4;
/** KiB for each GiB of memory: makedumpfile's two bits for each page of 4 KiB, twice. */
export const bitmapPerGiB = 64;
/** KiB by which two runs of one machine were seen to differ: no growth is read from less. */
export const runsDiffer = 3072;
/** What is added to growth that nobody has measured. */
export const growthMargin = 0.5;

export type Growth = {
  /** KiB for each GiB of memory that the machine has more than the one that was measured. */
  readonly perGiB: number;
  /** MiB. */
  readonly from: number;
  readonly to: number;
};

/** From the same bundle in two machines; never less than what is known to be kept for each page. */
export function slopeOf(
  small: { readonly saving: number; readonly memory: number },
  large: { readonly saving: number; readonly memory: number },
): number {
  const gibibytes = (large.memory - small.memory) / mebibyte;
  const grown = large.saving - small.saving - runsDiffer;
  return Math.max(bitmapPerGiB, Math.ceil(grown / gibibytes));
}

/** KiB that are needed in the large machine: what grows is what is kept while a dump is saved. */
export function needIn({ start, saving }: Need, growth: Growth | undefined): number {
  if (growth === undefined) return Math.max(start, saving);
  const gibibytes = Math.max(0, growth.to - growth.from) / mebibyte;
  return Math.max(start, saving + Math.ceil(growth.perGiB * gibibytes * (1 + growthMargin)));
}

const step = 8;
/** MiB: what is to be reserved. `least`: what the parts of the bundle take to be placed. */
export const recommend = (smallest: number, least: number): number =>
  Math.ceil(Math.max(smallest + marginMiB, least) / step) * step;
export const nextSize = (size: number): number => size + step;
