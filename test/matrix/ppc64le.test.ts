/** Captures on ppc64le that are not in test/e2e: each kernel on each CPU, with one and two of them. */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { capture } from '../support/capture.ts';
import { withoutFirmware } from '../support/ppc64le/firmware.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rows = [
  { kernel: '6.1', cpu: 'power9', cpus: 1, panicOn: 0 },
  { kernel: '6.1', cpu: 'power8', cpus: 2, panicOn: 1 },
  { kernel: '6.12', cpu: 'power9', cpus: 4, panicOn: 3 },
  { kernel: '6.12', cpu: 'power8', cpus: 2, panicOn: 1 },
] as const;

test.each(rows)('panic-captures-vmcore: %o', (row) => {
  const { kernel, cpu, cpus, panicOn } = row;
  const name = `ppc64le-${kernel}-${cpu}-${cpus}`;
  return withWorkFolder(name, async (folder) => {
    const captured = await capture(
      folder,
      { name, arch: 'ppc64le', kernel, cpus, guest: { cpu } },
      panicOn,
    );
    const crashRegions = captured.crashRegions.flatMap(withoutFirmware(kernel));
    expect(complaintsAbout(captured.disk, { ...captured, cpus, crashRegions })).toEqual([]);
  });
});
