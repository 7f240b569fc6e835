/** The keys of a profile, in the order of docs/profile.md. A key is a file here and a line in this list. */
import * as z from 'zod';
import type { SourcePlace } from '../../problem/explanation.ts';
import type { Problem } from '../../problem/problem.ts';
import type { Written } from '../key.ts';
import type { ProblemKind } from '../problem-reference.ts';
import { type MapNode, nodeAt, numberAt, placeAt } from '../source-tree.ts';
import { arch } from './arch.ts';
import { backend } from './backend.ts';
import { budget } from './budget.ts';
import { commandLine } from './command-line.ts';
import { consoleKey } from './console.ts';
import { crashkernel } from './crashkernel.ts';
import { dump } from './dump.ts';
import { elfcorehdr } from './elfcorehdr.ts';
import { epoch } from './epoch.ts';
import { extended } from './extends.ts';
import { failureAction } from './failure-action.ts';
import { finalAction } from './final-action.ts';
import { hotplug } from './hotplug.ts';
import { initramfs } from './initramfs.ts';
import { kernel } from './kernel.ts';
import { kernelForm } from './kernel-form.ts';
import { limitLoads } from './limit-loads.ts';
import { limits } from './limits.ts';
import { localOverlay } from './local-overlay.ts';
import { machineLevel } from './machine-level.ts';
import { match } from './match.ts';
import { memoryMap } from './memory-map.ts';
import { name } from './name.ts';
import { network } from './network.ts';
import { notAfter } from './not-after.ts';
import { onCorruption } from './on-corruption.ts';
import { recipient } from './recipient.ts';
import { systemKernel } from './system-kernel.ts';
import { target } from './target.ts';
import { targets } from './targets.ts';
import { testing } from './testing.ts';
import { tools } from './tools.ts';

const keys = [
  name,
  extended,
  arch,
  kernel,
  kernelForm,
  machineLevel,
  initramfs,
  tools,
  crashkernel,
  limits,
  commandLine,
  target,
  targets,
  network,
  budget,
  recipient,
  dump,
  finalAction,
  failureAction,
  onCorruption,
  testing,
  memoryMap,
  elfcorehdr,
  backend,
  hotplug,
  limitLoads,
  localOverlay,
  match,
  systemKernel,
  epoch,
  notAfter,
  consoleKey,
] as const;

type Key = (typeof keys)[number];
type Schemas = { readonly [K in Key as K['name']]: K['schema'] };
type Settled = { readonly [K in Key as K['name']]: ReturnType<K['settle']> };

/** What a profile says, after defaults: plain values, nothing looked up yet. */
export type Profile = Omit<Settled, 'extends' | 'systemKernel' | 'target'> & {
  /** The file it came from, and where a key stands in it (dotted path), for problems found later. */
  readonly file: string;
  readonly placeOf: (key: string) => SourcePlace;
  /** Where a target stands, by its number in the list. */
  readonly placeOfTarget: (index: number) => SourcePlace;
};

const byName = <T>(of: (key: Key) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(keys.map((key) => [key.name, of(key)]));

export const profileSchema = z
  .strictObject(byName(({ schema }) => schema) as Schemas, { error: 'a map' })
  .meta({ title: 'crashseal profile' });

export type ProfileInput = z.output<typeof profileSchema>;

/** Of the keys that must be there. */
export const standIns: Readonly<Record<string, unknown>> = Object.fromEntries(
  keys.flatMap((key) => ('standIn' in key ? [[key.name, key.standIn]] : [])),
);

const problems = byName(({ problems }) => problems ?? []);

/** Beyond `missing-key` and `wrong-value`, which every key can have. */
export const problemsOfKey = (name: string): readonly ProblemKind[] => problems[name] ?? [];

/** `readable`: what a check has said that it reads. */
function writtenOf(
  input: ProfileInput,
  root: MapNode,
  readable: (name: string) => boolean,
): Written {
  return {
    of: (key) => {
      if (!readable(key.name)) throw new Error(`a check reads ${key.name} and does not say so`);
      return (input as Readonly<Record<string, unknown>>)[key.name] as never;
    },
    place: (...path) => placeAt(root, path),
    says: (...path) => nodeAt(root, path) !== undefined,
    number: (...path) => numberAt(root, path),
  };
}

/** All contradictions between keys that are sound by themselves. */
export function contradictions(
  input: ProfileInput,
  root: MapNode,
  broken: ReadonlySet<string>,
): readonly Problem[] {
  return keys.flatMap((key) =>
    (key.checks ?? []).flatMap((check) => {
      const names = [key, ...check.with].map(({ name }) => name);
      if (names.some((name) => broken.has(name))) return [];
      const written = writtenOf(input, root, (name) => names.includes(name));
      return check.find(input[key.name] as never, written);
    }),
  );
}

/** Before: {@link contradictions} found none. */
export function settle(file: string, input: ProfileInput, root: MapNode): Profile {
  const written = writtenOf(input, root, () => true);
  const settled = byName((key) => key.settle(input[key.name] as never, written));
  return {
    ...(settled as Settled),
    file,
    placeOf: (key) => placeAt(root, key.split('.')),
    placeOfTarget: (index) =>
      nodeAt(root, ['target']) === undefined
        ? placeAt(root, ['targets', index])
        : placeAt(root, ['target']),
  };
}
