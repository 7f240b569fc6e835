/** The smallest `crashkernel=` with which 16 MiB of the dump are saved, by a tiny initramfs that both loaders get. */
import { join } from 'node:path';
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import type { TestKernelName } from '../test/support/kernels.ts';
import type { Figure } from './figure.ts';
import { benchFolder, type Form, forms, makeRig, type Rig } from './rig.ts';

/** MiB. */
const step = 4;
const least = 32;
const most = 128;
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
  const state = join(benchFolder, 'state');
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

async function smallest(kernel: TestKernelName, loader: Form | 'peer'): Promise<number> {
  let fails = least / step - 1;
  let works = most / step;
  while (works - fails > 1) {
    const middle = Math.floor((fails + works) / 2);
    if (await captures(kernel, loader, middle * step)) works = middle;
    else fails = middle;
  }
  return works * step;
}

export async function smallestRegion(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kernel of ['6.12', '6.1'] as const) {
    const peer = await smallest(kernel, 'peer');
    for (const form of forms) {
      const ours = await smallest(kernel, form);
      figures.push({
        group: 'smallest crashkernel=',
        what: `${kernel}, ${form}`,
        unit: 'MiB',
        ours,
        peer,
        aim: 'below the peer',
      });
    }
  }
  return figures;
}
