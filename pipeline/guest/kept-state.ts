/** A guest that is armed and about to panic, kept as a file: many panics cost one boot. */
import { join } from 'node:path';
import type { GuestOptions } from './guest.ts';
import { type LoadedImage, loadedImage } from './loaded-image.ts';
import { SystemGuest } from './system-guest.ts';

export type KeptState = {
  readonly image: LoadedImage;
  /** Starts another guest at the moment when this one was stopped; what its disks hold may be other than then. */
  readonly again: (name: string, other?: Partial<GuestOptions>) => Promise<SystemGuest>;
};

/** Keeps an armed guest as a file. The guest itself cannot go on. */
export async function keepState(
  folder: string,
  system: SystemGuest,
  options: GuestOptions,
): Promise<KeptState> {
  const image = await loadedImage(system, folder);
  const state = join(folder, 'state');
  await system.guest.saveState(state);
  await system.stop();
  return {
    image,
    again: (name, other) => SystemGuest.start({ ...options, ...other, name, state }),
  };
}
