/** What a kind of dump target is. A kind is a folder here and a line in targets.ts; nothing else names one. */
import type * as z from 'zod';
import type { probeFlags, probeKinds, probeNames } from '../format/probe-layout.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { ProfileProblem } from '../problem/profile-problem.ts';

/** Where a target is written, and for which machine. Paths count from the target's own map. */
export type TargetContext = {
  readonly arch: string;
  /** Whether there are devices with bus ids, to be set online. */
  readonly ccwDevices: boolean;
  readonly place: (...path: readonly (string | number)[]) => SourcePlace;
  readonly says: (...path: readonly (string | number)[]) => boolean;
  /** `target.device`, as a problem names it. */
  readonly key: (...path: readonly (string | number)[]) => string;
  readonly report: (problem: ProfileProblem) => void;
};

/** What every kind has: how long an attempt may take in seconds, and what is wanted there. */
export type CommonSettled = {
  readonly timeout: number;
  readonly what: 'vmcore' | 'dmesg';
};

/** A target as settled, and as the manifest shows it: plain values. */
export type SettledTarget = {
  readonly kind: string;
  readonly [key: string]: TargetValue;
};
export type TargetValue =
  | string
  | number
  | boolean
  | readonly TargetValue[]
  | { readonly [key: string]: TargetValue };

/** A program, and the Debian package that has it. */
export type TargetTool = { readonly name: string; readonly package: string };

export type TargetNeeds = {
  readonly drivers: readonly string[];
  /** Drivers that are there, and loaded only when hardware or a mount asks for them. */
  readonly onDemand?: readonly string[];
  readonly tools: readonly TargetTool[];
  /** Whether what is written passes a cipher of the kernel. */
  readonly decrypts?: boolean;
  /** The name or address of the machine that it is on, where that is another one: it is reached by the network. */
  readonly server?: string;
  /** Files that a bundle must not hold, by absolute path: the machine's local overlay brings them. */
  readonly localFiles?: readonly string[];
};

/** What must be true of the machine for a dump to arrive there; the loader looks for it. */
export type TargetProbe = {
  readonly kind: keyof typeof probeKinds;
  readonly by: keyof typeof probeNames;
  /** In the order of table "probe flags". */
  readonly flags: readonly (keyof typeof probeFlags)[];
  /** Bytes that a device must have. */
  readonly minimum: bigint;
  readonly value: string;
  /** Of a file system; empty for any. */
  readonly type: string;
};

export type TargetKind<Schema extends z.ZodObject, Settled extends SettledTarget> = {
  /** What the profile may say; its `kind` is the name of this one. What every kind takes is added to it. */
  readonly schema: Schema;
  /** As a profile may say it, for docs and hints. */
  readonly example: z.input<Schema>;
  /** Problems that `settle` may report. */
  readonly problems: readonly ProfileProblem['kind'][];
  /** What was written -> what it means. Tells `context.report` of everything that is wrong. */
  readonly settle: (input: z.output<Schema>, context: TargetContext) => Settled;
  /** What it needs in the capture kernel, beside what every profile has. */
  readonly needs: (target: Settled) => TargetNeeds;
  /**
   * Its part of init, with `open`, `store` and `finish`, each named `KIND_open` and so on
   * (components/init/attempt.sh says what they do).
   */
  readonly script: string;
  /** One line for a person: `the partition labelled "crashdump"`. */
  readonly describe: (target: Settled) => string;
  /** Which dumps it cannot take, for whoever builds; one sentence. */
  readonly limit?: (target: Settled) => string | undefined;
  /** Words of configuration for init, by the name of a shell variable. */
  readonly settings: (target: Settled) => Readonly<Record<string, string>>;
  /** Files for the overlay, by suffix: the script finds them as `"$target_files.SUFFIX"`. */
  readonly files?: (target: Settled) => Readonly<Record<string, string>>;
  /** What the running machine can tell of whether a dump would arrive. */
  readonly probes?: (target: Settled) => readonly TargetProbe[];
};
