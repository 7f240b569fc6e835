/** Every program that the tool runs by a fixed name: how it is asked for its version, and the package that has it. */

export type Program = {
  /** What makes it say something and do nothing. */
  readonly ask: readonly string[];
  readonly apt: string;
  /** Where Fedora and its kin have it; undefined where they do not. */
  readonly dnf: string | undefined;
};

const program = (apt: string, dnf: string | undefined = apt, ask = ['--version']): Program => ({
  ask,
  apt,
  dnf,
});

export const programs: Readonly<Record<string, Program>> = {
  'apt-cache': program('apt'),
  'apt-config': program('apt'),
  'apt-get': program('apt'),
  bash: program('bash'),
  bzip2: program('bzip2', 'bzip2', ['--help']),
  cat: program('coreutils'),
  cpio: program('cpio'),
  dd: program('coreutils'),
  debugfs: program('e2fsprogs', 'e2fsprogs', ['-V']),
  depmod: program('kmod'),
  'dpkg-deb': program('dpkg'),
  'ganesha.nfsd': program('nfs-ganesha-vfs', 'nfs-ganesha-vfs', ['-v']),
  grep: program('grep'),
  gzip: program('gzip'),
  lz4: program('lz4'),
  makedumpfile: program('makedumpfile', 'makedumpfile', ['-v']),
  mcopy: program('mtools'),
  'mkfs.btrfs': program('btrfs-progs'),
  'mkfs.ext4': program('e2fsprogs', 'e2fsprogs', ['-V']),
  'mkfs.vfat': program('dosfstools', 'dosfstools', ['--help']),
  'mkfs.xfs': program('xfsprogs', 'xfsprogs', ['-V']),
  modprobe: program('kmod'),
  mkswap: program('util-linux'),
  openssl: program('openssl', 'openssl', ['version']),
  readelf: program('binutils'),
  rpm: program('rpm'),
  rpm2cpio: program('rpm2cpio', 'rpm', ['--help']),
  'ssh-keygen': program('openssh-client', 'openssh', ['-?']),
  sshd: program('openssh-server', 'openssh-server', ['-?']),
  sh: program('dash', 'bash', ['-c', 'echo sh']),
  sfdisk: program('fdisk', 'util-linux'),
  tar: program('tar'),
  unshare: program('util-linux'),
  xz: program('xz-utils', 'xz'),
  zstd: program('zstd'),
};
