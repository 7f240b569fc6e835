/** Devices made of others. Only a kernel makes them: the guest that panics does it before. */
import { execFileSync } from 'node:child_process';
import { createDecipheriv } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { expect } from 'vitest';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { programFiles } from './file-systems.ts';

/** For a system that puts stacks together: its modules and programs, and more of these. */
export const stackMaker = (...more: readonly string[]) => ({
  drivers: [...virtioDisk, 'raid1', 'dm_mod', 'dm_crypt', 'xts', 'ecb'],
  files: programFiles(
    '/usr/sbin/mdadm',
    '/usr/sbin/lvm',
    '/usr/sbin/cryptsetup',
    '/usr/sbin/mkfs.ext4',
    ...more,
  ),
});

export const arrayUuid = '0e9bf3e1:6f1b3d37:d1cbd9b3:2c0a9f1e';
export const luksUuid = '7f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';

const lvm = (words: string): string =>
  `lvm ${words} -y --config 'activation{udev_sync=0 udev_rules=0}' 2>&1`;

export const makeArray = (one: string, other: string): string =>
  `mdadm --create /dev/md0 --run --level=1 --raid-devices=2 --assume-clean --uuid=${arrayUuid} ${one} ${other} 2>&1`;
/** The volume `lv-crash` of the group `v-g0`, as /dev/dm-0. */
export const makeVolume = (device: string): string =>
  `mkdir -p /run/lvm /run/lock/lvm && ${lvm(`pvcreate ${device}`)} && ${lvm(`vgcreate v-g0 ${device}`)} && ${lvm('lvcreate -Wn -Zn -l 100%FREE -n lv-crash v-g0')} && [ -b /dev/dm-0 ]`;
/** What opens the LUKS volumes here. */
export const volumeKey = 'k'.repeat(64);
/** Opened as /dev/mapper/opened, with {@link volumeKey} in /volume-key. */
export const makeLuks = (device: string): string =>
  `printf ${volumeKey} >/volume-key && echo pw | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --volume-key-file /volume-key --key-size 512 --uuid ${luksUuid} ${device} - 2>&1 && DM_DISABLE_UDEV=1 cryptsetup open --type luks --disable-keyring --volume-key-file /volume-key ${device} opened 2>&1`;

/** Where the data of a member begins: what is at this place of the array is there in the image. */
export function arrayDataAt(image: string): number {
  const shown = execFileSync('mdadm', ['--examine', image], { encoding: 'utf8' });
  return Number(/Data Offset : (\d+) sectors/.exec(shown)?.[1]) * 512;
}
/** Where the first extent of a physical volume begins. */
export const firstExtent = 2 ** 20;

/** A member that has lost its record: the array comes up without it. */
export function forgetMembership(image: string): void {
  const file = openSync(image, 'r+');
  writeSync(file, Buffer.alloc(8192), 0, 8192, 0);
  closeSync(file);
}

/** What is on the LUKS 2 volume of the image, opened with {@link volumeKey}. */
export function openLuks(image: string): Buffer {
  const encrypted = readFileSync(image);
  // The metadata are JSON, from byte 4096 on, and end in zeros.
  const json = encrypted.subarray(4096, encrypted.indexOf(0, 4096)).toString('latin1');
  const segment = JSON.parse(json).segments[0];
  expect(segment).toMatchObject({ type: 'crypt', encryption: 'aes-xts-plain64', iv_tweak: '0' });
  const data = encrypted.subarray(Number(segment.offset));
  const plain = Buffer.alloc(data.length);
  const tweak = Buffer.alloc(16);
  for (let at = 0; at + segment.sector_size <= data.length; at += segment.sector_size) {
    // Counted in sectors of 512 bytes, however large those of the volume are.
    tweak.writeBigUInt64LE(BigInt(at / 512));
    const sector = createDecipheriv('aes-256-xts', volumeKey, tweak);
    sector.update(data.subarray(at, at + segment.sector_size)).copy(plain, at);
  }
  return plain;
}
