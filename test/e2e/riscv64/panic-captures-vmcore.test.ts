/**
 * riscv64: from a profile to a vmcore that independent tools read, on QEMU's machine with OpenSBI and Debian's kernel.
 * Two harts, in full also four, with the panic on the last of them; one hart is in test/matrix. Every PT_LOAD is read to
 * its last byte: memory that the firmware keeps for itself would end the copy with an error. The machine also shows what
 * else is promised of it before it panics: it refuses a bundle that was tampered with, and does what `crashseal plan`
 * says of it.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { loadedImage, loadedProgramHeaders } from '../../../pipeline/guest/loaded-image.ts';
import { reaches } from '../../../pipeline/guest/vmcore.ts';
import { boot, endWithDump } from '../../support/capture.ts';
import { examples } from '../../support/examples.ts';
import { armAsPlanned, expectTamperedRefused } from '../../support/planned-as-armed.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

/** OpenSBI's own, at the start of memory; the hart faults when anything else reads it. */
const firmware = { start: 0x8000_0000n, end: 0x8008_0000n };

test.each(examples([2, 4], 1))('panic-captures-vmcore: on the last of %i harts', (cpus) =>
  withWorkFolder(`riscv64-${cpus}`, async (folder) => {
    const booted = await boot(folder, {
      name: `riscv64-${cpus}`,
      arch: 'riscv64',
      kernel: '6.12',
      cpus,
    });
    const { system, disk } = booted;
    await expectTamperedRefused(booted);
    await armAsPlanned(booted, folder);

    const { regions } = await loadedImage(system, folder);
    expect(reaches(await loadedProgramHeaders(system, regions, folder), firmware)).toBe(false);

    const mark = await system.panic(cpus - 1);
    await endWithDump(system, disk);
    expect(system.guest.console.text()).toContain(`CPU: ${cpus - 1} UID: 0 PID`);
    expect(complaintsAbout(disk, { ...booted, mark, cpus })).toEqual([]);
  }),
);
