/**
 * ppc64le: from a profile to a vmcore that independent tools read, on a hypervisor's partition: a kernel with pages of
 * 64 KiB and the MMU with a tree, the panic on a CPU that is not the first, and a disk with a queue for each CPU, of
 * which that kernel uses CPU 0's alone (docs/decisions/0030). Firmware that lies in the crash region is
 * kept, and is in the dump. The machine also shows what else is promised of it before it panics: it refuses a bundle
 * that was tampered with, and does what `crashseal plan` says of it. Pages of 4 KiB, the MMU with a hash table, and
 * machines without a hypervisor are in test/matrix.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { crashRegionsOf, firmwareOf } from '../../../pipeline/guest/loaded-image.ts';
import { diskBus } from '../../../pipeline/guest/machines/disk-buses.ts';
import { openVmcore, reaches } from '../../../pipeline/guest/vmcore.ts';
import { boot, disksOn, endWithDump } from '../../support/capture.ts';
import { armAsPlanned, expectTamperedRefused } from '../../support/planned-as-armed.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

test('panic-captures-vmcore: 64 KiB pages, POWER9, on the last of two CPUs', () =>
  withWorkFolder('ppc64le-6.1', async (folder) => {
    const booted = await boot(folder, {
      name: 'ppc64le-6.1',
      arch: 'ppc64le',
      kernel: '6.1',
      cpus: 2,
      profile: {
        initramfs: { from: 'composed', compression: 'none', drivers: diskBus('nvme').drivers },
      },
      bootedBy: disksOn('nvme'),
    });
    const { system, disk } = booted;
    await expectTamperedRefused(booted);
    await armAsPlanned(booted, folder);

    const [crashRegion] = await crashRegionsOf(system);
    const [rtas] = await firmwareOf(system);
    if (crashRegion === undefined || rtas === undefined)
      throw new Error('no crash region, or no RTAS');
    expect(rtas.start).toBeGreaterThan(crashRegion.start);
    expect(rtas.end).toBeLessThanOrEqual(crashRegion.end);

    const mark = await system.panic(1);
    await endWithDump(system, disk);
    expect(system.guest.console.text()).toMatch(/CPU: 1 PID/);
    expect(system.guest.console.text()).toContain('nvme0: 2/0/0 default');
    expect(complaintsAbout(disk, { ...booted, mark, cpus: 2 })).toEqual([]);
    expect(reaches(openVmcore(disk).loads, rtas)).toBe(true);
  }));
