import { hex, showSize } from '../units/units.ts';
import type { Explanation } from './explanation.ts';

/** Why the parts of a bundle find no place in the crash region that the profile reserves. */
export type PlanProblem =
  | {
      readonly kind: 'reservation-too-small';
      readonly options: readonly string[];
      readonly reserved: bigint;
      readonly needed: bigint;
      readonly parts: readonly { readonly name: string; readonly size: bigint }[];
      readonly controlPages: bigint;
    }
  | {
      readonly kind: 'working-memory-too-small';
      readonly options: readonly string[];
      readonly reserved: bigint;
      readonly left: bigint;
      readonly unpacked: bigint;
      readonly working: bigint;
      /** Whole MiB. */
      readonly needed: bigint;
    }
  | { readonly kind: 'too-many-segments'; readonly count: number; readonly limit: number }
  | {
      readonly kind: 'live-outside-segment';
      readonly segment: string;
      readonly offset: bigint;
      readonly size: bigint;
      readonly bufsz: bigint;
    }
  | {
      readonly kind: 'lives-overlap';
      readonly segment: string;
      readonly first: bigint;
      readonly second: bigint;
    }
  | { readonly kind: 'live-about-unknown'; readonly segment: string; readonly about: string };

/** A reservation that would do, rounded to what people write. */
const suggestion = (bytes: bigint): string => `${(bytes + (1n << 20n) - 1n) >> 20n}M`;

export function explainPlan(problem: PlanProblem): Explanation {
  switch (problem.kind) {
    case 'reservation-too-small':
      return {
        message: `the parts need ${showSize(problem.needed)}, but crashkernel=${problem.options.join(' crashkernel=')} gives ${showSize(problem.reserved)}`,
        notes: [
          ...problem.parts.map((part) => `${part.name} occupies ${showSize(part.size)}`),
          `${showSize(problem.controlPages)} must stay free for the kernel's control pages`,
        ],
        hint: `reserve at least ${suggestion(problem.needed)}, and in addition what the capture kernel needs to work`,
      };
    case 'working-memory-too-small':
      return {
        message: `the capture kernel would run out of memory: the loaded parts leave ${showSize(problem.left)} free`,
        notes: [
          `crashkernel=${problem.options.join(' crashkernel=')} gives ${showSize(problem.reserved)}`,
          `the unpacked initramfs takes ${showSize(problem.unpacked)}`,
          `the kernel takes at least ${showSize(problem.working)} more while it starts`,
        ],
        hint: `reserve at least ${suggestion(problem.needed)}, and for a machine with more drivers than a guest more: crashseal estimate measures it`,
      };
    case 'too-many-segments':
      return {
        message: `the bundle has ${problem.count} segments, but kexec_load(2) takes ${problem.limit} only`,
        notes: [],
        hint: 'this is a limit of the kernel; report the profile that led to it',
      };
    case 'live-outside-segment':
      return {
        message: `a live value of ${problem.segment} lies outside its bytes`,
        notes: [
          `place [${hex(problem.offset)}, ${hex(problem.offset + problem.size)}) of ${hex(problem.bufsz)} bytes`,
        ],
        hint: 'this is a mistake in the architecture support; report the profile that led to it',
      };
    case 'lives-overlap':
      return {
        message: `two live values of ${problem.segment} overlap`,
        notes: [`they start at ${hex(problem.first)} and ${hex(problem.second)}`],
        hint: 'this is a mistake in the architecture support; report the profile that led to it',
      };
    case 'live-about-unknown':
      return {
        message: `a live value of ${problem.segment} refers to "${problem.about}", which is not a part of this bundle`,
        notes: [],
        hint: 'this is a mistake in the architecture support; report the profile that led to it',
      };
  }
}
