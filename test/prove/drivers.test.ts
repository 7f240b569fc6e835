import { describe, expect, test } from 'vitest';
import { machines } from '../../pipeline/guest/machines/machines.ts';
import { diskDrivers, type KernelModules } from '../../pipeline/prove/drivers.ts';

const path = (name: string, folder: string) =>
  [name, `kernel/drivers/${folder}/${name}.ko`] as const;
const modules: KernelModules = {
  builtIn: new Set(['sd_mod', 'virtio_pci']),
  paths: new Map([
    path('virtio_blk', 'block'),
    path('virtio_scsi', 'scsi'),
    path('ahci', 'ata'),
    path('libahci', 'ata'),
    path('nvme', 'nvme/host'),
    path('megaraid_sas', 'scsi/megaraid'),
    path('e1000e', 'net/ethernet/intel/e1000e'),
  ]),
  forHardware: new Set(['ahci', 'nvme', 'megaraid_sas', 'e1000e']),
};
const found = (names: readonly string[] | undefined, of = modules, machine = machines.x86_64) =>
  diskDrivers(names === undefined ? undefined : new Set(names), of, machine);

describe('the disks that a capture kernel can see', () => {
  test('are those whose drivers are in its initramfs or built in', () => {
    expect(found(['virtio_blk', 'nvme'])).toEqual({ buses: ['virtio', 'nvme'], others: [] });
    expect(found(['virtio_scsi', 'ahci', 'libahci']).buses).toEqual(['ahci', 'virtio-scsi']);
  });

  test('are others where it has drivers that no machine here has a use for; a network card is no disk', () => {
    expect(found(['megaraid_sas', 'e1000e', 'libahci'])).toEqual({
      buses: [],
      others: ['megaraid_sas'],
    });
    expect(found([])).toEqual({ buses: [], others: [] });
  });

  test('are all, where the kernel has no modules', () => {
    const none = { builtIn: new Set<string>(), paths: new Map(), forHardware: new Set<string>() };
    expect(found([], none).buses).toContain('nvme');
    expect(found([], none, machines.s390x).buses).toEqual(['virtio']);
  });

  test('are the usual ones where nothing is known of the initramfs', () => {
    expect(found(undefined)).toEqual({ buses: ['virtio'], others: [] });
  });
});
