/** What init takes the bytes on a device for. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { device, deviceSize, marker, mebibyte, ourMarker, shell } from './shell.ts';

const content = (path: string): string => shell(`content ${path}`);

describe('what is on a device', () => {
  test('zeros are blank, and so are zeros around something in the middle', () => {
    expect(content(device())).toBe('blank');
    expect(content(device([4 * mebibyte, 'x']))).toBe('blank');
  });

  test('something at the end is not blank', () => {
    expect(content(device([deviceSize - 1, 'x']))).toBe('unknown data');
  });

  test.each([
    ['a filtered dump', 'makedumpfile\0\0\0\0'],
    ['a raw dump', '\x7fELF'],
    ['nothing yet', ''],
  ])('our marker with %s before it is ours', (_what, head) => {
    expect(content(device([0, head], ourMarker))).toBe('ours');
  });

  test('our marker is not enough when something else was put before it', () => {
    expect(content(device([0, 'XFSB'], ourMarker))).toBe('an XFS file system');
    expect(content(device([0, 'makedumpfile\0'], marker('crashseal-dump 2\n')))).toBe(
      'unknown data',
    );
  });

  test.each([
    ['ext4', ['mkfs.ext4', '-qF'], 'an ext2, ext3 or ext4 file system'],
    ['swap', ['mkswap'], 'swap space'],
    ['FAT', ['busybox', 'mkdosfs'], 'a boot sector or an MBR partition table'],
  ] as const)('a %s made over our dump is seen as such', (_what, [command, ...args], expected) => {
    const path = device([0, 'makedumpfile\0'], ourMarker);
    execFileSync(command, [...args, path], { stdio: 'pipe' });
    expect(content(path)).toBe(expected);
  });

  test.each([
    [512, 'EFI PART', 'a GPT partition table'],
    [512, 'LABELONE', 'an LVM physical volume'],
    [65600, '_BHRfS_M', 'a btrfs file system'],
    [0, 'LUKS\xba\xbe', 'a LUKS volume'],
    [4096, '\xfc\x4e\x2b\xa9', 'a member of an md array'],
    [1024, 'something', 'unknown data'],
  ])('at %i, %j is %s', (at, bytes, expected) => {
    expect(content(device([at, Buffer.from(bytes, 'latin1')]))).toBe(expected);
  });
});
