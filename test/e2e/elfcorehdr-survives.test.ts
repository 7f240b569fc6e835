/**
 * The ELF core header lies in the crash region, where the capture kernel lives: it must not be memory that
 * this kernel may use. Here its user space takes all the memory it can get, twice over, and then reads the
 * dump's headers from where the loader put them: a header that could be overwritten is overwritten by now.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { loadedImage } from '../../pipeline/guest/loaded-image.ts';
import { scriptedInit, systemInitramfs } from '../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot } from '../support/capture.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** `/proc/vmcore` keeps a copy of its headers, so the loaded bytes are compared from outside as well. */
const fillMemory = `
free() { awk '/^MemFree/ { print $2 }' /proc/meminfo; }
head -c 65536 /proc/vmcore | sha256sum >/run/before
mkdir /fill
mount -t tmpfs -o size=100% tmpfs /fill
tr '\\0' '\\252' </dev/zero | head -c 4194304 >/run/pattern
for round in 1 2; do
	i=0
	while [ "$(free)" -gt 20480 ] && cp /run/pattern /fill/$i; do i=$((i + 1)); done
	echo "capture: filled $((i * 4)) MiB" >/dev/kmsg
	[ $round = 2 ] || rm -f /fill/*
done
head -c 65536 /proc/vmcore | sha256sum >/run/after
cmp /run/before /run/after && echo 'capture: headers intact' >/dev/kmsg
rm -f /fill/* /run/pattern
dd if=/proc/vmcore of=/dev/vda bs=1M && echo 'capture: saved' >/dev/kmsg
sync
poweroff -f`;

test.each(['e820', 'memmap'])(
  'elfcorehdr-survives-a-capture-kernel-that-fills-its-memory: memory map by %s',
  (memoryMap) => {
    const name = `elfcorehdr-survives-${memoryMap}`;
    return withWorkFolder(name, async (folder) => {
      const kernel = await testKernelTree('6.12');
      writeFileSync(
        join(folder, 'filling.cpio'),
        systemInitramfs({ kernel, init: scriptedInit(fillMemory) }),
      );
      const { system, disk, crashRegions } = await boot(folder, {
        name,
        kernel: '6.12',
        cpus: 2,
        crashkernel: ['192M'],
        ownInitramfs: 'filling.cpio',
        profile: { memoryMap },
      });
      await system.mustRun(armCommand);
      const { regions } = await loadedImage(system, folder);
      const header = regions.find((region) => region.name === 'elfcorehdr');
      if (header === undefined) throw new Error('no ELF core header is loaded');
      const read = () =>
        system.guest.withMemory((memory) => memory.read(header.start, header.size));
      const armed = await read();
      const mark = await system.panic();
      const filled = await system.guest.console.waitFor(/capture: filled (\d+) MiB/);
      expect(Number(filled.match[1])).toBeGreaterThan(32);
      await system.guest.console.waitFor(/capture: headers intact/);
      expect(Buffer.from(await read()).equals(Buffer.from(armed))).toBe(true);
      await system.guest.console.waitFor(/capture: saved/);
      expect((await system.guest.ended()).reason).toBe('guest-shutdown');
      expect(complaintsAbout(disk, { cpus: 2, mark, crashRegions })).toEqual([]);
    });
  },
);
