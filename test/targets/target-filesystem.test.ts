/** A target that is a file system: what the profile says, and its part of init. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  targetLimits,
  targetManifest,
  targetNeeds,
  targetSettings,
} from '../../pipeline/targets/targets.ts';
import { inFolder, shell } from '../components/init/shell.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';

const uuid = '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';
function settled(target: string) {
  const profile = parseProfileText(
    'web.yaml',
    `name: web
kernel: { from: apt, package: linux-image-amd64 }
crashkernel: 256M
localOverlay: { max: 64K }
target: { kind: filesystem, ${target} }
`,
  );
  const [only] = profile.ok ? profile.value.targets : [];
  if (only === undefined) throw new Error(JSON.stringify(profile));
  return only;
}

describe('what a profile says', () => {
  test('with a label alone, everything else has a default', () => {
    const target = settled('device: LABEL=crash');
    expect(targetSettings(target)).toEqual({
      target_kind: 'filesystem',
      target_shown: '/var/crash on the file system labelled "crash"',
      target_timeout: '600',
      target_what: 'vmcore',
      target_by: 'fslabel',
      target_value: 'crash',
      target_wait: '30',
      target_types: 'ext4 xfs btrfs vfat',
      target_directory: '/var/crash',
      target_keep_free: '64',
      target_uncollected: 'keep',
    });
    expect(targetManifest(target).description).toBe(
      '/var/crash on the file system labelled "crash"',
    );
  });

  test('any of the file systems may be there, and none is loaded before it is mounted', () => {
    const { drivers, onDemand } = targetNeeds(settled('device: LABEL=crash'));
    expect(drivers).toEqual([]);
    expect(onDemand).toEqual(
      expect.arrayContaining(['ext4?', 'xfs?', 'btrfs?', 'vfat?', 'nls_cp437?']),
    );
  });

  test('one that is said must be in the kernel package, and brings nothing for others', () => {
    expect(targetNeeds(settled('device: LABEL=crash, type: xfs')).onDemand).toEqual(['xfs']);
  });

  test.each([
    ['device: UUID=A1B2-C3D4', 1],
    ['device: LABEL=EFI, type: vfat', 1],
    ['device: LABEL=EFI, type: vfat, what: dmesg', 0],
    ['device: LABEL=crash', 0],
    ['device: LABEL=crash, type: xfs', 0],
  ])('%s: that a FAT has no large files is told', (said, count) => {
    const limits = targetLimits([settled(said)]);
    expect(limits).toHaveLength(count);
    for (const limit of limits) expect(limit).toContain(': a FAT has no file of 4 GiB');
  });

  test.each([
    [`UUID=${uuid}`, 'fsuuid', 'ext4 xfs btrfs'],
    ['UUID=A1B2-C3D4', 'fsuuid', 'vfat'],
    [`/dev/disk/by-uuid/${uuid}`, 'fsuuid', 'ext4 xfs btrfs'],
    ['/dev/disk/by-label/a\\x20b', 'fslabel', 'ext4 xfs btrfs vfat'],
    ['LABEL=größe', 'fslabel', 'ext4 xfs btrfs vfat'],
    ['PARTLABEL=crash', 'partlabel', 'ext4 xfs btrfs vfat'],
    [`PARTUUID=${uuid}`, 'partuuid', 'ext4 xfs btrfs vfat'],
    ['SERIAL=dump0', 'serial', 'ext4 xfs btrfs vfat'],
    ['/dev/vdb1', 'path', 'ext4 xfs btrfs vfat'],
  ])('%s is sought by %s and may be %s', (device, by, types) => {
    expect(targetSettings(settled(`device: '${device}'`))).toMatchObject({
      target_by: by,
      target_types: types,
    });
  });

  test.each([
    ['/', ''],
    ['/crash/', '/crash'],
    ['//var//crash', '/var/crash'],
    ["/a b'c", "/a b'c"],
  ])('the directory %s is %j', (directory, expected) => {
    expect(
      targetSettings(settled(`device: LABEL=x, directory: ${JSON.stringify(directory)}`))
        .target_directory,
    ).toBe(expected);
  });

  test('room and number of dumps', () => {
    expect(
      targetSettings(
        settled('device: LABEL=x, keep: 5, keepFree: 2G, onUncollected: replace-oldest'),
      ),
    ).toMatchObject({
      target_keep: '5',
      target_keep_free: '2048',
      target_uncollected: 'replace-oldest',
    });
  });
});

describe('a stack below it', () => {
  test.each([
    ['/dev/vg0/lv_crash', 'vg0-lv_crash', 'vg0/lv_crash'],
    ['/dev/v-g0/lv-crash', 'v--g0-lv--crash', 'v-g0/lv-crash'],
    ['/dev/mapper/v--g0-lv--crash', 'v--g0-lv--crash', 'v-g0/lv-crash'],
  ])('the volume %s', (device, table, volume) => {
    const target = settled(`device: ${device}, stack: [lvm]`);
    expect(targetSettings(target)).toMatchObject({
      target_by: 'mapper',
      target_value: table,
      target_lv: volume,
      target_stack: 'lvm',
    });
    expect(targetNeeds(target).tools).toEqual([{ name: 'lvm', package: 'lvm2' }]);
    expect(targetNeeds(target).onDemand).toContain('dm_mod');
  });

  test('an array by its UUID is put together under a name of its own', () => {
    const array = '0E9BF3E1:6f1b3d37:d1cbd9b3:2c0a9f1e';
    const target = settled(`device: 'UUID=${array}', stack: [md]`);
    expect(targetSettings(target)).toMatchObject({
      target_by: 'path',
      target_value: '/dev/md127',
      target_md: array.toLowerCase(),
      target_stack: 'md',
    });
    expect(targetNeeds(target).tools).toEqual([{ name: 'mdadm', package: 'mdadm' }]);
  });

  test('a LUKS volume is opened with a key that only the machine has', () => {
    const target = settled(`device: LABEL=x, stack: [lvm, luks], luks: { uuid: ${uuid} }`);
    expect(targetSettings(target)).toMatchObject({
      target_stack: 'lvm luks',
      target_luks: uuid,
      target_volume_key: '/etc/crashseal/volume-key',
      target_mapping: 'crashseal',
    });
    expect(targetNeeds(target).localFiles).toEqual(['/etc/crashseal/volume-key']);
  });
});

describe('its part of init', () => {
  /** A mount that does nothing, or fails; what is mounted says /proc/mounts. */
  const open = (mount: string, options = 'rw,noatime', type = 'ext4'): string =>
    shell(
      `kernel_settings=$run/sys
mkdir -p $run/sys/vm
set_online() { :; }
wait_for_device() { device=/dev/vdb; }
superblock() { echo '${type} x - 1'; }
exec 3>&1
mount() { echo "mount $*" >&3; : >$run/tried; ${mount}; }
umount() { echo "umount $*"; }
dmesg() {
  echo '[   12.2] EXT4-fs (vdb): unmounting'
  [ ! -e $run/tried ] || echo '<3>[   12.3] EXT4-fs (vdb): bad geometry'
  echo '[   12.4] EXT4-fs (vdc): fine'
}
awk() { case "$*" in *at=*) echo '${options}' ;; *) command awk "$@" ;; esac; }
(filesystem_open && echo log | filesystem_store dmesg && echo dump | filesystem_store vmcore.flat && filesystem_finish && echo "saved to $target_shown") || filesystem_close`,
      {
        run: inFolder('run'),
        target_number: '2',
        target_directory: '/var/crash',
        target_what: 'vmcore',
        attempt_what: 'vmcore',
        host: 'web1',
        stamp: '2026-11-28-12:00:00',
      },
    ).replaceAll(inFolder('run'), '/run');

  test('mounts, stores, and unmounts', () => {
    expect(open(':').split('\n')).toEqual([
      'mount -t ext4 -o noatime,errors=remount-ro /dev/vdb /run/mounted-2',
      expect.stringMatching(/^\d+ MiB are free for the dump in \/dev\/vdb:\/var\/crash$/),
      'umount /run/mounted-2',
      'saved to /dev/vdb:/var/crash/web1-2026-11-28-12:00:00',
    ]);
    expect(
      readdirSync(inFolder('run/mounted-2/var/crash/web1-2026-11-28-12:00:00')).sort(),
    ).toEqual(['vmcore-dmesg.txt', 'vmcore.flat']);
    // What was written some seconds before a reset is there after it.
    expect(readFileSync(inFolder('run/sys/vm/dirty_expire_centisecs'), 'utf8')).toBe('300\n');
  });

  test('files on a FAT, which has no modes, are for root alone', () => {
    expect(open(':', 'rw', 'vfat')).toContain('-o noatime,errors=remount-ro,umask=0077 /dev/vdb');
  });

  test('one that cannot be mounted is said with the words of mount and of the kernel', () => {
    const said = open(
      "echo 'mount: mounting /dev/vdb on /x failed: Structure needs cleaning' >&2; false",
    );
    expect(said).toContain(
      'the ext4 file system on /dev/vdb cannot be mounted: Structure needs cleaning (EXT4-fs (vdb): bad geometry)',
    );
    expect(said).toMatch(/umount \/run\/mounted-2$/);
  });

  test('one that can only be read is no target', () => {
    expect(open(':', 'ro,noatime')).toContain('the ext4 file system on /dev/vdb can only be read');
  });

  test('what is left of an attempt is unmounted by its number', () => {
    mkdirSync(inFolder('run/mounted-2'));
    writeFileSync(inFolder('run/mounted-2/x'), '');
    expect(
      shell('umount() { echo "umount $*"; }; filesystem_close', { run: '/r', target_number: '7' }),
    ).toBe('umount /r/mounted-7');
  });
});
