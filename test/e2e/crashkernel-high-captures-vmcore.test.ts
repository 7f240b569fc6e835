/**
 * More than 4 GiB of memory and `crashkernel=X,high`: the crash region lies above 4 GiB, and a second one,
 * low, has the same name in /proc/iomem. Nothing is loaded there, and neither of them is in the dump.
 */
import { expect, test } from 'vitest';
import { completionMarker } from '../../pipeline/guest/dump-device.ts';
import { loadedImage, loadedProgramHeaders } from '../../pipeline/guest/loaded-image.ts';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { reaches } from '../../pipeline/guest/vmcore.ts';
import { armCommand, boot } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('crashkernel-high-captures-vmcore', () =>
  withWorkFolder('crashkernel-high', async (folder) => {
    const { system, disk, crashRegions } = await boot(folder, {
      name: 'crashkernel-high',
      kernel: '6.12',
      cpus: 2,
      crashkernel: ['256M,high'],
      guest: { memory: '5G' },
      // 5 GiB as they are would take long to write; what is left out is free memory.
      profile: { dump: { format: 'kdump', level: 31 } },
    });
    expect(crashRegions).toHaveLength(2);
    expect(crashRegions.some(({ start }) => start >= 2n ** 32n)).toBe(true);

    await system.mustRun(armCommand);
    const { regions } = await loadedImage(system, folder);
    const [low] = crashRegions;
    expect(regions.filter(({ start }) => low !== undefined && start < low.end)).toEqual([]);
    const loads = await loadedProgramHeaders(system, regions, folder);
    expect(loads.length).toBeGreaterThan(2);
    for (const region of crashRegions) expect(reaches(loads, region)).toBe(false);

    const mark = await system.panic(1);
    const end = await system.guest.ended();
    expect(end.reason, system.guest.console.tail()).toBe('guest-shutdown');
    expect(completionMarker(disk)).toContain('state=complete');

    const dump = `${folder}/vmcore`;
    rearrange(disk, dump);
    const log = dmesgOf(dump);
    expect(log).toContain('sysrq: Trigger a crash');
    expect(log).toContain(mark.nonce);
  }));
