/**
 * What the distribution ships for the same job: kdump-tools with the initramfs that it makes for the machine, on a
 * Debian with systemd. It mounts the root file system and writes a filtered dump there.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestOptions } from '../pipeline/guest/guest.ts';
import { SystemGuest } from '../pipeline/guest/system-guest.ts';
import { debianInitramfs, debianWords } from '../test/support/debian-system.ts';
import { testKernelTree } from '../test/support/kernel-tree.ts';
import type { TestKernelName } from '../test/support/kernels.ts';

/** A Debian boots twice in it, on a host that may be busy. */
const patienceMs = 600_000;

/** Waits for its unit, which makes the initramfs at the first boot, and says whether a capture kernel is loaded. */
const loaded = 'systemctl start kdump-tools && [ "$(cat /sys/kernel/kexec_crash_loaded)" = 1 ]';

type KdumpTools = {
  /** Whether a dump was saved with so much reserved. MiB. */
  readonly captures: (size: number) => Promise<boolean>;
};

/** A file system with a Debian that has these kernels and kdump-tools. */
export async function kdumpToolsRoot(kernels: readonly TestKernelName[]): Promise<string> {
  const debs = await Promise.all(kernels.map(async (name) => (await testKernelTree(name)).deb));
  return execFileSync('setup/kdump-tools-root.sh', debs, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

export async function kdumpTools(
  root: string,
  kernelName: TestKernelName,
  folder: string,
): Promise<KdumpTools> {
  const disk = join(folder, `kdump-tools-${kernelName}.ext2`);
  execFileSync('cp', ['--sparse=always', root, disk]);
  const kernel = await testKernelTree(kernelName);
  const initrd = join(folder, `kdump-tools-${kernelName}.cpio`);
  writeFileSync(initrd, await debianInitramfs(kernel, []));
  const guest = (size: number): GuestOptions => ({
    name: `kdump-tools-${kernelName}-${size}`,
    logFolder: folder,
    kernel: kernel.vmlinuz,
    initrd,
    memory: '1024M',
    append: `console=ttyS0 root=/dev/vda rw crashkernel=${size}M ${debianWords}`,
    disks: [{ path: disk }],
    readyLimitMs: patienceMs,
  });
  const made = await SystemGuest.start(guest(256));
  await made.mustRun(loaded);
  await made.run('sync; mount -o remount,ro /');
  await made.stop();
  return {
    captures: async (size) => {
      const system = await SystemGuest.start(guest(size));
      try {
        if ((await system.run(loaded)).exitCode !== 0) return false;
        await system.panic();
        // A machine whose capture service has failed goes on for ever, without a dump.
        const end = /saved vmcore in|Failed to start kdump-tools-dump\.service/;
        const { match } = await system.guest.console.waitFor(end, patienceMs);
        return match[0].startsWith('saved');
      } catch {
        return false;
      } finally {
        await system.stop();
      }
    },
  };
}
