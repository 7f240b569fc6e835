/** A guest that is armed and about to panic, kept as a file: many panics cost one boot. */
import { join } from 'node:path';
import { armCommand, type Booted, boot, type Scenario } from './capture.ts';
import { type LoadedImage, loadedImage } from './loaded-image.ts';
import type { GuestOptions } from './qemu.ts';
import { SystemGuest } from './system-guest.ts';

export type KeptState = {
  readonly image: LoadedImage;
  /** Another guest at the moment when this one was stopped. */
  readonly again: (name: string) => Promise<SystemGuest>;
};

export type ArmedState = Booted & KeptState;

export async function armedState(folder: string, scenario: Scenario): Promise<ArmedState> {
  const booted = await boot(folder, scenario);
  await booted.system.mustRun(armCommand);
  return { ...booted, ...(await keepState(folder, booted.system, booted.guestOptions)) };
}

/** Keeps a guest that is armed; it is of no use itself afterwards. */
export async function keepState(
  folder: string,
  system: SystemGuest,
  options: GuestOptions,
): Promise<KeptState> {
  const image = await loadedImage(system, folder);
  const state = join(folder, 'state');
  await system.guest.saveState(state);
  await system.stop();
  return { image, again: (name) => SystemGuest.start({ ...options, name, state }) };
}
