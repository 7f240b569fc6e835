/** The kinds of dump target there are. */
import * as z from 'zod';
import type { ProfileProblem } from '../problem/profile-problem.ts';
import { commonKeys } from './common.ts';
import { filesystem } from './filesystem/filesystem.ts';
import { http } from './http/http.ts';
import { nfs } from './nfs/nfs.ts';
import { raw } from './raw/raw.ts';
import { ssh } from './ssh/ssh.ts';
import type {
  CommonSettled,
  SettledTarget,
  TargetContext,
  TargetKind,
  TargetNeeds,
  TargetProbe,
  TargetValue,
} from './target.ts';

export const targets = { raw, filesystem, nfs, ssh, http } as const;

type Kinds = typeof targets;
type Name = keyof Kinds;

const common = z.object(commonKeys);
export type TargetInput = z.output<Kinds[Name]['schema']> & z.output<typeof common>;
/** A place where the dump goes. */
export type DumpTarget = ReturnType<Kinds[Name]['settle']> & CommonSettled;

const kinds = Object.values(targets);
const names = Object.keys(targets);

/** A kind as all of them are. What is given to it has its name in `kind`. */
const kindOf = (name: Name) =>
  targets[name] as unknown as TargetKind<z.ZodObject, DumpTarget & SettledTarget>;

const [first, ...more] = kinds.map(({ schema }) => schema.extend(commonKeys)) as unknown as [
  z.ZodObject<Kinds[Name]['schema']['shape'] & typeof commonKeys>,
  ...z.ZodObject<Kinds[Name]['schema']['shape'] & typeof commonKeys>[],
];

/** One target, as a profile writes it. */
export const targetSchema = z.discriminatedUnion('kind', [first, ...more], {
  error: `a map with ${names.map((name) => `\`kind: ${name}\``).join(' or ')}`,
});

export const targetExamples = kinds.map(({ example }) => example);

export const targetProblems: readonly ProfileProblem['kind'][] = [
  ...new Set(kinds.flatMap(({ problems }) => problems)),
];

/** The parts that the kinds add to init. */
export const targetScripts: readonly { readonly kind: string; readonly text: string }[] =
  Object.entries(targets).map(([kind, { script }]) => ({ kind, text: script }));

export const targetNeeds = (target: DumpTarget): TargetNeeds => kindOf(target.kind).needs(target);

/** What the local overlay of a machine must bring, so that each of them can be tried. */
export const localFiles = (all: readonly DumpTarget[]): readonly string[] => [
  ...new Set(all.flatMap((target) => targetNeeds(target).localFiles ?? [])),
];

/** Those that targets on other machines are reached by. */
export const serversOf = (targets: readonly DumpTarget[]): readonly string[] => [
  ...new Set(targets.flatMap((target) => targetNeeds(target).server ?? [])),
];

/** One line for a person. */
const describeTarget = (target: DumpTarget): string => kindOf(target.kind).describe(target);

/** Which dumps they cannot take, each with the target that it is about. */
export const targetLimits = (all: readonly DumpTarget[]): readonly string[] =>
  all.flatMap((target) => {
    const limit = kindOf(target.kind).limit?.(target);
    return limit === undefined || target.what !== 'vmcore'
      ? []
      : [`${describeTarget(target)}: ${limit}`];
  });

/** What the manifest says of a target. */
export const targetManifest = (target: DumpTarget): { readonly [key: string]: TargetValue } => ({
  ...target,
  description: describeTarget(target),
});

export function settleTarget(input: TargetInput, context: TargetContext): DumpTarget {
  const { timeout, what } = input;
  return { ...kindOf(input.kind).settle(input, context), timeout, what };
}

/** Two targets are the same when nothing but the common keys tells them apart. */
export function sameTarget(one: DumpTarget, other: DumpTarget): boolean {
  const own = ({ timeout: _, what: __, ...rest }: DumpTarget): string => JSON.stringify(rest);
  return own(one) === own(other);
}

/** Words of configuration for init. */
export const targetSettings = (target: DumpTarget): Readonly<Record<string, string>> => ({
  target_kind: target.kind,
  target_shown: describeTarget(target),
  target_timeout: String(target.timeout),
  target_what: target.what,
  ...kindOf(target.kind).settings(target),
});

/** Files for the overlay, by suffix of the target's own file of settings. */
export const targetFiles = (target: DumpTarget): Readonly<Record<string, string>> =>
  kindOf(target.kind).files?.(target) ?? {};

export const targetProbes = (target: DumpTarget): readonly TargetProbe[] =>
  kindOf(target.kind).probes?.(target) ?? [];
