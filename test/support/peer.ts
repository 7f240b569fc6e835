/** kexec-tools, the other loader: proves the harness, and is what we measure ourselves against. */
import { execFileSync } from 'node:child_process';
import type { KernelTree } from '../../pipeline/guest/kernel-tree.ts';
import {
  type InitramfsFile,
  type SystemInitramfsOptions,
  scriptedInit,
  systemInitramfs,
} from '../../pipeline/guest/system-initramfs.ts';

/** `kexec` with its libraries and the kernel to load, for a system initramfs. */
export function peerFiles(kernel: KernelTree, captureInitramfs: string): readonly InitramfsFile[] {
  const program = '/sbin/kexec';
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/lib\S+)/g);
  return [
    { path: 'sbin/kexec', mode: 0o755, content: { from: program } },
    ...[...libraries].map(([path]) => ({
      path: path.slice(1),
      mode: 0o755,
      content: { from: path },
    })),
    { path: 'vmlinuz', content: { from: kernel.vmlinuz } },
    { path: 'capture.cpio', content: { from: captureInitramfs } },
  ];
}

/** Loads what {@link peerFiles} brought. */
export const peerLoad = (append: string): string =>
  `kexec -p -c /vmlinuz --initrd=/capture.cpio --append='${append}'`;

/** Copies the dump to the first disk as it is, and switches the machine off. */
export const copyingInitramfs = (
  kernel: KernelTree,
  options: Pick<SystemInitramfsOptions, 'arch' | 'busybox' | 'drivers'> = {},
): Uint8Array =>
  systemInitramfs({
    ...options,
    kernel,
    init: scriptedInit(`echo 'capture: up' >/dev/kmsg
dd if=/proc/vmcore of=/dev/vda bs=1M && echo 'capture: saved' >/dev/kmsg
sync
poweroff -f`),
  });
