/** Disks as files, for the places of dump targets; and where a dump then lies, as a file again. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeDumpDevice } from '../guest/dump-device.ts';
import { blankDisk, type FileSystem, makeFileSystem, takeOut } from '../guest/file-systems.ts';
import type { KernelTree } from '../guest/kernel-tree.ts';
import type { DiskOptions } from '../guest/machines/machine-shape.ts';
import type { GuestArch } from '../guest/machines/machines.ts';
import type { Place } from './place.ts';

const mebibyte = 2 ** 20;
/** Where partitions begin. */
const partitionAt = mebibyte;

const uuidWords: Readonly<Record<FileSystem, (uuid: string) => readonly string[]>> = {
  ext4: (uuid) => ['-U', uuid],
  xfs: (uuid) => ['-m', `uuid=${uuid}`],
  btrfs: (uuid) => ['-U', uuid],
  vfat: (uuid) => ['-i', uuid.replace('-', '')],
};

/** Bytes of one file into another, from there on; what is zero stays a hole. */
function putInto(image: string, from: string, at: number): void {
  const [source, target] = [openSync(from, 'r'), openSync(image, 'r+')];
  const piece = Buffer.alloc(mebibyte);
  const zeros = Buffer.alloc(mebibyte);
  for (let done = 0; ; ) {
    const count = readSync(source, piece, 0, piece.length, done);
    if (count === 0) break;
    if (piece.compare(zeros, 0, count, 0, count) !== 0)
      writeSync(target, piece, 0, count, at + done);
    done += count;
  }
  closeSync(source);
  closeSync(target);
}

/** A disk with what the target is known by, and nothing else. `poisoned`: pages that nobody writes can be told. */
export function makeDisk(
  folder: string,
  name: string,
  place: Place,
  sizeMiB: number,
  poisoned: boolean,
): DiskOptions {
  const path = join(folder, `${name}.raw`);
  const { bus, serial, partition, fileSystem, swap } = place;
  const inner = partition === undefined ? path : join(folder, `${name}.part`);
  if (fileSystem !== undefined) {
    const { type, label = '', uuid } = fileSystem;
    makeFileSystem(inner, type, label, sizeMiB, uuid === undefined ? [] : uuidWords[type](uuid));
  } else if (poisoned && partition === undefined && swap === undefined)
    makeDumpDevice(path, sizeMiB);
  else blankDisk(inner, sizeMiB);
  if (swap !== undefined) execFileSync('mkswap', ['-U', swap, inner], { stdio: 'pipe' });
  if (partition !== undefined) {
    // Room for the table at both ends.
    blankDisk(path, sizeMiB + 2);
    const { label, uuid, dos } = partition;
    const words = [
      `start=${partitionAt / 512}`,
      `size=${(sizeMiB * mebibyte) / 512}`,
      ...(label === undefined ? [] : [`name="${label}"`]),
      ...(uuid === undefined ? [] : [`uuid=${uuid}`]),
    ].join(', ');
    const table =
      dos === undefined
        ? ['label: gpt', words]
        : ['label: dos', `label-id: 0x${dos.disk}`, `${dos.number}: ${words}`];
    execFileSync('sfdisk', ['--quiet', path], {
      input: `${table.join('\n')}\n`,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    putInto(path, inner, partitionAt);
  }
  return { path, bus, ...(serial === undefined ? {} : { serial }) };
}

/** A disk of the same size that no target names. */
export const otherDisk = (
  folder: string,
  name: string,
  { bus }: Place,
  sizeMiB: number,
): DiskOptions => ({
  path: blankDisk(join(folder, `${name}.raw`), sizeMiB),
  bus,
  serial: name,
});

/** What savecore reads: the disk itself, or a folder with what was stored as files. */
export async function dumpsOn(
  disk: DiskOptions,
  { partition, fileSystem, directory }: Place,
  folder: string,
  from: { readonly arch: GuestArch; readonly kernel: KernelTree; readonly busybox: string },
): Promise<string> {
  if (fileSystem === undefined) return disk.path;
  let image = disk.path;
  if (partition !== undefined) {
    image = `${disk.path}.part`;
    const skip = String(partitionAt / mebibyte);
    const words = [`if=${disk.path}`, `of=${image}`, 'bs=1M', `skip=${skip}`, 'conv=sparse'];
    execFileSync('dd', words, { stdio: 'pipe' });
  }
  const to = join(folder, 'files');
  await takeOut(image, fileSystem.type, directory, to, from);
  return to;
}
