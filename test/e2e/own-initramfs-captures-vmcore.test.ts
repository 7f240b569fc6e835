/** An initramfs that was brought along, here one with its own way of saving, and no overlay of ours. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { armCommand, boot } from '../support/capture.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { copyingInitramfs } from '../support/peer.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('own-initramfs-captures-vmcore', () =>
  withWorkFolder('own-initramfs', async (folder) => {
    const path = join(folder, 'own.cpio');
    writeFileSync(path, copyingInitramfs(await testKernelTree('6.12')));
    const { system, disk, crashRegions } = await boot(folder, {
      name: 'own-initramfs',
      kernel: '6.12',
      cpus: 2,
      ownInitramfs: 'own.cpio',
    });
    await system.mustRun(armCommand);
    const mark = await system.panic();
    await system.guest.console.waitFor(/capture: saved/);
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    expect(complaintsAbout(disk, { cpus: 2, mark, crashRegions })).toEqual([]);
  }));
