/**
 * The initramfs of the system kernel, the one that panics: busybox, drivers, what a test brings, and
 * an init that runs commands which come over the second serial port.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type KernelTree, moduleFiles } from './kernel-tree.ts';

export type InitramfsFile = {
  /** In the guest, without a leading slash. */
  readonly path: string;
  readonly mode?: number;
  readonly content: { readonly from: string } | { readonly text: string };
};

export type SystemInitramfsOptions = {
  readonly kernel: KernelTree;
  readonly drivers?: readonly string[];
  readonly files?: readonly InitramfsFile[];
  /** Replaces the command loop. */
  readonly init?: string;
};

export const virtioDisk = ['virtio_pci', 'virtio_blk'];

/** Said on the console when commands are taken. */
export const readyLine = 'crashseal-test: ready';

const mounts = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /sbin /usr/bin /usr/sbin
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mount -t tmpfs tmpfs /tmp
/bin/busybox mount -t tmpfs tmpfs /run
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
while read -r module; do insmod "/modules/$module"; done </modules/order
`;

/** One line in: a number and a command. Out: what the command says, then a line with number and exit code. */
const commandLoop = `${mounts}
stty -F /dev/ttyS1 raw -echo
exec 3<>/dev/ttyS1
echo '${readyLine}' >/dev/kmsg
while read -r number line <&3; do
	( eval "$line" ) >&3 2>&1 </dev/null
	printf '\\n@%s %s\\n' "$number" "$?" >&3
done
echo 'crashseal-test: the command port closed' >/dev/kmsg
poweroff -f
`;

/** An init with file systems and drivers in place, then `body`. */
export const scriptedInit = (body: string): string => `${mounts}\n${body}\n`;

/** Writes an initramfs (newc, not compressed) to `output`. */
export function writeSystemInitramfs(output: string, options: SystemInitramfsOptions): void {
  const root = mkdtempSync(join(tmpdir(), 'crashseal-initramfs-'));
  try {
    const put = (file: InitramfsFile) => {
      const path = join(root, file.path);
      mkdirSync(dirname(path), { recursive: true });
      if ('from' in file.content) copyFileSync(file.content.from, path);
      else writeFileSync(path, file.content.text);
      chmodSync(path, file.mode ?? 0o644);
    };
    const drivers = options.drivers ?? virtioDisk;
    const modules = drivers.length === 0 ? [] : moduleFiles(options.kernel, drivers);
    const order: string[] = [];
    for (const module of modules) {
      const name = basename(module).replace(/\.(xz|zst)$/, '');
      order.push(name);
      const path = join(root, 'modules', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, unpackModule(module));
    }
    put({ path: 'modules/order', content: { text: order.map((name) => `${name}\n`).join('') } });
    put({ path: 'bin/busybox', mode: 0o755, content: { from: '/bin/busybox' } });
    put({ path: 'init', mode: 0o755, content: { text: options.init ?? commandLoop } });
    mkdirSync(join(root, 'dev'));
    // The kernel opens /dev/console for init before devtmpfs is there.
    execFileSync('mknod', ['-m', '600', join(root, 'dev/console'), 'c', '5', '1']);
    for (const file of options.files ?? []) put(file);
    const pack = 'cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet';
    const archive = execFileSync('bash', ['-euo', 'pipefail', '-c', pack, 'pack', root], {
      maxBuffer: 2 ** 31,
    });
    writeFileSync(output, archive);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function unpackModule(path: string): Uint8Array {
  const program = path.endsWith('.xz') ? 'xz' : path.endsWith('.zst') ? 'zstd' : 'cat';
  const args = program === 'cat' ? [path] : ['-dcq', path];
  return execFileSync(program, args, { maxBuffer: 2 ** 28 });
}
