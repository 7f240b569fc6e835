/** The device of a raw target: read once, in the profile, where file, line and key are known. */
import { expect, test } from 'vitest';
import { parseProfileText } from '../../pipeline/profile/profile.ts';
import { targetSettings } from '../../pipeline/targets/targets.ts';

const withDevice = (device: string) =>
  parseProfileText(
    'web.yaml',
    `name: web
kernel: { from: apt, package: linux-image-amd64 }
crashkernel: 256M
target:
  kind: raw
  device: ${JSON.stringify(device)}
`,
  );

function settings(device: string) {
  const profile = withDevice(device);
  if (!profile.ok) throw new Error(JSON.stringify(profile.problems));
  return targetSettings(profile.value.target);
}

test.each([
  ['PARTLABEL=crash dump', 'partlabel', 'crash dump'],
  ['SERIAL=a=b', 'serial', 'a=b'],
  ['/dev/disk/by-partlabel/crash\\x20dump', 'partlabel', 'crash dump'],
  ['/dev/vdb', 'path', '/dev/vdb'],
])('%s is sought by %s', (device, by, value) => {
  expect(settings(device)).toEqual({
    target_kind: 'raw',
    target_by: by,
    target_value: value,
    target_wait: '30',
  });
});

test('a name that only udev knows is refused with its place in the profile', () => {
  const profile = withDevice('/dev/disk/by-id/x');
  expect(profile.ok ? [] : profile.problems).toEqual([
    {
      area: 'profile',
      kind: 'device-never-found',
      place: { file: 'web.yaml', line: 6, column: 11 },
      key: 'target.device',
      found: '"/dev/disk/by-id/x"',
      mistake: { kind: 'udev' },
    },
  ]);
});
