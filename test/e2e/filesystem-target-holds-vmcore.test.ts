/**
 * A dump goes to a file system as kdump's users know it: here to the very root that the machine ran from when it
 * died, with a journal that must be replayed. The other file systems: test/matrix and full-disk-falls-back.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFileSystem, takeOut } from '../../pipeline/guest/file-systems.ts';
import { armCommand, boot } from '../support/capture.ts';
import { consoleOf, expectOneDump } from '../support/file-systems.ts';
import { dirtyRoot, rootOn } from '../support/root-file-system.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const uuid = '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';

test('filesystem-target-holds-vmcore: the root file system, with a dirty journal', () =>
  withWorkFolder('filesystem-root', async (folder) => {
    const root = makeFileSystem(join(folder, 'root'), 'ext4', 'root', 512, ['-U', uuid]);
    const { system, kernel } = await boot(folder, {
      name: 'filesystem-root',
      kernel: '6.12',
      crashkernel: ['192M'],
      ...rootOn('ext4'),
      profile: {
        target: { kind: 'filesystem', device: `UUID=${uuid}`, type: 'ext4', keep: 3 },
        dump: { format: 'kdump' },
        failureAction: 'halt',
      },
      guest: { disks: [{ path: root }] },
    });
    await system.mustRun(dirtyRoot);
    await system.mustRun(armCommand);
    const mark = await system.panic();
    const end = await system.guest.ended();
    const said = consoleOf(system);
    expect([end.reason, said]).toEqual([
      'guest-shutdown',
      expect.stringMatching(/vmcore saved: \d+ bytes to \/dev\/vda:\/var\/crash\//),
    ]);
    const out = join(folder, 'dumps');
    await takeOut(root, 'ext4', '/var/crash', out, kernel);
    expectOneDump(out, mark);
    // The dump has done the file system no harm.
    execFileSync('e2fsck', ['-fn', root], { stdio: 'pipe' });
  }));
