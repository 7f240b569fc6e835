/** The kinds of dump target there are. */
import { z } from 'zod';
import type { ProfileProblem } from '../problem/profile-problem.ts';
import { raw } from './raw/raw.ts';
import type {
  SettledTarget,
  TargetContext,
  TargetKind,
  TargetNeeds,
  TargetValue,
} from './target.ts';

export const targets = { raw } as const;

type Kinds = typeof targets;
type Name = keyof Kinds;

export type TargetInput = z.output<Kinds[Name]['schema']>;
/** Where the dump goes. */
export type DumpTarget = ReturnType<Kinds[Name]['settle']>;

const kinds = Object.values(targets);
const names = Object.keys(targets);

/** A kind as all of them are. What is given to it has its name in `kind`. */
const kindOf = (name: Name) =>
  targets[name] as unknown as TargetKind<z.ZodType<TargetInput>, DumpTarget & SettledTarget>;

const [first, ...more] = kinds.map(({ schema }) => schema) as [
  Kinds[Name]['schema'],
  ...Kinds[Name]['schema'][],
];

export const targetSchema = z
  .discriminatedUnion('kind', [first, ...more], {
    error: `a map with ${names.map((name) => `\`kind: ${name}\``).join(' or ')}`,
  })
  .meta({
    description: 'Where the dump is saved.',
    examples: kinds.map(({ example }) => example),
  });

/** A sound one, to stand in for one that is broken. */
export const exampleTarget = targets.raw.example;

export const targetProblems: readonly ProfileProblem['kind'][] = [
  ...new Set(kinds.flatMap(({ problems }) => problems)),
];

/** The parts that the kinds add to init. */
export const targetScripts: readonly { readonly kind: string; readonly text: string }[] =
  Object.entries(targets).map(([kind, { script }]) => ({ kind, text: script }));

export const targetNeeds = (target: DumpTarget): TargetNeeds => kindOf(target.kind).needs(target);

/** What the manifest says of a target. */
export const targetManifest = (target: DumpTarget): { readonly [key: string]: TargetValue } => ({
  ...target,
  description: kindOf(target.kind).describe(target),
});

export const settleTarget = (input: TargetInput, context: TargetContext): DumpTarget =>
  kindOf(input.kind).settle(input, context);

/** Words of configuration for init. */
export const targetSettings = (target: DumpTarget): Readonly<Record<string, string>> => ({
  target_kind: target.kind,
  ...kindOf(target.kind).settings(target),
});
