/** Which disks the capture kernel of a bundle can see: by the modules in its initramfs, and what its kernel has built in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { architectureOf, archNames } from '../arch/arch.ts';
import type { KernelTree } from '../guest/kernel-tree.ts';
import { type DiskBus, diskBus, diskBusNames } from '../guest/machines/disk-buses.ts';
import type { MachineShape } from '../guest/machines/machine-shape.ts';
import { isForStorage, isModule, moduleName } from '../inputs/module-index.ts';

export type KernelModules = {
  readonly builtIn: ReadonlySet<string>;
  /** Paths below the folder of the kernel, by name. */
  readonly paths: ReadonlyMap<string, string>;
  /** Those that hardware asks for. */
  readonly forHardware: ReadonlySet<string>;
};

export type DiskDrivers = {
  /** Buses of ours that the capture kernel has all drivers for, the preferred one first. */
  readonly buses: readonly DiskBus[];
  /** Its drivers for disks that no machine here has. */
  readonly others: readonly string[];
};

// Whose kernel it is does not matter: no other has these folders.
const ownFolders = archNames.flatMap((name) => architectureOf(name).storageFolders);

const known = new Set<string>(diskBusNames.flatMap((name) => diskBus(name).drivers));

/** `own`: names of the modules in the initramfs; undefined where it could not be opened. */
export function diskDrivers(
  own: ReadonlySet<string> | undefined,
  { builtIn, paths, forHardware }: KernelModules,
  { buses = diskBusNames, usualDrivers }: Pick<MachineShape, 'buses' | 'usualDrivers'>,
): DiskDrivers {
  // Nothing is known of it: the usual disk.
  if (own === undefined) return { buses: buses.slice(0, 1), others: [] };
  // A kernel without modules has all in itself.
  const has = (name: string): boolean => own.has(name) || builtIn.has(name) || paths.size === 0;
  const needed = (name: DiskBus) =>
    name === 'virtio' ? (usualDrivers ?? diskBus(name).drivers) : diskBus(name).drivers;
  const others = [...own].filter(
    (name) =>
      !known.has(name) && forHardware.has(name) && isForStorage(paths.get(name) ?? '', ownFolders),
  );
  return { buses: buses.filter((name) => needed(name).every(has)), others };
}

/** Of a package's tree. */
export function modulesOf({ root, release }: KernelTree): KernelModules {
  const folder = join(root, 'lib/modules', release);
  const lines = (name: string): readonly string[] => {
    try {
      return readFileSync(join(folder, name), 'utf8').split('\n');
    } catch {
      return [];
    }
  };
  const listed = lines('modules.dep').map((line) => line.split(':')[0] ?? '');
  return {
    builtIn: new Set(lines('modules.builtin').filter(isModule).map(moduleName)),
    paths: new Map(listed.filter(isModule).map((path) => [moduleName(path), path])),
    forHardware: new Set(
      lines('modules.alias').flatMap(
        (line) => /^alias (?:pci|of|acpi\w*|usb|ccw|platform|mmc):\S* (\S+)$/.exec(line)?.[1] ?? [],
      ),
    ),
  };
}
