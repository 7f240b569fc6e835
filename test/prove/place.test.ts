import { describe, expect, test } from 'vitest';
import type { DiskBus } from '../../pipeline/guest/machines/disk-buses.ts';
import type { DiskDrivers } from '../../pipeline/prove/drivers.ts';
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
  removable: false,
  server: undefined,
  localFiles: [],
  ...more,
});
const drivers = (...buses: readonly DiskBus[]): DiskDrivers => ({ buses, others: [] });
const all = drivers('virtio', 'nvme', 'ahci');
const whole = {
  bus: 'virtio',
  swap: undefined,
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
    [
      'a partition of a DOS table',
      { device: { by: 'partuuid', value: '1234abcd-02' } },
      { partition: { dos: { disk: '1234abcd', number: 2 } } },
    ],
    ['swap space by its UUID', { device: { by: 'uuid', value: uuid } }, { swap: uuid }],
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
    expect(placeOf(target(more), [], all)).toEqual({ place: { ...whole, ...expected } });
  });

  test.each([
    ['a server', { kind: 'ssh', device: undefined }, /starts no server.*ssh/],
    ['a volume', { stack: ['lvm'] }, /makes no lvm/],
    [
      'a name that its disk would not have',
      { device: { by: 'path', value: '/dev/vdb' } },
      /\/dev\/vda.*\/dev\/vdb/,
    ],
    ['a logical partition', { device: { by: 'partuuid', value: '1234abcd-05' } }, /logical/],
    [
      'a file system that nobody makes here',
      { kind: 'filesystem', types: ['f2fs'] },
      /makes no f2fs/,
    ],
  ] as const)('%s is named as what cannot be made', (_, more, why) => {
    expect(placeOf(target(more), [], all)).toEqual({ cannot: expect.stringMatching(why) });
  });

  test('the second disk has the second name', () => {
    const at = (value: string) => target({ device: { by: 'path', value } });
    const first = placeOf(at('/dev/vda'), [], all);
    const before = 'place' in first ? [first.place] : [];
    expect(placeOf(at('/dev/vdb'), before, all)).toEqual({ place: whole });
    expect(placeOf(at('/dev/vda'), before, all)).toHaveProperty('cannot');
    // Each bus has names of its own.
    expect(placeOf(at('/dev/nvme0n1'), before, all)).toEqual({ place: { ...whole, bus: 'nvme' } });
  });
});

describe('the bus of a disk', () => {
  const busOf = (more: Partial<SealedTarget>, has: DiskDrivers) => {
    const found = placeOf(target(more), [], has);
    return 'place' in found ? found.place.bus : found.cannot;
  };
  const path = (value: string) => ({ device: { by: 'path', value } });

  test('is the first that the capture kernel has drivers for', () => {
    expect(busOf({}, all)).toBe('virtio');
    expect(busOf({}, drivers('nvme'))).toBe('nvme');
    expect(busOf({}, drivers('ahci', 'virtio-scsi'))).toBe('ahci');
  });

  test('is that of its name', () => {
    expect(busOf(path('/dev/sda'), all)).toBe('ahci');
    expect(busOf(path('/dev/sda1'), drivers('virtio', 'virtio-scsi'))).toBe('virtio-scsi');
    expect(busOf(path('/dev/nvme0n1p1'), all)).toBe('nvme');
    expect(busOf(path('/dev/dasda1'), all)).toMatch(/no disk of a machine here/);
  });

  test('is USB only where the profile lets a target be removable', () => {
    expect(busOf({ removable: true }, drivers('usb'))).toBe('usb');
    expect(busOf({}, { buses: ['usb'], others: ['hpsa'] })).toMatch(/other disks.*hpsa/);
  });

  test('is none where it has drivers for other disks alone, and the usual one where it has none at all', () => {
    expect(busOf({}, { buses: [], others: ['megaraid_sas', 'mpt3sas'] })).toMatch(
      /other disks.*megaraid_sas, mpt3sas/,
    );
    expect(busOf({}, { buses: [], others: [] })).toBe('virtio');
  });
});
