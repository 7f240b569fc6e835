/**
 * A whole Debian with systemd and udev on a disk of its own, instead of a system that is one initramfs. It takes
 * commands as the small one does.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { KernelTree } from '../../pipeline/guest/kernel-tree.ts';
import { machines } from '../../pipeline/guest/machines/machines.ts';
import {
  commandLoop,
  type InitramfsFile,
  scriptedInit,
  systemInitramfs,
  virtioDisk,
} from '../../pipeline/guest/system-initramfs.ts';
import { suiteSources } from './kernels.ts';

/** A fresh copy of the installed system in `folder`: the first disk of a guest. Of this machine's release, or of `suite`. */
export function debianDisk(folder: string, suite?: string): string {
  // Standard input from nowhere: what it installs must not ask.
  const image = execFileSync(
    'setup/debian-root.sh',
    suite === undefined ? [] : [suite, suiteSources(suite)],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  ).trim();
  const disk = join(folder, 'debian.ext2');
  execFileSync('cp', ['--sparse=always', image, disk]);
  return disk;
}

const payload = 'payload';

/** Puts the files onto the disk, and goes over to it. */
const init = scriptedInit(`
mkdir /system
mount -t ext4 /dev/vda /system
cp -a /${payload}/. /system/
umount /run /tmp /sys /proc
mount --move /dev /system/dev
exec switch_root /system /lib/systemd/systemd
`);

const commandService = `[Unit]
Description=Take commands from the test
Requires=basic.target
After=basic.target

[Service]
Type=exec
ExecStart=/bin/sh /etc/crashseal-test/commands
`;

/** What it boots to: no login, only what systemd starts for every target. */
export const debianWords =
  'systemd.unit=crashseal-test.service systemd.journald.forward_to_console=1';

/**
 * For a guest whose first disk is a {@link debianDisk}, with {@link debianWords} on its command line. `drivers`: besides
 * those of its disks.
 */
export const debianInitramfs = (
  kernel: KernelTree,
  files: readonly InitramfsFile[],
  drivers: readonly string[] = [],
): Uint8Array =>
  systemInitramfs({
    kernel,
    drivers: [...virtioDisk, 'ext4', ...drivers],
    init,
    files: [
      { path: 'etc/systemd/system/crashseal-test.service', content: { text: commandService } },
      { path: 'etc/crashseal-test/commands', content: { text: commandLoop(machines.x86_64.port) } },
      ...files,
    ].map((file) => ({ ...file, path: `${payload}/${file.path}` })),
  });
