/** File systems as their own mkfs makes them, as the capture init reads them; blkid has the second opinion. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { block, inFolder, shell, sysfs } from './shell.ts';

/** A device with what this command makes on it. */
function made(name: string, command: string): string {
  mkdirSync(inFolder('dev'), { recursive: true });
  const path = inFolder('dev', name);
  writeFileSync(path, '');
  truncateSync(path, 512 * 2 ** 20);
  const [program = '', ...words] = command.split(' ');
  if (program !== '') execFileSync(program, [...words, path], { stdio: 'pipe' });
  return path;
}

const kinds = [
  ['ext4', 'mkfs.ext4 -qF -L'],
  ['ext4', 'mkfs.ext2 -qF -L'],
  ['xfs', 'mkfs.xfs -qf -L'],
  ['btrfs', 'mkfs.btrfs -qf -L'],
  ['vfat', 'mkfs.vfat -F 32 -n'],
  ['vfat', 'mkfs.vfat -F 16 -n'],
] as const;

describe('a superblock', () => {
  test.each(kinds)('of %s, made by %s LABEL', (type, command) => {
    const path = made('vda', `${command} CRASH`);
    const uuid = execFileSync('blkid', ['-p', '-o', 'value', '-s', 'UUID', path], {
      encoding: 'utf8',
    }).trim();
    const label = Buffer.from('CRASH').toString('hex');
    expect(shell(`superblock ${path}`)).toBe(`${type} ${uuid.toLowerCase()} ${label} 1`);
  });

  test('with a label that fills its field, and with one beyond ASCII', () => {
    const longest = 'sixteen-letters!';
    expect(shell(`superblock ${made('vda', `mkfs.ext4 -qF -L ${longest}`)}`)).toContain(
      Buffer.from(longest).toString('hex'),
    );
    expect(shell(`superblock ${made('vda', 'mkfs.xfs -qf -L größe')}`)).toContain(
      Buffer.from('größe').toString('hex'),
    );
  });

  test.each([
    ['nothing', ''],
    ['swap space', 'mkswap'],
    ['the journal of another', 'mke2fs -qF -b 4096 -O journal_dev'],
  ])('of %s is none', (_what, command) => {
    expect(shell(`superblock ${made('vda', command)}`)).toBe('');
  });

  test('without a label', () => {
    expect(shell(`superblock ${made('vda', 'mkfs.vfat -F 32')}`)).toMatch(/^vfat \S{9} - 1$/);
  });
});

describe('the file system that a profile names', () => {
  const find = (by: string, value: string, types = 'ext4 xfs btrfs vfat', more = ''): string =>
    shell(`dev=${inFolder('dev')}; ${more} find_device; echo "status $?"; passed_over`, {
      target_by: by,
      target_value: value,
      target_types: types,
    }).replaceAll(`${inFolder('dev')}/`, '/dev/');
  const uuid = '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';
  const ext4 = `mkfs.ext4 -qF -U ${uuid} -L`;

  beforeEach(() => {
    for (const name of ['vda', 'vdb', 'vdc']) block(name, `pci/${name}`, `DEVNAME=${name}\n`);
    made('vda', `${ext4} root`);
    made('vdb', 'mkfs.vfat -F 32 -i A1B2C3D4 -n EFI');
    made('vdc', '');
  });

  test.each([
    ['fsuuid', uuid.toUpperCase(), '/dev/vda'],
    ['fsuuid', 'A1B2-C3D4', '/dev/vdb'],
    ['fslabel', 'root', '/dev/vda'],
    ['fslabel', 'EFI', '/dev/vdb'],
    ['path', '/dev/vda', '/dev/vda'],
  ])('is found by %s %s', (by, value, node) => {
    expect(find(by, value)).toBe(`${node}\nstatus 0`);
  });

  test('is not found by half of a name', () => {
    expect(find('fslabel', 'roo')).toBe('status 1');
    expect(find('fsuuid', uuid.slice(0, -1))).toBe('status 1');
  });

  test('a device by another name must hold it', () => {
    expect(find('path', '/dev/vdc')).toBe(
      'status 1\n; /dev/vdc is passed over: it holds no file system and the profile wants ext4 or xfs or btrfs or vfat',
    );
    expect(find('path', '/dev/vda', 'xfs')).toBe(
      'status 1\n; /dev/vda is passed over: it holds an ext2, ext3 or ext4 file system and the profile wants xfs',
    );
  });

  // A clone of a disk has the same UUID, and which of the two the machine ran from nobody can say.
  test('of two copies none is taken, blank or not', () => {
    made('vdc', `${ext4} root`);
    expect(find('fsuuid', uuid)).toBe('status 2');
    expect(find('fslabel', 'root')).toBe('status 2');
  });

  test.each(['1.0', '0.90'])(
    'a member of an md array with metadata %s looks like one and is passed over',
    (version) => {
      const path = made('vdc', '');
      const at = version === '1.0' ? 512 * 2 ** 20 - 8192 : 512 * 2 ** 20 - 65536;
      execFileSync('mkfs.ext4', ['-qF', '-L', 'mirror', path, '400M']);
      execFileSync('dd', [`of=${path}`, 'bs=1', `seek=${at}`, 'conv=notrunc'], {
        input: Buffer.from('fc4e2ba9', 'hex'),
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      expect(find('fslabel', 'mirror')).toBe(
        'status 1\n; /dev/vdc is passed over: it is a member of an md array',
      );
    },
  );

  test('what another device is made of is passed over', () => {
    sysfs('devices/pci/vda/holders/md127/uevent', '');
    expect(find('fslabel', 'root')).toBe('status 1\n; /dev/vda is passed over: part of md127');
  });

  test('one disk of a btrfs that has several is passed over', () => {
    const path = made('vdc', '');
    execFileSync('mkfs.btrfs', [
      '-qf',
      '-L',
      'pool',
      '-m',
      'raid1',
      '-d',
      'raid1',
      path,
      made('vdb', ''),
    ]);
    expect(find('path', '/dev/vdc')).toBe(
      'status 1\n; /dev/vdc is passed over: it holds a btrfs of several devices',
    );
  });

  test('with a stack only what comes out of it is meant', () => {
    const disk = 'DEVNAME=dm-0\n';
    block('dm-0', 'virtual/dm-0', disk);
    sysfs('devices/virtual/dm-0/dm/name', 'vg0-crash\n');
    made('dm-0', `${ext4} root`);
    expect(find('fslabel', 'root')).toContain('/dev/vda\nstatus 0');
    expect(find('fslabel', 'root', 'ext4', 'target_stack=lvm;')).toContain('/dev/dm-0\nstatus 0');
    expect(find('mapper', 'vg0-crash', 'ext4', 'target_stack=lvm;')).toBe('/dev/dm-0\nstatus 0');
    expect(find('mapper', 'vg0-other', 'ext4', 'target_stack=lvm;')).toBe('status 1');
  });
});
