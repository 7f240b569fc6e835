/** Which device of a machine is the one that the profile names. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { block, device, inFolder, shell, sysfs } from './shell.ts';

describe('finding the target', () => {
  beforeEach(() => {
    block('vda', 'pci/vda', 'DEVNAME=vda\nDEVTYPE=disk\n');
    sysfs('devices/pci/vda/serial', 'crash dump\n');
    sysfs('devices/pci/vda/queue/logical_block_size', '512\n');
    block('vda1', 'pci/vda/vda1', 'DEVNAME=vda1\nPARTN=1\nPARTNAME=root\n');
    sysfs('devices/pci/vda/vda1/partition', '1\n');
    block('vda2', 'pci/vda/vda2', 'DEVNAME=vda2\nPARTN=2\nPARTNAME=crash dump\n');
    sysfs('devices/pci/vda/vda2/partition', '2\n');
    block('nvme0n1', 'nvme/nvme0n1', 'DEVNAME=nvme0n1\n');
    sysfs('devices/nvme/nvme0n1/device/serial', 'S3RIAL    \n');
    sysfs('devices/nvme/nvme0n1/uuid', '0DDBA11-0000\n');
    block('sda', 'scsi/sda', 'DEVNAME=sda\n');
    sysfs('devices/scsi/sda/device/vpd_pg80', Buffer.from('\0\x80\0\x08  WD-4711', 'latin1'));
  });
  const find = (by: string, value: string): string =>
    shell('find_device || echo none', { target_by: by, target_value: value });

  test.each([
    ['partlabel', 'crash dump', '/dev/vda2'],
    ['partlabel', 'crash', 'none'],
    ['serial', 'crash dump', '/dev/vda'],
    ['serial', 'S3RIAL', '/dev/nvme0n1'],
    ['serial', 'WD-4711', '/dev/sda'],
    ['uuid', '0ddba11-0000', '/dev/nvme0n1'],
    ['uuid', 'beef', 'none'],
    ['path', '/dev/none-such', 'none'],
  ])('by %s %j: %s', (by, value, expected) => {
    expect(find(by, value)).toBe(expected);
  });

  test('by the PARTUUID that newer kernels tell', () => {
    writeFileSync(
      inFolder('sys/devices/pci/vda/vda2/uevent'),
      'PARTN=2\nPARTUUID=11223344-5566-7788-99aa-bbccddeeff00\n',
    );
    expect(find('partuuid', '11223344-5566-7788-99AA-BBCCDDEEFF00')).toBe('/dev/vda2');
  });

  test.each([
    ['gpt', /^[0-9a-f-]{36}$/],
    ['dos', /^[0-9a-f]{8}-02$/],
  ])('by the PARTUUID in a %s table, as the kernel reads it', (label, form) => {
    const path = device();
    const made = spawnSync('sfdisk', ['-q', path], {
      input: `label: ${label}\nstart=2048, size=2048\nstart=4096, size=2048\n`,
    });
    if (made.error !== undefined) return console.warn('sfdisk is not installed: skipped');
    const dump = execFileSync('sfdisk', ['--json', path], { encoding: 'utf8' });
    const table = JSON.parse(dump).partitiontable;
    const expected: string =
      label === 'gpt'
        ? table.partitions[1].uuid.toLowerCase()
        : `${table.id.slice(2).toLowerCase()}-02`;
    expect(expected).toMatch(form);
    expect(shell(`partition_uuid vda2 ${path}`)).toBe(expected);
  });
});
