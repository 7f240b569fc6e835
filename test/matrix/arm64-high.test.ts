/** Memory above 4 GiB and `crashkernel=X,high` on arm64: both crash regions reach the capture kernel. */
import { expect, test } from 'vitest';
import { completionMarker } from '../../pipeline/guest/dump-device.ts';
import { loadedImage, loadedProgramHeaders } from '../../pipeline/guest/loaded-image.ts';
import { dmesgOf, rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { reaches } from '../../pipeline/guest/vmcore.ts';
import { armCommand, boot } from '../support/capture.ts';
import { makedumpfileOf } from '../support/packages.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('crashkernel-high-captures-vmcore', () =>
  withWorkFolder('arm64-high', async (folder) => {
    const { system, disk, crashRegions } = await boot(folder, {
      name: 'arm64-high',
      arch: 'arm64',
      kernel: '6.1',
      cpus: 2,
      // Since some release between 6.1 and 6.12 there is a low one by default.
      crashkernel: ['256M,high', '64M,low'],
      // Memory begins at 1 GiB.
      guest: { memory: '4G' },
      // 4 GiB as they are would take long to write; what is left out is free memory.
      profile: { dump: { format: 'kdump', level: 31 } },
    });
    expect(crashRegions).toHaveLength(2);
    expect(crashRegions.some(({ start }) => start >= 2n ** 32n)).toBe(true);
    await system.mustRun(armCommand);
    const { regions } = await loadedImage(system, folder);
    const [low] = crashRegions;
    expect(regions.filter(({ start }) => low !== undefined && start < low.end)).toEqual([]);
    const loads = await loadedProgramHeaders(system, regions, folder);
    for (const region of crashRegions) expect(reaches(loads, region)).toBe(false);

    const mark = await system.panic(1);
    const end = await system.guest.ended();
    expect(end.reason, system.guest.console.tail()).toBe('guest-shutdown');
    expect(completionMarker(disk)).toContain('state=complete');
    // The capture kernel has both: the low one is what devices of 32 bits need.
    expect(system.guest.console.text()).toMatch(/DMA\s+\[mem 0x[0-9a-f]+-0x0*[0-9a-f]{1,8}\]/);
    const dump = `${folder}/vmcore`;
    rearrange(disk, dump);
    const log = dmesgOf(dump, await makedumpfileOf('arm64'));
    expect(log).toContain('sysrq: Trigger a crash');
    expect(log).toContain(mark.nonce);
  }));
