import { afterEach, expect, test, vi } from 'vitest';
import { machines, qemuProgram } from '../../pipeline/guest/machines/machines.ts';

afterEach(() => vi.unstubAllEnvs());

test('a disk has its serial number, and on s390x its place on the bus and in the boot order', () => {
  const disk = { path: 'disk.raw', serial: 'crashdump', id: 'dump' };
  expect(machines.x86_64.disk(disk, 'disk0')).toBe(
    'virtio-blk-pci,drive=disk0,serial=crashdump,id=dump',
  );
  expect(machines.s390x.disk({ ...disk, busId: '0.0.0100', bootIndex: 1 }, 'disk0')).toBe(
    'virtio-blk-ccw,drive=disk0,serial=crashdump,id=dump,devno=fe.0.0100,bootindex=1',
  );
  expect(machines.s390x.disk({ path: 'disk.raw' }, 'disk1')).toBe('virtio-blk-ccw,drive=disk1');
});

test('the environment can name another QEMU', () => {
  vi.stubEnv('CRASHSEAL_QEMU', undefined);
  expect(qemuProgram('x86_64')).toBe('qemu-system-x86_64');
  vi.stubEnv('CRASHSEAL_QEMU', '/opt/qemu');
  expect(qemuProgram('x86_64')).toBe('/opt/qemu');
});
