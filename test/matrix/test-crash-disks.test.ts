/**
 * The machine has the disks that the bundle has drivers for, and on them what the target is found by.
 * `make test-matrix TESTS=test/matrix/test-crash-disks.test.ts`
 */
import { expect, test } from 'vitest';
import type { ProfileText } from '../support/crashseal.ts';
import { tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const uuid = '7f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';
const raw = (device: string, more = {}) => ({ kind: 'raw', device, ...more });
const files = (type: string, device = 'LABEL=crash') => ({ kind: 'filesystem', device, type });
const virtio = ['virtio_pci', 'virtio_blk'];

const ways: Readonly<Record<string, readonly [object, readonly string[], ProfileText?]>> = {
  nvme: [raw('SERIAL=crashdump'), ['nvme']],
  'nvme by path': [raw('/dev/nvme0n1'), ['nvme']],
  sata: [raw('SERIAL=crashdump'), ['ahci', 'sd_mod']],
  'sata by path': [raw('/dev/sda'), ['ahci', 'sd_mod']],
  scsi: [raw('SERIAL=crashdump'), ['virtio_pci', 'virtio_scsi', 'sd_mod']],
  usb: [raw('SERIAL=crashdump', { removable: true }), ['xhci_pci', 'usb_storage', 'sd_mod']],
  'a partition by its label': [raw('PARTLABEL=crashdump'), virtio],
  'a DOS partition': [raw('PARTUUID=1234abcd-02'), virtio],
  'swap space': [raw(`UUID=${uuid}`), virtio],
  xfs: [files('xfs'), virtio],
  'btrfs by its UUID': [files('btrfs', `UUID=${uuid}`), virtio],
  vfat: [files('vfat', 'LABEL=CRASH'), virtio],
  'ext4 in a partition of an NVMe disk': [files('ext4', 'PARTLABEL=crash'), ['nvme']],
  'halt at the end': [raw('SERIAL=crashdump'), virtio, { finalAction: 'halt' }],
};

test.each(Object.entries(ways))('test-crash passes with %s', (name, [target, drivers, more]) =>
  withWorkFolder('test-crash-disks', async (folder) => {
    const { proof, wrong } = await tryBundle(
      folder,
      {
        name: `test-crash-${name.replaceAll(/\W+/g, '-').toLowerCase()}`,
        kernel: '6.1',
        profile: {
          target,
          initramfs: { from: 'composed', compression: 'none', drivers },
          dump: { level: 31 },
          ...more,
        },
      },
      ['--quick'],
    );
    expect(wrong).toEqual([]);
    expect(proof.outcome).toBe('passed');
  }),
);

test('disks that no machine here has are not proven', () =>
  withWorkFolder('test-crash-disks', async (folder) => {
    const { exitCode, proof, wrong } = await tryBundle(
      folder,
      {
        name: 'test-crash-megaraid',
        kernel: '6.1',
        profile: {
          initramfs: { from: 'composed', compression: 'none', drivers: ['megaraid_sas', 'sd_mod'] },
        },
      },
      ['--quick'],
    );
    expect([exitCode, proof.outcome]).toEqual([4, 'not proven']);
    expect(wrong.join('\n')).toMatch(/other disks than a machine here can have: megaraid_sas/);
  }));
