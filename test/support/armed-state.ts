/** The main job up to the panic, kept as a file. */
import { type KeptState, keepState } from '../../pipeline/guest/kept-state.ts';
import { armCommand, type Booted, boot, type Scenario } from './capture.ts';

export type ArmedState = Booted & KeptState;

export async function armedState(folder: string, scenario: Scenario): Promise<ArmedState> {
  const booted = await boot(folder, scenario);
  await booted.system.mustRun(armCommand);
  return { ...booted, ...(await keepState(folder, booted.system, booted.guestOptions)) };
}
