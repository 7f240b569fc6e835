/** Drivers that tell a capture kernel which memory of its machine is there. */

import type { KernelInput } from '../inputs/resolved-inputs.ts';

/** Those that are modules of this kernel and not in its initramfs; none where one of the two is not known. */
export function missingMemoryDrivers(
  drivers: readonly string[],
  config: KernelInput['config'],
  modules: ReadonlySet<string> | undefined,
): readonly string[] {
  if (modules === undefined) return [];
  return drivers
    .map((name) => name.replace(/\?$/, ''))
    .filter((name) => config?.get(name.toUpperCase()) === 'm' && !modules.has(name));
}
