/** The device of a raw target: read once, in the profile, where file, line and key are known. */
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { type DumpTarget, targetNeeds, targetSettings } from '../../pipeline/targets/targets.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';
import { withDevice } from '../profile/profile-texts.ts';

const parsed = (device: string) => parseProfileText('web.yaml', withDevice(device));

function onlyTarget({ targets }: Profile): DumpTarget {
  const [target, ...more] = targets;
  if (target === undefined || more.length > 0) throw new Error('not one target');
  return target;
}

function settings(device: string) {
  const profile = parsed(device);
  if (!profile.ok) throw new Error(JSON.stringify(profile.problems));
  return targetSettings(onlyTarget(profile.value));
}

test.each([
  ['PARTLABEL=crash dump', 'partlabel', 'crash dump'],
  ['SERIAL=a=b', 'serial', 'a=b'],
  ['/dev/disk/by-partlabel/crash\\x20dump', 'partlabel', 'crash dump'],
  ['/dev/vdb', 'path', '/dev/vdb'],
])('%s is sought by %s', (device, by, value) => {
  expect(settings(device)).toMatchObject({
    target_kind: 'raw',
    target_by: by,
    target_value: value,
    target_wait: '30',
  });
});

test('a name that only udev knows is refused with its place in the profile', () => {
  const profile = parsed('/dev/disk/by-id/x');
  expect(profile.ok ? [] : profile.problems).toEqual([
    {
      area: 'profile',
      kind: 'device-useless',
      place: { file: 'web.yaml', line: 6, column: 11 },
      key: 'target.device',
      found: '"/dev/disk/by-id/x"',
      mistake: { kind: 'udev' },
    },
  ]);
});

const uuid = '11223344-5566-7788-99aa-bbccddeeff00';
const mistakeOf = (device: string): string => {
  const profile = parsed(device);
  if (profile.ok) return 'none';
  const [problem] = profile.problems;
  return problem?.kind === 'device-useless' ? problem.mistake.kind : (problem?.kind ?? '');
};

describe('a name that the capture kernel can never find is refused', () => {
  test.each([
    // Nothing puts devices together in the capture kernel.
    ['/dev/mapper/rhel-crash', 'stack'],
    ['/dev/mapper/mpatha-part1', 'stack'],
    ['/dev/vg00/lv_crash', 'stack'],
    ['/dev/dm-3', 'stack'],
    ['/dev/md127', 'stack'],
    ['/dev/md/crash', 'stack'],
    ['/dev/md_d0p1', 'stack'],
    ['/dev/nbd0', 'stack'],
    ['UUID=0e9bf3e1:6f1b3d37:d1cbd9b3:2c0a9f1e', 'stack'],
    ['UUID=Qyz1xW-3gQh-h5Bc-vV2b-jhiE-YDIh-9hb6pQ', 'stack'],
    // What is in memory or no disk loses a dump.
    ['/dev/null', 'no-disk'],
    ['/dev/zero', 'no-disk'],
    ['/dev/loop0', 'no-disk'],
    ['/dev/loop0p1', 'no-disk'],
    ['/dev/ram0', 'no-disk'],
    ['/dev/zram1', 'no-disk'],
    ['/dev/shm/dump', 'no-disk'],
    ['/dev/sr0', 'no-disk'],
    ['/dev/st0', 'no-disk'],
    ['/dev/ttyS0', 'no-disk'],
    ['/dev/nvme0', 'no-disk'],
    ['/dev/nvme0c1n1', 'hidden'],
    // Paths are taken as they stand.
    ['/dev/../etc/passwd', 'not-plain'],
    ['/dev/disk/../vda', 'not-plain'],
    ['/dev//vda', 'not-plain'],
    ['/dev/vda/', 'not-plain'],
    ['/dev/./vda', 'not-plain'],
    ['/dev/crash\\x2fdump', 'udev'],
    ['/dev/größe', 'not-ascii'],
    ['/dev/disk/by-id/nvme-X_1-part4', 'udev'],
    ['/dev/disk/by-path/pci-0000:00:17.0-ata-2-part1', 'udev'],
    ['/dev/disk/by-label/crash', 'udev'],
    ['/dev/disk/by-partlabel/Gr\\xc3\\xb6sse', 'not-ascii'],
    // Labels: 36 units of UTF-16, of which the kernel shows seven bits each.
    ['PARTLABEL=crash\\x20dump', 'escaped'],
    ['PARTLABEL=a\\x2fb', 'escaped'],
    ['PARTLABEL=Größe-Dump', 'not-ascii'],
    ['PARTLABEL=\u4fa1\u5024', 'not-ascii'],
    ['PARTLABEL=\u{1f4be}', 'not-ascii'],
    [`PARTLABEL=${'x'.repeat(37)}`, 'too-long'],
    ['PARTLABEL=a\tb', 'not-ascii'],
    ['SERIAL=Ä1', 'not-ascii'],
    ['SERIAL=a ', 'edge-blank'],
    [`SERIAL=${'x'.repeat(252)}`, 'too-long'],
    // UUIDs as the kernel writes them.
    ['PARTUUID=0x1234-01', 'form'],
    ['PARTUUID=1234-01', 'form'],
    ['PARTUUID=12345678-1', 'form'],
    ['PARTUUID=12345678-001', 'form'],
    [`PARTUUID=${uuid.slice(1)}`, 'form'],
    [`PARTUUID={${uuid}}`, 'form'],
    [`PARTUUID=${uuid.replaceAll('-', '')}`, 'form'],
    [`PARTUUID=${uuid}/PARTNROFF=1`, 'form'],
    ['PARTUUID=00000000-0000-0000-0000-000000000000', 'form'],
    ['UUID=1-2', 'form'],
    [`UUID="${uuid}"`, 'form'],
    // File systems, which a dump never overwrites.
    ['UUID=A1B2-C3D4', 'file-system'],
    ['UUID=01D9A3B2C4E5F607', 'file-system'],
  ])('%s', (device, mistake) => {
    expect(mistakeOf(device)).toBe(mistake);
  });
});

test.each([
  '/dev/vdb',
  '/dev/sda3',
  '/dev/xvdb',
  '/dev/nvme0n1p4',
  '/dev/nvme12n3',
  '/dev/mmcblk0p2',
  '/dev/dasda1',
  '/dev/pmem0',
  '/dev/pmem0.1s',
  '/dev/cciss/c0d0p1',
  '/dev/rssda',
  '/dev/ram_of_another_kind',
  `/dev/disk/by-partuuid/${uuid}`,
  `/dev/disk/by-uuid/${uuid.toUpperCase()}`,
  '/dev/disk/by-partlabel/crash\\x2fdump',
  'PARTUUID=00001234-01',
  'PARTUUID=DEADBEEF-0a',
  `PARTUUID=${uuid.toUpperCase()}`,
  `UUID=${uuid}`,
  `PARTLABEL=${'x'.repeat(36)}`,
  'PARTLABEL=a=b "c" \'d\' $e',
  'SERIAL=6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55',
  'SERIAL=vol-017d3046799b3dd57',
  'SERIAL=0x1a2b3c4d',
])('%s is believed', (device) => {
  expect(mistakeOf(device)).toBe('none');
});

test.each([
  ['/dev/pmem0', ['nd_pmem?', 'nd_e820?', 'nfit?']],
  ['/dev/xvdb', ['xen_blkfront?']],
  ['/dev/vdb', []],
  ['PARTLABEL=nvme0', []],
])('%s brings its drivers along', (device, drivers) => {
  const profile = parsed(device);
  expect(profile.ok && targetNeeds(onlyTarget(profile.value))).toEqual({
    drivers,
    onDemand: [],
    tools: [],
    localFiles: [],
  });
});

test('a removable device is for the profile to allow', () => {
  expect(settings('/dev/vdb').target_removable).toBeUndefined();
  const profile = parseProfileText(
    'web.yaml',
    `name: web
kernel: { from: apt, package: linux-image-amd64 }
crashkernel: 256M
target: { kind: raw, device: /dev/sdb, removable: true }
`,
  );
  expect(profile.ok && targetSettings(onlyTarget(profile.value)).target_removable).toBe('yes');
});
