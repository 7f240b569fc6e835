/** Words of kdump's own configuration files, and what a profile has for each. */

const target =
  'use `target`: `{ kind: raw, device: … }` writes the dump to a partition or disk of its own';
const fileSystem =
  'use `target`: `{ kind: filesystem, device: …, directory: … }`, where `device` is UUID=, LABEL= or another name';
const filter = 'use `dump`: `level`, `compression` and `format` are options of makedumpfile';
const drivers = 'use `initramfs.drivers`: the drivers that the dump target needs';
const composed =
  'drop it: crashseal composes the initramfs itself, or takes yours with `from: file`';
const failure = 'use `failureAction`: `reboot`, `poweroff`, `halt` or `shell`';
const words = 'use `commandLine`: `inherit`, `append` and `remove`';
const built = 'drop it: a bundle is built once, and again when the profile changes';

/** kdump.conf(5), kdump-config(8) and /etc/sysconfig/kdump. */
const keys: Readonly<Record<string, string>> = {
  raw: target,
  nfs: 'use `target`: `{ kind: nfs, server: …, export: … }`',
  ssh: 'use `target`: `{ kind: ssh, host: …, user: …, hostKey: … }`',
  sshkey: 'use `target.identity`: the local overlay of the machine brings the key',
  path: 'use `target.directory`',
  ext2: fileSystem,
  ext3: fileSystem,
  ext4: fileSystem,
  xfs: fileSystem,
  btrfs: fileSystem,
  virtiofs: target,
  dump_to_rootfs: failure,
  core_collector: filter,
  makedumpfile: filter,
  makedump_args: filter,
  final_action: 'use `finalAction`: `reboot`, `poweroff`, `halt` or `shell`',
  failure_action: failure,
  default: failure,
  kdump_pre: composed,
  kdump_post: composed,
  extra_bins: composed,
  dracut_args: composed,
  extra_modules: drivers,
  force_rebuild: built,
  force_no_rebuild: built,
  auto_reset_crashkernel: 'drop it: `crashkernel` says what the system kernel reserves',
  kdump_kernel: 'use `kernel`: a package, a file or an installed release',
  kdump_kernelver: 'use `kernel`: a package, a file or an installed release',
  kdump_initrd: 'use `initramfs`: `{ from: file, path: … }`',
  kdump_coredir: fileSystem,
  kdump_savedir: fileSystem,
  kdump_dumplevel: 'use `dump.level`',
  kdump_dumpformat: 'use `dump.format` and `dump.compression`',
  kdump_cmdline: words,
  kdump_cmdline_append: 'use `commandLine.append`',
  kdump_commandline: words,
  kdump_commandline_append: 'use `commandLine.append`',
  kdump_commandline_remove: 'use `commandLine.remove`',
  kexec_args: 'use `backend`: how the bundle is loaded',
};

const kinds = 'https ftp cifs smb minix virtiofs file'.split(' ');
const fileSystems = 'ext2 ext3 ext4 xfs btrfs vfat fat msdos'.split(' ');

const fileSystemType = (word: string): string =>
  /^ext/.test(word) ? 'ext4' : /fat|msdos/.test(word) ? 'vfat' : word;

/** What to write in place of a key that kdump has and a profile does not. */
export const insteadOfKey = (key: string): string | undefined => keys[key.toLowerCase()];

/** What to write in place of a value of kdump's, by the key of a profile that it stands at. */
export function insteadOfValue(key: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  if (/^target(s\.\d+)?\.kind$/.test(key) && fileSystems.includes(word))
    return `use \`kind: filesystem\`, and say what it is with \`type: ${fileSystemType(word)}\``;
  if (/^target(s\.\d+)?\.kind$/.test(key) && kinds.includes(word))
    return 'use `kind: raw` with a partition or disk of its own, and copy the dump from there after the reboot';
  if (key === 'target' && /^[a-z0-9_.-]+@|^[a-z0-9.-]+:\//.test(word))
    return `${target}; copy it from there after the reboot`;
  if (
    /^(final|failure)Action$/.test(key) &&
    ['dump_to_rootfs', 'mount_root_run_init'].includes(word)
  )
    return 'use `shell` to look for yourself, or `reboot`';
  return undefined;
}
