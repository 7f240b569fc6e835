/** From what was given on a command line to the values of a verb's options, or every mistake in it. Pure. */
import { dashed, readOption } from './option.ts';
import type { Verb } from './verb.ts';

/** By option name: the values as they were written; an empty list for a switch. */
export type Given = ReadonlyMap<string, readonly string[]>;

export type ReadOptions =
  | { readonly ok: true; readonly values: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly mistakes: readonly string[] };

export function readOptions(verb: Verb, given: Given, args: readonly string[]): ReadOptions {
  const values: Record<string, unknown> = {};
  const mistakes: string[] = [];
  const isGiven = (name: string): boolean => given.has(name);
  for (const spec of verb.options) {
    const read = readOption(spec, given.get(spec.name));
    if ('value' in read) values[spec.name] = read.value;
    else mistakes.push(read.mistake);
    if (!isGiven(spec.name)) continue;
    for (const names of spec.needs ?? [])
      if (!names.some(isGiven)) mistakes.push(`--${spec.name} needs ${dashed(names)}`);
    for (const other of spec.excludes ?? [])
      if (isGiven(other)) mistakes.push(`--${spec.name} and --${other} exclude each other`);
    if (spec.oneArgument === true && args.length > 1)
      mistakes.push(`--${spec.name} is for one ${verb.arguments[0]?.name} only`);
  }
  const [argument] = verb.arguments;
  for (const names of argument?.needs ?? [])
    if (args.length > 0 && !names.some(isGiven))
      mistakes.push(`${argument?.name} needs ${dashed(names)}`);
  if (verb.exactlyOne !== undefined) {
    const { of, to } = verb.exactlyOne;
    if (of.filter(isGiven).length !== 1) mistakes.push(`${to}: exactly one of ${list(of)}`);
  }
  return mistakes.length === 0 ? { ok: true, values } : { ok: false, mistakes };
}

const list = (names: readonly string[]): string => names.map((name) => `--${name}`).join(', ');
