/**
 * arm64: from a profile, on a build machine of another architecture, to a vmcore that independent tools read. Linux
 * 6.1, where other loaders write a header that nobody can read, and 6.12; on both ways of EL2. EL1 has the other tests
 * beside this one, and all of it with each other is in test/matrix.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { type Level, levels } from '../../support/arm64-machines.ts';
import { capture } from '../../support/capture.ts';
import { examples } from '../../support/examples.ts';
import type { TestKernelName } from '../../support/kernels.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

const rows: readonly {
  readonly kernel: TestKernelName;
  readonly level: Level;
  readonly cpus: number;
  readonly panicOn: number;
  readonly kaslr: boolean;
}[] = [
  { kernel: '6.12', level: 'vhe', cpus: 4, panicOn: 3, kaslr: true },
  { kernel: '6.1', level: 'nvhe', cpus: 2, panicOn: 1, kaslr: false },
];

test.each(examples(rows, 1))(
  'panic-captures-vmcore: %o',
  ({ kernel, level, cpus, panicOn, kaslr }) => {
    const name = `arm64-panic-${kernel}-${level}`;
    return withWorkFolder(name, async (folder) => {
      const append = kaslr ? '' : 'nokaslr';
      const guest = levels[level];
      const scenario = { name, arch: 'arm64', kernel, cpus, append, guest } as const;
      const captured = await capture(folder, scenario, panicOn);
      expect(complaintsAbout(captured.disk, { ...captured, cpus })).toEqual([]);
      const said = captured.system.guest.console.text();
      expect(said.match(/All CPU\(s\) started at EL[12]/)?.[0]).toBe(
        `All CPU(s) started at EL${level === 'el1' ? 1 : 2}`,
      );
    });
  },
);
