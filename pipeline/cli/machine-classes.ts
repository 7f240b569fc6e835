/** The classes of machine that `crashseal init` knows; apart from what it writes for them, which `--help` must not load. */
import type { ArchName } from '../arch/arch.ts';
import { startersOf } from '../arch/starter-list.ts';
import type { Starter, Starters } from '../arch/starters.ts';

const all = Object.entries(startersOf) as readonly (readonly [ArchName, Starters])[];

/** Classes of machine, of every architecture. */
export const machineClasses: readonly string[] = all.flatMap(([, { classes }]) =>
  Object.keys(classes),
);

export type Start = Starter & { readonly arch: ArchName; readonly starters: Starters };

export function startOf(machineClass: string): Start {
  for (const [arch, starters] of all) {
    const starter = starters.classes[machineClass];
    if (starter !== undefined) return { ...starter, arch, starters };
  }
  throw new Error(`no class ${machineClass}`);
}

/** `a small cloud guest`. */
export const aboutClass = (machineClass: string): string => startOf(machineClass).about;

/** Whether a machine with this `/proc/cpuinfo` is one of that class's architecture. */
export const mayBeOf = (machineClass: string, cpuinfo: string): boolean =>
  startOf(machineClass).starters.runHere(cpuinfo);

/** The class of machines that dumpconf may be configured on. */
export const dumpconfClass = machineClasses.find((name) => startOf(name).dumpconf) ?? '';
