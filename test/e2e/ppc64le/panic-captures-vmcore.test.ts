/**
 * From a profile to a vmcore that independent tools read, on a hypervisor's partition: kernels with pages of 64 KiB and
 * of 4 KiB, the MMU with a hash table and with a tree, one and two CPUs, a panic on the boot CPU and on another.
 * The full product is in test/matrix.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { capture } from '../../support/capture.ts';
import type { TestKernelName } from '../../support/kernels.ts';
import { withoutFirmware } from '../../support/ppc64le/firmware.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

type Row = {
  readonly kernel: TestKernelName;
  readonly cpu: 'power8' | 'power9';
  readonly cpus: 1 | 2;
  readonly panicOn: 0 | 1;
};

const rows: readonly Row[] = [
  { kernel: '6.1', cpu: 'power9', cpus: 2, panicOn: 1 },
  { kernel: '6.12', cpu: 'power8', cpus: 1, panicOn: 0 },
];

test.each(rows)('panic-captures-vmcore: %o', (row) => {
  const name = `ppc64le-panic-${row.kernel}-${row.cpu}-${row.cpus}cpu-on${row.panicOn}`;
  return withWorkFolder(name, async (folder) => {
    const { kernel, cpu, cpus } = row;
    const captured = await capture(
      folder,
      { name, arch: 'ppc64le', kernel, cpus, guest: { cpu } },
      row.panicOn,
    );
    const crashRegions = captured.crashRegions.flatMap(withoutFirmware(kernel));
    expect(complaintsAbout(captured.disk, { ...captured, cpus, crashRegions })).toEqual([]);
  });
});
