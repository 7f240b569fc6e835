/** The classes of machine that `crashseal init` knows; apart from what it writes for them, which `--help` must not load. */
import { type ArchName, architectureOf, archNames } from '../arch/arch.ts';
import type { Architecture } from '../arch/architecture.ts';
import type { Starter } from '../arch/starters.ts';

/** Classes of machine, of every architecture. */
export const machineClasses: readonly string[] = archNames.flatMap((name) =>
  Object.keys(architectureOf(name).starters.classes),
);

export type Start = Starter & { readonly arch: ArchName; readonly architecture: Architecture };

export function startOf(machineClass: string): Start {
  for (const arch of archNames) {
    const architecture = architectureOf(arch);
    const starter = architecture.starters.classes[machineClass];
    if (starter !== undefined) return { ...starter, arch, architecture };
  }
  throw new Error(`no class ${machineClass}`);
}

/** `a small cloud guest`. */
export const aboutClass = (machineClass: string): string => startOf(machineClass).about;

/** Whether a machine with this `/proc/cpuinfo` is one of that class's architecture. */
export const mayBeOf = (machineClass: string, cpuinfo: string): boolean =>
  startOf(machineClass).architecture.starters.runHere(cpuinfo);

/** The class of machines that dumpconf may be configured on. */
export const dumpconfClass = machineClasses.find((name) => startOf(name).dumpconf) ?? '';
