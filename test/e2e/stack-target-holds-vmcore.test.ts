/**
 * lvm-target-holds-vmcore, md-target-holds-vmcore: a file system on a logical volume, which is on an array that
 * has lost one of its two disks. Each layer by itself, and encrypted volumes: test/matrix.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blankDisk, takeOut } from '../../pipeline/guest/file-systems.ts';
import { armCommand, boot } from '../support/capture.ts';
import { consoleOf, expectOneDump } from '../support/file-systems.ts';
import {
  arrayDataAt,
  firstExtent,
  forgetMembership,
  makeArray,
  makeVolume,
  stackMaker,
} from '../support/stacks.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('a logical volume on an array with one member lost', () =>
  withWorkFolder('stack', async (folder) => {
    const [one, other] = ['one', 'other'].map((name) => blankDisk(join(folder, name), 512)) as [
      string,
      string,
    ];
    const { system, kernel } = await boot(folder, {
      name: 'stack',
      kernel: '6.12',
      crashkernel: ['256M'],
      memory: 1024,
      ...stackMaker(),
      profile: {
        target: {
          kind: 'filesystem',
          device: '/dev/v-g0/lv-crash',
          stack: ['md', 'lvm'],
          type: 'ext4',
        },
        dump: { format: 'kdump' },
        failureAction: 'halt',
      },
      guest: { disks: [{ path: one }, { path: other }] },
    });
    await system.mustRun(makeArray('/dev/vda', '/dev/vdb'));
    await system.mustRun(makeVolume('/dev/md0'));
    await system.mustRun('mkfs.ext4 -q /dev/dm-0 2>&1 && sync');
    await system.mustRun(armCommand);
    forgetMembership(other);
    const mark = await system.panic();
    const end = await system.guest.ended();
    const said = consoleOf(system);
    expect([end.reason, said]).toEqual([
      'guest-shutdown',
      expect.stringMatching(/vmcore saved: \d+ bytes to \/dev\/dm-0:\/var\/crash\//),
    ]);
    const out = join(folder, 'dumps');
    const at = arrayDataAt(one) + firstExtent;
    await takeOut(`${one}?offset=${at}`, 'ext4', '/var/crash', out, { kernel });
    expectOneDump(out, mark);
  }));
