/** A system whose root is a disk: what it writes is still in the journal when it panics. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeFileSystem, takeOut } from '../../pipeline/guest/file-systems.ts';
import { machines } from '../../pipeline/guest/machines/machines.ts';
import { commandLoop, scriptedInit, virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { armCommand, boot } from './capture.ts';
import { consoleOf, expectOneDump } from './file-systems.ts';
import type { TestKernelName } from './kernels.ts';

/** The first disk becomes the root; what the initramfs has goes there. */
const rootOn = (type: string): { readonly drivers: readonly string[]; readonly init: string } => ({
  drivers: [...virtioDisk, type],
  init: scriptedInit(`
mkdir /system
mount -t ${type} /dev/vda /system
mkdir -p /system/dev /system/proc /system/sys /system/tmp /system/run /system/var/log
cp -a /bin /sbin /usr /etc /bundle /system/
cat >/system/commands <<'END'
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
${commandLoop(machines.x86_64.port)}
END
printf '#!/bin/sh\\n. /commands\\n' >/system/init
chmod 755 /system/init
mount --move /dev /system/dev
umount /run /tmp /sys /proc
exec switch_root /system /init
`),
});

/** Makes the journal one that must be replayed: what is written last is not on the disk itself yet. */
const dirtyRoot =
  'sync; for i in $(seq 200); do echo "line $i" >/var/log/$i; done; sync /var/log/200; rm /var/log/1';

const uuid = '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';

/** How each is made with that UUID, and what finds harm in it. */
const rootTypes = {
  ext4: { words: ['-U', uuid], check: ['e2fsck', '-fn'] },
  xfs: { words: ['-m', `uuid=${uuid}`], check: ['xfs_repair', '-n'] },
  btrfs: { words: ['-U', uuid], check: ['btrfs', 'check', '--readonly'] },
} as const;
export type RootType = keyof typeof rootTypes;

/** The root that a machine ran from when it died takes the dump, and comes to no harm. */
export async function expectDumpOnRoot(
  folder: string,
  type: RootType,
  kernel: TestKernelName,
): Promise<void> {
  const { words, check } = rootTypes[type];
  const root = makeFileSystem(join(folder, 'root'), type, 'root', 512, words);
  const booted = await boot(folder, {
    name: `${type}-root`,
    kernel,
    crashkernel: ['192M'],
    ...rootOn(type),
    profile: {
      target: { kind: 'filesystem', device: `UUID=${uuid}`, type, keep: 3 },
      dump: { format: 'kdump' },
      failureAction: 'halt',
    },
    guest: { disks: [{ path: root }] },
  });
  const { system } = booted;
  await system.mustRun(dirtyRoot);
  await system.mustRun(armCommand);
  const mark = await system.panic();
  const end = await system.guest.ended();
  expect([end.reason, consoleOf(system)]).toEqual([
    'guest-shutdown',
    expect.stringMatching(/vmcore saved: \d+ bytes to \/dev\/vda:\/var\/crash\//),
  ]);
  const out = join(folder, 'dumps');
  await takeOut(root, type, '/var/crash', out, booted);
  expectOneDump(out, mark);
  const [program, ...rest] = check;
  execFileSync(program, [...rest, root], { stdio: 'pipe' });
}
