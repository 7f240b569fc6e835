/** Components -> Plan: every part has a place, every live value a checked target, and all of it fits. */

import type { PlacementRules } from '../arch/architecture.ts';
import { type Component, type LiveValue, liveKindOf } from '../arch/component.ts';
import type { Components } from '../components/components.ts';
import { limits } from '../format/limits.ts';
import type { Problem } from '../problem/problem.ts';
import { type Result, unlessProblems } from '../problem/result.ts';
import { alignUp } from '../units/units.ts';
import { type PlacedPart, placeParts, raiseToTop, regionNeeded } from './place.ts';
import { workingMemory } from './working-memory.ts';

/** Whoever holds one knows that the checks of this stage have passed. */
export type Plan = {
  readonly components: Components;
  /** In the order of the parts, which is the order in the archive. */
  readonly placed: readonly PlacedPart[];
  /** Bytes of crash region that are needed at least for all to be loaded. */
  readonly crashSize: bigint;
  /** Bytes of crash region with which a dump may just be saved, as far as that is known here; whole MiB. */
  readonly needs: bigint;
};

const mebibyte = 1n << 20n;
const segmentLimit = limits.sealSegmentsMax.value;

const isText = (live: LiveValue): boolean => liveKindOf(live) === 'text';

function liveProblems(part: Component, names: ReadonlySet<string>): readonly Problem[] {
  const problems: Problem[] = [];
  const bufsz = BigInt(part.bytes.length);
  for (const live of part.live) {
    if (live.offset < 0n || live.size > bufsz || live.offset > bufsz - live.size)
      problems.push({
        area: 'plan',
        kind: 'live-outside-segment',
        segment: part.name,
        offset: live.offset,
        size: live.size,
        bufsz,
      });
    if (live.about !== undefined && !names.has(live.about))
      problems.push({
        area: 'plan',
        kind: 'live-about-unknown',
        segment: part.name,
        about: live.about,
      });
  }
  // Words may share one buffer: each appends after the one before it.
  const sorted = part.live.toSorted((a, b) =>
    a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0,
  );
  for (const [index, live] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next === undefined || live.offset + live.size <= next.offset) continue;
    const sharesBuffer =
      isText(live) && isText(next) && live.offset === next.offset && live.size === next.size;
    if (!sharesBuffer)
      problems.push({
        area: 'plan',
        kind: 'lives-overlap',
        segment: part.name,
        first: live.offset,
        second: next.offset,
      });
  }
  return problems;
}

export function planSegments(components: Components, rules: PlacementRules): Result<Plan> {
  const { crashkernel: reservation } = components.inputs.profile;
  const packed = placeParts(components.parts, rules);
  const needed = regionNeeded(packed, rules.granularity);
  const placed =
    needed > reservation.smallest ? packed : raiseToTop(packed, rules, reservation.smallest);
  const crashSize = regionNeeded(placed, rules.granularity);
  const problems: Problem[] = [];

  if (placed.length > segmentLimit)
    problems.push({
      area: 'plan',
      kind: 'too-many-segments',
      count: placed.length,
      limit: segmentLimit,
    });

  if (crashSize > reservation.smallest)
    problems.push({
      area: 'plan',
      kind: 'reservation-too-small',
      options: reservation.options,
      reserved: reservation.smallest,
      needed: crashSize,
      parts: placed.map(({ part, memsz }) => ({ name: part.name, size: memsz })),
      controlPages: rules.reserve,
    });
  // The packed initramfs is given back once it is unpacked, but both exist for a moment.
  const occupied = placed.reduce((sum, { memsz }) => sum + memsz, 0n);
  const unpacked = components.parts.reduce((sum, part) => sum + (part.unpackedSize ?? 0n), 0n);
  const working = workingMemory(components.commandLine, components.kernelFacts.release);
  const capture = alignUp(occupied + unpacked + working, mebibyte);
  if (crashSize <= reservation.smallest && capture > reservation.smallest)
    problems.push({
      area: 'plan',
      kind: 'working-memory-too-small',
      options: reservation.options,
      reserved: reservation.smallest,
      left: reservation.smallest - occupied,
      unpacked,
      working,
      needed: capture,
    });

  const names = new Set(components.parts.map((part) => part.name));
  for (const part of components.parts) problems.push(...liveProblems(part, names));
  return unlessProblems(problems, () => ({
    components,
    placed,
    crashSize,
    needs: capture > crashSize ? capture : crashSize,
  }));
}
