import { describe, expect, test } from 'vitest';
import { placeOf } from '../../pipeline/prove/place.ts';
import type { SealedTarget } from '../../pipeline/prove/sealed.ts';

const target = (more: Partial<SealedTarget>): SealedTarget => ({
  kind: 'raw',
  description: 'somewhere',
  what: 'vmcore',
  device: { by: 'serial', value: 'crashdump' },
  stack: [],
  slots: 1,
  types: [],
  directory: '/',
  ...more,
});
const whole = {
  serial: undefined,
  partition: undefined,
  fileSystem: undefined,
  directory: '/',
  slots: 1,
};

describe('what a dump target becomes on a machine of ours', () => {
  const uuid = '7f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';
  test.each([
    ['a serial number', {}, { serial: 'crashdump' }],
    [
      'a partition by its label',
      { device: { by: 'partlabel', value: 'dump' } },
      { partition: { label: 'dump' } },
    ],
    [
      'a partition by its UUID',
      { device: { by: 'partuuid', value: uuid } },
      { partition: { uuid } },
    ],
    ['the disk that comes first', { device: { by: 'path', value: '/dev/vda' } }, {}],
    ['its first partition', { device: { by: 'path', value: '/dev/vda1' } }, { partition: {} }],
    [
      'a file system by its label',
      {
        kind: 'filesystem',
        types: ['xfs'],
        device: { by: 'fslabel', value: 'crash' },
        directory: '/var',
      },
      { fileSystem: { type: 'xfs', label: 'crash' }, directory: '/var' },
    ],
    [
      'a file system on a disk: ext4 where the profile does not say',
      { kind: 'filesystem' },
      { serial: 'crashdump', fileSystem: { type: 'ext4' } },
    ],
  ] as const)('%s', (_, more, expected) => {
    expect(placeOf(target(more), 0)).toEqual({ place: { ...whole, ...expected } });
  });

  test.each([
    ['a server', { kind: 'ssh', device: undefined }, /starts no server.*ssh/],
    ['a volume', { stack: ['lvm'] }, /makes no lvm/],
    [
      'a name that its disk would not have',
      { device: { by: 'path', value: '/dev/sda' } },
      /\/dev\/vda.*\/dev\/sda/,
    ],
    ['a DOS partition', { device: { by: 'partuuid', value: '1234abcd-01' } }, /DOS/],
    [
      'a raw device that is found by what is on it',
      { device: { by: 'uuid', value: uuid } },
      /found by uuid/,
    ],
    [
      'a file system that nobody makes here',
      { kind: 'filesystem', types: ['f2fs'] },
      /makes no f2fs/,
    ],
  ] as const)('%s is named as what cannot be made', (_, more, why) => {
    expect(placeOf(target(more), 0)).toEqual({ cannot: expect.stringMatching(why) });
  });

  test('the second disk has the second name', () => {
    expect(placeOf(target({ device: { by: 'path', value: '/dev/vdb' } }), 1)).toEqual({
      place: whole,
    });
    expect(placeOf(target({ device: { by: 'path', value: '/dev/vda' } }), 1)).toHaveProperty(
      'cannot',
    );
  });
});
