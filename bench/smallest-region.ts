/**
 * The smallest `crashkernel=`: with a tiny initramfs that both loaders get and that saves 16 MiB of the dump, and with
 * what each of the two worlds makes for a machine and a filtered dump.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import { virtioDisk } from '../pipeline/guest/system-initramfs.ts';
import type { TestKernelName } from '../test/support/kernels.ts';
import { roundsIn } from '../test/support/small-region.ts';
import type { Figure } from './figure.ts';
import { kdumpTools, kdumpToolsRoot } from './kdump-tools.ts';
import { benchFolder, type Form, forms, makeRig, type Rig } from './rig.ts';

/** MiB: no search goes below or above. */
const least = 32;
const most = 192;
/** Near the limit it is luck whether a capture kernel comes up: it must do so this often. */
const captureRounds = 4;
/** A capture kernel that has not enough memory may hang instead of giving up. */
const patienceMs = 120_000;

async function captures(
  kernel: TestKernelName,
  loader: Form | 'peer',
  size: number,
): Promise<boolean> {
  let rig: Rig;
  try {
    rig = await makeRig({
      name: `smallest-${kernel}-${loader}`,
      kernel,
      padding: 0,
      memory: 1024,
      crashkernel: `${size}M`,
      forms: loader === 'peer' ? [] : [loader],
    });
  } catch {
    // Told at build time that it cannot fit: an answer as well, and the earliest.
    return false;
  }
  const booted = await SystemGuest.start(rig.guest);
  const { exitCode } = await booted.run(rig.load[loader]);
  const state = join(benchFolder, `smallest-${kernel}-${loader}`, 'state');
  if (exitCode === 0) await booted.guest.saveState(state);
  await booted.stop();
  if (exitCode !== 0) return false;
  for (let round = 0; round < captureRounds; round += 1) {
    const system = await SystemGuest.start({ ...rig.guest, state });
    try {
      await system.panic();
      await system.guest.console.waitFor(/capture: saved/, patienceMs);
    } catch {
      return false;
    } finally {
      await system.stop();
    }
  }
  return true;
}

/** The smallest size that works; `from` is where it is believed to be. All in MiB. */
async function smallest(
  from: number,
  step: number,
  works: (size: number) => Promise<boolean>,
): Promise<number> {
  let size = from;
  if (await works(size)) {
    while (size - step >= least && (await works(size - step))) size -= step;
    return size;
  }
  do {
    size += step;
    if (size > most) throw new Error(`nothing is captured in ${most} MiB`);
  } while (!(await works(size)));
  return size;
}

/** A filtered dump, saved by what the build composes to a disk of its own. */
async function savesFiltered(kernel: TestKernelName, size: number): Promise<boolean> {
  const name = `smallest-filtered-${kernel}-${size}`;
  const profile = { initramfs: { from: 'composed', drivers: virtioDisk } };
  const folder = join(benchFolder, name);
  mkdirSync(folder, { recursive: true });
  const scenario = {
    name,
    kernel,
    region: size,
    plannedFor: '256M',
    rounds: captureRounds,
    profile,
  };
  return (await roundsIn(folder, scenario)).every(({ saved }) => saved);
}

/** Where the search begins, MiB: close to what was found before, so that it is short. */
const starts = {
  '6.12': { tiny: 72, filtered: 70, kdumpTools: 96 },
  '6.1': { tiny: 88, filtered: 78, kdumpTools: 120 },
} as const;

/** Both kernels side by side: a guest takes one CPU, and sizes depend on time only through limits, which are long. */
export async function smallestRegion(): Promise<readonly Figure[]> {
  const kernels = ['6.12', '6.1'] as const;
  const root = await kdumpToolsRoot(kernels);
  const found = await Promise.all(kernels.map((kernel) => smallestOf(kernel, root)));
  return found.flat();
}

async function smallestOf(kernel: keyof typeof starts, root: string): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const start = starts[kernel];
  const tiny = (loader: Form | 'peer') =>
    smallest(start.tiny, 4, (size) => captures(kernel, loader, size));
  const peer = await tiny('peer');
  for (const form of forms)
    figures.push({
      group: 'smallest crashkernel=, the same tiny initramfs for both',
      what: `${kernel}, ${form}`,
      unit: 'MiB',
      ours: await tiny(form),
      peer,
      aim: kernel === '6.12' ? '64' : '74',
    });
  const shipped = await kdumpTools(root, kernel, benchFolder);
  figures.push({
    group:
      'smallest crashkernel=, a filtered dump by what each makes for the machine; the peer: kdump-tools',
    what: kernel,
    unit: 'MiB',
    ours: await smallest(start.filtered, 2, (size) => savesFiltered(kernel, size)),
    peer: await smallest(start.kdumpTools, 8, (size) => shipped.captures(size)),
    aim: kernel === '6.12' ? '66' : '74',
  });
  return figures;
}
