/** File systems that dumps go to: made and read as files, without a mount and without root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KernelTree } from './kernel-tree.ts';
import { consoleWords, defaultGuest, type GuestArch } from './machines/machines.ts';
import { SystemGuest } from './system-guest.ts';
import { systemInitramfs, usualDrivers } from './system-initramfs.ts';

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

/** The guest that reads what no program here does: without busybox, this machine's own. */
export type ReadingSystem = {
  readonly arch?: GuestArch;
  readonly kernel: KernelTree;
  readonly busybox?: string;
};

/** What is below `directory` of the image, in the folder `to`. */
export async function takeOut(
  image: string,
  type: FileSystem,
  directory: string,
  to: string,
  system: ReadingSystem,
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
      await takeOutByGuest(image, type, directory, to, system);
  }
}

/** Neither btrfs restore nor xfs_db gives whole trees with their modes: a kernel reads them. */
async function takeOutByGuest(
  image: string,
  type: FileSystem,
  directory: string,
  to: string,
  reader: ReadingSystem,
): Promise<void> {
  const { arch = defaultGuest } = reader;
  const archive = `${to}.tar`;
  const initrd = `${to}.cpio`;
  blankDisk(archive, 512);
  writeFileSync(initrd, systemInitramfs({ ...reader, drivers: [...usualDrivers(arch), type] }));
  const system = await SystemGuest.start({
    name: 'reads-file-system',
    arch,
    kernel: reader.kernel.vmlinuz,
    initrd,
    memory: '512M',
    logFolder: dirname(to),
    append: consoleWords(arch).join(' '),
    disks: [{ path: image }, { path: archive }],
  });
  await system.mustRun(
    `mkdir /mnt; mount -t ${type} -o ro /dev/vda /mnt && tar -C /mnt${directory} -cf /dev/vdb . && sync`,
  );
  await system.stop();
  execFileSync('tar', ['-xpf', archive, '-C', to]);
}
