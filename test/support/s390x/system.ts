/** A guest for s390x that runs the test kernel and takes commands; from a disk, so that an IPL leaves its memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestOptions } from '../../../pipeline/guest/guest.ts';
import type { DiskOptions } from '../../../pipeline/guest/machines/machine-shape.ts';
import { linuxBootDisk, writeBootDisk } from '../../../pipeline/guest/machines/s390x/boot-disk.ts';
import { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import { type InitramfsFile, systemInitramfs } from '../../../pipeline/guest/system-initramfs.ts';
import { busyboxOf } from '../packages.ts';
import { s390xKernel } from './kernels.ts';

export type S390xSystem = {
  /** Names the logs. */
  readonly name: string;
  readonly series: string;
  readonly cpus?: number;
  /** MiB. */
  readonly memory?: number;
  /** Words for the system kernel. */
  readonly append?: string;
  readonly files?: readonly InitramfsFile[];
  readonly disks?: readonly DiskOptions[];
  /** `kernel`: QEMU loads it, and restores it at every IPL. */
  readonly bootFrom?: 'disk' | 'kernel';
  readonly guest?: Partial<GuestOptions>;
};

/** An initramfs of busybox and of what a test brings; the test kernel has no modules. */
export const s390xInitramfs = async (
  files: readonly InitramfsFile[] = [],
  init?: string,
): Promise<Uint8Array> =>
  systemInitramfs({
    arch: 's390x',
    busybox: await busyboxOf('s390x'),
    drivers: [],
    files,
    ...(init === undefined ? {} : { init }),
  });

/** Before any other, so that the dump device is `vdb`. */
const bootBusId = '0.0.0050';

/** What QEMU is started with; files go into `folder`. */
export async function s390xGuestOptions(
  folder: string,
  system: S390xSystem,
): Promise<GuestOptions> {
  const { image } = await s390xKernel(system.series);
  const initramfs = await s390xInitramfs(system.files);
  const append = `crashkernel=192M ${system.append ?? ''}`.trim();
  const common = {
    name: system.name,
    arch: 's390x' as const,
    cpus: system.cpus ?? 1,
    memory: `${system.memory ?? 768}M`,
  };
  const disks = system.disks ?? [];
  if (system.bootFrom === 'kernel') {
    const initrd = join(folder, 'system.cpio');
    writeFileSync(initrd, initramfs);
    return { ...common, kernel: image, initrd, append, disks, ...system.guest };
  }
  const path = join(folder, 'system.disk');
  const linux = { image: readFileSync(image), initrd: initramfs, commandLine: append };
  writeBootDisk(path, linuxBootDisk(linux));
  const boot = { path, busId: bootBusId, bootIndex: 1 };
  return { ...common, disks: [boot, ...disks], ...system.guest };
}

export const startS390x = async (folder: string, system: S390xSystem): Promise<SystemGuest> =>
  SystemGuest.start(await s390xGuestOptions(folder, system));
