/**
 * The ELF core header lies in the crash region, where the capture kernel lives: it must not be memory that
 * this kernel may use. Here its user space takes all the memory it can get, twice over, and then reads the
 * dump's headers from where the loader put them: a header that could be overwritten is overwritten by now.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { loadedImage } from '../../pipeline/guest/loaded-image.ts';
import { defaultGuest } from '../../pipeline/guest/machines/machines.ts';
import { scriptedInit } from '../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot, initramfsOf, type Scenario } from './capture.ts';
import { testKernelTree } from './kernel-tree.ts';

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

/** Panics a machine of two CPUs into a capture kernel that fills its memory, and judges the header and the dump. */
export async function expectHeaderToSurvive(
  folder: string,
  scenario: Omit<Scenario, 'ownInitramfs' | 'cpus'>,
): Promise<void> {
  const arch = scenario.arch ?? defaultGuest;
  const kernel = await testKernelTree(scenario.kernel, arch);
  const init = scriptedInit(fillMemory);
  writeFileSync(join(folder, 'filling.cpio'), await initramfsOf(arch, { kernel, init }));
  const booted = await boot(folder, { ...scenario, cpus: 2, ownInitramfs: 'filling.cpio' });
  const { system, disk } = booted;
  await system.mustRun(armCommand);
  const { regions } = await loadedImage(system, folder);
  const header = regions.find((region) => region.name === 'elfcorehdr');
  if (header === undefined) throw new Error('no ELF core header is loaded');
  const read = () => system.guest.withMemory((memory) => memory.read(header.start, header.size));
  const armed = await read();
  const mark = await system.panic();
  const filled = await system.guest.console.waitFor(/capture: filled (\d+) MiB/);
  expect(Number(filled.match[1])).toBeGreaterThan(32);
  await system.guest.console.waitFor(/capture: headers intact/);
  expect(Buffer.from(await read()).equals(Buffer.from(armed))).toBe(true);
  await system.guest.console.waitFor(/capture: saved/);
  expect((await system.guest.ended()).reason).toBe('guest-shutdown');
  expect(complaintsAbout(disk, { ...booted, cpus: 2, mark })).toEqual([]);
}
