/**
 * ppc64le: the ELF core header lies in memory that the capture kernel counts as its own; only a reservation of its device
 * tree keeps it from being used, and another the copy of the dead kernel's vectors. Here an initramfs that was brought
 * along takes all the memory it can get, twice over, and saves the dump after that: what could be overwritten is
 * overwritten by then.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../../pipeline/guest/dump-complaints.ts';
import { loadedImage } from '../../../pipeline/guest/loaded-image.ts';
import { scriptedInit } from '../../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot, initramfsOf } from '../../support/capture.ts';
import { testKernelTree } from '../../support/kernel-tree.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

const fillMemory = `
free() { awk '/^MemFree/ { print $2 }' /proc/meminfo; }
mkdir /fill
mount -t tmpfs -o size=100% tmpfs /fill
tr '\\0' '\\252' </dev/zero | head -c 4194304 >/run/pattern
for round in 1 2; do
	i=0
	while [ "$(free)" -gt 20480 ] && cp /run/pattern /fill/$i; do i=$((i + 1)); done
	echo "capture: filled $((i * 4)) MiB" >/dev/kmsg
	[ $round = 2 ] || rm -f /fill/*
done
rm -f /fill/* /run/pattern
echo 'capture: full, and emptied' >/dev/kmsg
dd if=/proc/vmcore of=/dev/vda bs=1M && echo 'capture: saved' >/dev/kmsg
sync
poweroff -f`;

test('elfcorehdr-survives a capture kernel that fills its memory, and own-initramfs-captures', () =>
  withWorkFolder('ppc64le-elfcorehdr', async (folder) => {
    const kernel = await testKernelTree('6.1', 'ppc64le');
    writeFileSync(
      join(folder, 'filling.cpio'),
      await initramfsOf('ppc64le', { kernel, init: scriptedInit(fillMemory) }),
    );
    const booted = await boot(folder, {
      name: 'ppc64le-elfcorehdr',
      arch: 'ppc64le',
      kernel: '6.1',
      cpus: 2,
      ownInitramfs: 'filling.cpio',
    });
    const { system, disk } = booted;
    await system.mustRun(armCommand);
    const { regions } = await loadedImage(system, folder);
    const header = regions.find(({ name }) => name === 'elfcorehdr');
    if (header === undefined) throw new Error('no ELF core header is loaded');
    const read = () => system.guest.withMemory((memory) => memory.read(header.start, header.size));
    const armed = await read();
    const mark = await system.panic();
    const filled = await system.guest.console.waitFor(/capture: filled (\d+) MiB/);
    expect(Number(filled.match[1])).toBeGreaterThan(32);
    await system.guest.console.waitFor(/capture: full, and emptied/);
    expect(Buffer.from(await read()).equals(Buffer.from(armed))).toBe(true);
    await system.guest.console.waitFor(/capture: saved/);
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    expect(complaintsAbout(disk, { ...booted, cpus: 2, mark })).toEqual([]);
  }));
