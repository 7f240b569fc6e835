/** What a machine needs to try bundles: QEMU's program for an architecture, and what makes and reads disks. */
import { machines, qemuProgram } from '../guest/machines/machines.ts';
import { guestArch } from './bench.ts';

/** Those that every run takes, and those that only some targets do, with what they are for. */
export const provePrograms: readonly { readonly program: string; readonly onlyFor?: string }[] = [
  { program: 'makedumpfile' },
  { program: 'dd' },
  { program: 'sfdisk', onlyFor: 'targets in a partition' },
  { program: 'mkswap', onlyFor: 'targets in swap' },
  { program: 'mkfs.ext4', onlyFor: 'ext4 targets' },
  { program: 'debugfs', onlyFor: 'ext4 targets' },
  { program: 'mkfs.xfs', onlyFor: 'XFS targets' },
  { program: 'mkfs.btrfs', onlyFor: 'Btrfs targets' },
  { program: 'mkfs.vfat', onlyFor: 'FAT targets' },
  { program: 'mcopy', onlyFor: 'FAT targets' },
  { program: 'sshd', onlyFor: 'SSH targets' },
  { program: 'ssh-keygen', onlyFor: 'SSH targets' },
  { program: 'unshare', onlyFor: 'SSH and NFS targets' },
  { program: 'ganesha.nfsd', onlyFor: 'NFS targets, as root' },
];

/** QEMU for machines of an architecture; undefined: it has none. */
export function qemuFor(
  arch: string,
): { readonly program: string; readonly package: string } | undefined {
  const known = guestArch(arch);
  return known === undefined
    ? undefined
    : { program: qemuProgram(known), package: machines[known].package };
}
