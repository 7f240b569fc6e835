/**
 * Where in the crash region each part goes, relative to the region's start.
 * The real start is known only on the machine; the loader keeps these places when it can.
 */

import type { PlacementRules } from '../arch/architecture.ts';
import type { Component } from '../arch/component.ts';
import { alignUp } from '../units/units.ts';

export type PlacedPart = {
  readonly part: Component;
  /** From the start of the crash region. */
  readonly place: bigint;
  /** Bytes occupied: whole pages. */
  readonly memsz: bigint;
  /** Parts of one group keep their distances when the loader has to move them. */
  readonly group: number;
  /** The loader may not move it. */
  readonly fixed: boolean;
};

const isLarge = (part: Component): boolean => part.kind === 'kernel' || part.kind === 'initramfs';

/**
 * What has a fixed place gets it. Of the rest the kernel lies as low as its alignment allows, the initramfs
 * right after it, and what is small fills the hole below the kernel from its end down, so that the rest of
 * the region stays in one piece. What does not fit there goes after the initramfs.
 */
export function placeParts(
  parts: readonly Component[],
  rules: PlacementRules,
): readonly PlacedPart[] {
  const { pageSize, reserve } = rules;
  const occupied = (part: Component): bigint => alignUp(part.memorySize, pageSize);
  const places = new Map<Component, bigint>();
  const groups = new Map<Component, number>();
  const alignOf = (part: Component): bigint => (part.align > pageSize ? part.align : pageSize);

  const kernel = parts.find((part) => part.kind === 'kernel');
  const kernelPlace = kernel?.fixedPlace ?? alignUp(reserve, kernel?.align ?? pageSize);
  let next = kernelPlace;
  let initramfsGroup: number | undefined;
  let nextGroup = 0;
  for (const part of parts.filter(isLarge)) {
    if (part.kind === 'initramfs' && initramfsGroup === undefined)
      next = alignUp(
        next > rules.initramfs.lowest ? next : rules.initramfs.lowest,
        rules.initramfs.align,
      );
    next = part.fixedPlace ?? alignUp(next, alignOf(part));
    places.set(part, next);
    next += occupied(part);
    if (part.kind === 'initramfs') initramfsGroup ??= nextGroup++;
    groups.set(part, part.kind === 'initramfs' ? (initramfsGroup ?? 0) : nextGroup++);
  }

  let below = kernelPlace;
  for (const part of parts.filter((part) => !isLarge(part))) {
    const candidate = (below - occupied(part)) & ~(alignOf(part) - 1n);
    if (part.fixedPlace !== undefined) places.set(part, part.fixedPlace);
    else if (candidate >= reserve) {
      places.set(part, candidate);
      below = candidate;
    } else {
      next = alignUp(next, alignOf(part));
      places.set(part, next);
      next += occupied(part);
    }
    groups.set(part, nextGroup++);
  }

  return parts.map((part) => ({
    part,
    place: places.get(part) ?? 0n,
    memsz: occupied(part),
    group: groups.get(part) ?? 0,
    fixed: part.fixedPlace !== undefined,
  }));
}

/**
 * The same places in a region of `size`, which has room for them, with what must lie at its end there. The
 * loader may not move that part: the lowest hole may be one that is free only until the capture kernel runs.
 */
export const raiseToTop = (
  placed: readonly PlacedPart[],
  rules: PlacementRules,
  size: bigint,
): readonly PlacedPart[] => {
  const end = size & ~(rules.granularity - 1n);
  return rules.elfcorehdr === 'hole'
    ? placed
    : placed.map((one) =>
        one.part.kind === 'elfcorehdr'
          ? { ...one, place: (end - one.memsz) & ~(one.part.align - 1n), fixed: true }
          : one,
      );
};

/** Bytes of crash region that these places need. */
export const regionNeeded = (placed: readonly PlacedPart[], granularity: bigint): bigint =>
  alignUp(
    placed.reduce((end, { place, memsz }) => (place + memsz > end ? place + memsz : end), 0n),
    granularity,
  );
