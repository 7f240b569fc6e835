/**
 * arm64: from a profile, on a build machine of another architecture, to a vmcore that independent tools read: Linux 6.12
 * at EL2 with VHE, the panic on the second of two CPUs. The tests beside this one have Linux 6.1, EL1 and EL2 without VHE;
 * all of it with each other is in test/matrix.
 */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { levels } from '../../support/arm64-machines.ts';
import { capture } from '../../support/capture.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

const cpus = 2;

test('panic-captures-vmcore', () =>
  withWorkFolder('arm64-panic', async (folder) => {
    const captured = await capture(
      folder,
      { name: 'arm64-panic', arch: 'arm64', kernel: '6.12', cpus, guest: levels.vhe },
      cpus - 1,
    );
    expect(complaintsAbout(captured.disk, { ...captured, cpus })).toEqual([]);
    const said = captured.system.guest.console.text();
    expect(said.match(/All CPU\(s\) started at EL[12]/)?.[0]).toBe('All CPU(s) started at EL2');
  }));
