/** Dumps in regions that are as small as can be: one boot and arming, and then as many panics as are wanted. */
import { completionMarker, makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { keepState } from '../../pipeline/guest/kept-state.ts';
import { armCommand, boot, type Scenario } from './capture.ts';

export type SmallRegion = Pick<Scenario, 'name' | 'arch' | 'kernel' | 'profile'> & {
  /** MiB that the system reserves. */
  readonly region: number;
  /** `crashkernel=` of the profile, where the machine reserves less than it was built for. */
  readonly plannedFor?: string;
  readonly rounds: number;
};

export type Round = {
  readonly reason: string;
  /** makedumpfile wrote it, all of it. */
  readonly saved: boolean;
  readonly console: string;
};

/** MiB. */
const memory = 1024;

export async function roundsIn(folder: string, wanted: SmallRegion): Promise<readonly Round[]> {
  const { name, region, plannedFor, rounds, profile, ...scenario } = wanted;
  const { system, disk, guestOptions } = await boot(folder, {
    ...scenario,
    name,
    memory,
    crashkernel: [`${region}M`],
    profile: {
      initramfs: undefined,
      dump: { level: 31 },
      failureAction: 'poweroff',
      ...(plannedFor === undefined ? {} : { crashkernel: plannedFor }),
      ...profile,
    },
  });
  await system.mustRun(armCommand);
  const kept = await keepState(folder, system, guestOptions);
  const found: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // A dump that nobody collected is not written over.
    makeDumpDevice(disk, memory);
    const again = await kept.again(`${name}-${round}`);
    await again.panic();
    const { reason } = await again.guest.ended();
    const console = again.guest.console.text();
    const said = console.slice(console.lastIndexOf('Linux version '));
    found.push({
      reason: String(reason),
      console: said,
      saved:
        reason === 'guest-shutdown' &&
        completionMarker(disk).includes('state=complete') &&
        !said.includes('copying the whole vmcore'),
    });
  }
  return found;
}
