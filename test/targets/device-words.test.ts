/** What a person reads whose profile names a device that cannot be found. */
import { expect, test } from 'vitest';
import { noPaint, renderProblems } from '../../pipeline/cli/render-problems.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';
import { withDevice } from '../profile/profile-texts.ts';

const names = [
  '/dev/disk/by-id/nvme-X_1-part4',
  '/dev/mapper/rhel-crash',
  '/dev/vg00/lv_crash',
  '/dev/md127',
  '/dev/null',
  '/dev/../sda',
  '/dev/nvme0c1n1',
  'PARTLABEL=crash\\x20dump',
  'PARTLABEL=Größe',
  `PARTLABEL=${'x'.repeat(37)}`,
  'SERIAL=a ',
  'PARTUUID=0x1234-01',
  'UUID=A1B2-C3D4',
];

test('reads as in its golden file', async () => {
  const said = names.map((name) => {
    const profile = parseProfileText('web.yaml', withDevice(name));
    return profile.ok ? `${name} is sound\n` : renderProblems(profile.problems, noPaint);
  });
  await expect(said.join('')).toMatchFileSnapshot('../golden/profile/devices.txt');
});
