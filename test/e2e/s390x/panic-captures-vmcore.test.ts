/**
 * s390x: from a profile, on a build machine of another byte order, to a vmcore that independent tools read: every
 * prepared kernel, one and two CPUs, a panic on the boot CPU and on another.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { openVmcore } from '../../../pipeline/guest/vmcore.ts';
import { examples } from '../../support/examples.ts';
import { makedumpfileOf } from '../../support/packages.ts';
import { captureS390x } from '../../support/s390x/capture.ts';
import { s390xSeries } from '../../support/s390x/kernels.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

/** What Linux says of each CPU, besides its general registers. */
const cpuNotes = [
  'NT_S390_TIMER',
  'NT_S390_TODCMP',
  'NT_S390_TODPREG',
  'NT_S390_CTRS',
  'NT_S390_PREFIX',
];
/** include/uapi/linux/elf.h. */
const noteTypes: Readonly<Record<string, number>> = {
  NT_S390_TIMER: 0x301,
  NT_S390_TODCMP: 0x302,
  NT_S390_TODPREG: 0x303,
  NT_S390_CTRS: 0x304,
  NT_S390_PREFIX: 0x305,
};

const rows = [
  ...s390xSeries.toReversed().map((series) => ({ series, cpus: 2, panicOn: 1 })),
  ...s390xSeries.map((series) => ({ series, cpus: 1, panicOn: 0 })),
];

test.each(examples(rows, 1))('panic-captures-vmcore: %o', ({ series, cpus, panicOn }) => {
  const name = `s390x-panic-${series}-${cpus}cpu`;
  return withWorkFolder(name, async (folder) => {
    const captured = await captureS390x(folder, { name, series, cpus }, panicOn);
    const makedumpfile = await makedumpfileOf('s390x');
    expect(complaintsAbout(captured.disk, { ...captured, cpus, makedumpfile })).toEqual([]);
    const { notes } = openVmcore(captured.disk);
    for (const note of cpuNotes)
      expect(notes.filter((one) => one === `LINUX ${noteTypes[note]}`)).toHaveLength(cpus);
  });
});
