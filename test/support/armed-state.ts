/** A guest that is armed and about to panic, kept as a file: many panics cost one boot. */
import { join } from 'node:path';
import { armCommand, type Booted, boot, type Scenario } from './capture.ts';
import { type LoadedImage, loadedImage } from './loaded-image.ts';
import { SystemGuest } from './system-guest.ts';

export type ArmedState = Booted & {
  readonly image: LoadedImage;
  /** Another guest at the moment when this one was stopped. */
  readonly again: (name: string) => Promise<SystemGuest>;
};

export async function armedState(folder: string, scenario: Scenario): Promise<ArmedState> {
  const booted = await boot(folder, scenario);
  await booted.system.mustRun(armCommand);
  const image = await loadedImage(booted.system, folder);
  const state = join(folder, 'state');
  await booted.system.guest.saveState(state);
  await booted.system.stop();
  const again = (name: string) => SystemGuest.start({ ...booted.guestOptions, name, state });
  return { ...booted, image, again };
}
