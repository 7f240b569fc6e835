/**
 * EFI on riscv64, of Debian's packages: U-Boot is the firmware, systemd-boot starts Linux from a disk and gives it the
 * initramfs. The machine's own firmware, EDK2, says nothing on Debian 12's QEMU.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestOptions } from '../../pipeline/guest/guest.ts';
import { machines } from '../../pipeline/guest/machines/machines.ts';
import { packageTree } from './packages.ts';

/** Of u-boot-qemu: it runs in supervisor mode, above OpenSBI. */
const uBoot = '/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf';

const sector = 512;
const firstSector = 2048;
const efiSystem = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

/** The same guest, whose firmware boots the same kernel from a disk. */
export async function bootedByEfi(folder: string, options: GuestOptions): Promise<GuestOptions> {
  const { kernel = '', initrd = '', append = '', disks = [], ...machine } = options;
  const words = [...machines.riscv64.kernelWords, append].join(' ');
  const path = await efiDisk(folder, { kernel, initrd, words });
  // U-Boot looks at the first disk alone.
  return { ...machine, kernel: uBoot, disks: [{ path }, ...disks] };
}

/** A disk with an EFI system partition from which the firmware boots that kernel. */
async function efiDisk(
  folder: string,
  boots: { readonly kernel: string; readonly initrd: string; readonly words: string },
): Promise<string> {
  const loader = await packageTree('riscv64', 'systemd-boot-efi');
  const disk = join(folder, 'efi.raw');
  const text = (name: string, lines: readonly string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  };
  const settings = text('loader.conf', ['timeout 0', 'default linux.conf']);
  const entry = text('linux.conf', [
    'title Linux',
    'linux /vmlinux',
    'initrd /initrd',
    `options ${boots.words}`,
  ]);
  const stub = join(loader, 'usr/lib/systemd/boot/efi/systemd-bootriscv64.efi');
  const size = 192;
  execFileSync('truncate', ['--size', `${size}M`, disk]);
  const sectors = (size * 2 ** 20) / sector - 2 * firstSector;
  execFileSync('/sbin/sfdisk', ['--quiet', disk], {
    input: `label: gpt\nstart=${firstSector}, size=${sectors}, type=${efiSystem}\n`,
  });
  const offset = `--offset=${firstSector}`;
  execFileSync('/sbin/mkfs.vfat', ['-F', '32', offset, disk, `${sectors / 2}`], { stdio: 'pipe' });
  const at = `${disk}@@${firstSector * sector}`;
  const folders = ['::/EFI', '::/EFI/BOOT', '::/loader', '::/loader/entries'];
  execFileSync('mmd', ['-i', at, ...folders]);
  const files: Readonly<Record<string, string>> = {
    '::/EFI/BOOT/BOOTRISCV64.EFI': stub,
    '::/loader/loader.conf': settings,
    '::/loader/entries/linux.conf': entry,
    '::/vmlinux': boots.kernel,
    '::/initrd': boots.initrd,
  };
  for (const [to, from] of Object.entries(files)) execFileSync('mcopy', ['-i', at, from, to]);
  return disk;
}
