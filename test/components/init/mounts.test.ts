/** What is mounted before anything else is done. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { initScript } from '../../../pipeline/components/init/init.ts';
import { inFolder } from './shell.ts';

test("busybox's names come first, then proc, sys, dev and tmp", () => {
  const copy = inFolder('copy.sh');
  writeFileSync(
    copy,
    initScript
      .replaceAll('/bin/busybox --', 'busybox_itself --')
      .replaceAll('/proc/sys', '/nowhere'),
  );
  const body = `. ${copy}
busybox_itself() { echo "busybox $*"; }
mkdir() { echo "mkdir $*"; }
mount() { echo "mount $*"; }
mount_all`;
  const ran = spawnSync('busybox', ['sh', '-c', body], { encoding: 'utf8' });
  expect(ran.stdout.trim().split('\n')).toEqual([
    'busybox --install -s /bin',
    'mkdir -p /proc /sys /dev /tmp /run',
    'mount -t proc proc /proc',
    'mount -t sysfs sysfs /sys',
    'mount -t devtmpfs devtmpfs /dev',
    'mount -t tmpfs tmpfs /tmp',
  ]);
});
