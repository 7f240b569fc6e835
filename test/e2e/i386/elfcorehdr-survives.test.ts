/**
 * An initramfs that was brought along, whose init takes all the memory it can get before it reads the dump: the ELF
 * core header, here one of 32 bits, is none of the memory that the command line says it may use. Before that, a bundle that somebody changed is
 * refused, and the machine does what `crashseal plan` says of it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintsAbout, readelf } from '../../../pipeline/guest/dump-complaints.ts';
import { loadedImage } from '../../../pipeline/guest/loaded-image.ts';
import { scriptedInit } from '../../../pipeline/guest/system-initramfs.ts';
import { boot, initramfsOf } from '../../support/capture.ts';
import { testKernelTree } from '../../support/kernel-tree.ts';
import { armAsPlanned, expectTamperedRefused } from '../../support/planned-as-armed.ts';
import { withWorkFolder } from '../../support/work-folder.ts';

const fillMemory = `
free() { awk '/^MemFree/ { print $2 }' /proc/meminfo; }
head -c 65536 /proc/vmcore | sha256sum >/run/before
mkdir /fill
mount -t tmpfs -o size=100% tmpfs /fill
tr '\\0' '\\252' </dev/zero | head -c 4194304 >/run/pattern
i=0
while [ "$(free)" -gt 20480 ] && cp /run/pattern /fill/$i; do i=$((i + 1)); done
echo "capture: filled $((i * 4)) MiB" >/dev/kmsg
head -c 65536 /proc/vmcore | sha256sum >/run/after
cmp /run/before /run/after && echo 'capture: headers intact' >/dev/kmsg
rm -f /fill/* /run/pattern
dd if=/proc/vmcore of=/dev/vda bs=1M && echo 'capture: saved' >/dev/kmsg
sync
poweroff -f`;

test('elfcorehdr-survives and own-initramfs-captures on i386; tampered-bundle-is-refused', () =>
  withWorkFolder('i386-own', async (folder) => {
    const kernel = await testKernelTree('6.1', 'i386');
    const own = await initramfsOf('i386', { kernel, init: scriptedInit(fillMemory) });
    writeFileSync(join(folder, 'own.cpio'), own);
    const booted = await boot(folder, {
      name: 'i386-own',
      arch: 'i386',
      kernel: '6.1',
      memory: 512,
      profile: { elfcorehdr: 'elf32', memoryMap: 'memmap' },
      ownInitramfs: 'own.cpio',
    });
    const { system, disk } = booted;
    await expectTamperedRefused(booted);
    await armAsPlanned(booted, folder);
    const { regions } = await loadedImage(system, folder);
    const header = regions.find((region) => region.name === 'elfcorehdr');
    if (header === undefined) throw new Error('no ELF core header is loaded');
    const read = () => system.guest.withMemory((memory) => memory.read(header.start, header.size));
    const armed = await read();
    const mark = await system.panic();
    await system.guest.console.waitFor(/capture: headers intact/);
    expect(Buffer.from(await read()).equals(Buffer.from(armed))).toBe(true);
    await system.guest.console.waitFor(/capture: saved/);
    expect((await system.guest.ended()).reason).toBe('guest-shutdown');
    expect(complaintsAbout(disk, { ...booted, cpus: 1, mark })).toEqual([]);
    expect(readelf(disk)).toMatch(/Class: +ELF32\n/);
    expect(system.guest.console.text()).toMatch(/memmap=exactmap( memmap=[0-9]+K[@#$!][0-9]+K)+/);
  }));
