/**
 * The harness itself: a dump that kexec-tools' loader led to passes every check, and each check can fail.
 * Without this, a check that is blind would prove nothing about our own loader.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { crashRegionsOf } from '../../pipeline/guest/loaded-image.ts';
import { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { systemInitramfs } from '../../pipeline/guest/system-initramfs.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { copyingInitramfs, peerFiles, peerLoad } from '../support/peer.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('a dump made with kexec-tools passes the checks, and wrong expectations do not', () =>
  withWorkFolder('harness', async (folder) => {
    const kernel = await testKernelTree('6.12');
    const disk = join(folder, 'disk.raw');
    const capture = join(folder, 'capture.cpio');
    const initrd = join(folder, 'system.cpio');
    makeDumpDevice(disk, 768);
    writeFileSync(capture, copyingInitramfs(kernel));
    writeFileSync(initrd, systemInitramfs({ kernel, files: peerFiles(kernel, capture) }));
    const system = await SystemGuest.start({
      name: 'harness',
      kernel: kernel.vmlinuz,
      initrd,
      memory: '768M',
      cpus: 2,
      append: 'console=ttyS0 crashkernel=192M',
      disks: [{ path: disk }],
    });
    await system.mustRun(peerLoad('console=ttyS0 nr_cpus=1 nokaslr panic=1'));
    const crashRegions = await crashRegionsOf(system);
    const mark = await system.panic(1);
    await system.guest.console.waitFor(/capture: saved/);
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');

    expect(complaintsAbout(disk, { cpus: 2, mark, crashRegions })).toEqual([]);
    const lowMemory = { start: 0x100000n, end: 0x200000n };
    const stranger = { nonce: 'not-this-run', hostName: 'not-this-host' };
    expect(complaintsAbout(disk, { cpus: 1, mark: stranger, crashRegions: [lowMemory] })).toEqual([
      '2 NT_PRSTATUS for 1 CPUs',
      'the crash region at 0x100000 is in the dump',
      `host name "${mark.hostName}" is not this run's`,
      "the dmesg does not have this run's nonce",
    ]);
  }));
