/** File systems that dumps go to: made and read as files, without a mount and without root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import type { KernelTree } from './kernel-tree.ts';
import { SystemGuest } from './system-guest.ts';
import { systemInitramfs, virtioDisk } from './system-initramfs.ts';

export const fileSystems = ['ext4', 'xfs', 'btrfs', 'vfat'] as const;
export type FileSystem = (typeof fileSystems)[number];

const mebibyte = 2 ** 20;
const makers: Readonly<Record<FileSystem, readonly [string, ...string[]]>> = {
  ext4: ['mkfs.ext4', '-qF', '-L'],
  xfs: ['mkfs.xfs', '-qf', '-L'],
  btrfs: ['mkfs.btrfs', '-qf', '-L'],
  vfat: ['mkfs.vfat', '-F', '32', '-n'],
};

/** A sparse image of zeros. */
export function blankDisk(path: string, sizeMiB: number): string {
  writeFileSync(path, '');
  truncateSync(path, sizeMiB * mebibyte);
  return path;
}

/** A sparse image with an empty file system. */
export function makeFileSystem(
  path: string,
  type: FileSystem,
  label: string,
  sizeMiB = 512,
  more: readonly string[] = [],
): string {
  blankDisk(path, sizeMiB);
  const [program, ...words] = makers[type];
  execFileSync(program, [...words, label, ...more, path], { stdio: 'pipe' });
  return path;
}

/** What is below `directory` of the image, in the folder `to`. The guest that reads an xfs has this kernel. */
export async function takeOut(
  image: string,
  type: FileSystem,
  directory: string,
  to: string,
  kernel: KernelTree,
): Promise<void> {
  mkdirSync(to, { recursive: true });
  const quiet = { stdio: 'pipe' } as const;
  switch (type) {
    case 'ext4': {
      execFileSync('debugfs', ['-R', `rdump ${directory} ${to}`, image], quiet);
      const [only = ''] = readdirSync(to);
      execFileSync('sh', ['-c', `mv "$1"/"$2"/* "$1"/ && rmdir "$1"/"$2"`, 'sh', to, only], quiet);
      return;
    }
    case 'vfat':
      execFileSync('mcopy', ['-s', '-n', '-i', image, `::${directory}/*`, to], quiet);
      return;
    case 'btrfs':
    case 'xfs':
      await takeOutByGuest(image, type, directory, to, kernel);
  }
}

/** Neither btrfs restore nor xfs_db gives whole trees with their modes: a kernel reads them. */
async function takeOutByGuest(
  image: string,
  type: FileSystem,
  directory: string,
  to: string,
  kernel: KernelTree,
): Promise<void> {
  const archive = `${to}.tar`;
  const initrd = `${to}.cpio`;
  blankDisk(archive, 512);
  writeFileSync(initrd, systemInitramfs({ kernel, drivers: [...virtioDisk, type] }));
  const system = await SystemGuest.start({
    name: 'reads-file-system',
    kernel: kernel.vmlinuz,
    initrd,
    memory: '512M',
    // On a busy machine QEMU's timer is late, and the kernel takes that for a broken one.
    append: 'console=ttyS0 no_timer_check',
    disks: [{ path: image }, { path: archive }],
  });
  await system.mustRun(
    `mkdir /mnt; mount -t ${type} -o ro /dev/vda /mnt && tar -C /mnt${directory} -cf /dev/vdb . && sync`,
  );
  await system.stop();
  execFileSync('tar', ['-xpf', archive, '-C', to]);
}
