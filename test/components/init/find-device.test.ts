/** Which device of a machine is the one that the profile names. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  block,
  device,
  inFolder,
  mebibyte,
  ourMarker,
  shell,
  sysfs,
  type Writes,
} from './shell.ts';

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
    ['path', '/dev/vda2', '/dev/vda2'],
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
    execFileSync('sfdisk', ['-q', path], {
      input: `label: ${label}\nstart=2048, size=2048\nstart=4096, size=2048\n`,
    });
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

/** A disk of that sysfs, with files of its own; `bytes` stand on it, where they are given. */
function disk(
  name: string,
  place: string,
  files: Readonly<Record<string, string>>,
  bytes?: Writes,
): void {
  block(name, place, `DEVNAME=${name}\n${files.uevent ?? ''}`);
  for (const [path, text] of Object.entries(files))
    if (path !== 'uevent') sysfs(`devices/${place}/${path}`, `${text}\n`);
  if (bytes !== undefined) node(name, ...bytes);
}
function node(name: string, ...writes: Writes): void {
  const image = Buffer.alloc(8 * mebibyte);
  for (const [at, what] of writes) image.set(Buffer.from(what), at);
  const path = inFolder('dev', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, image);
}
const foundBy = (by: string, value: string, more = ''): string =>
  shell(`dev=${inFolder('dev')}; ${more} find_device; echo "status $?"`, {
    target_by: by,
    target_value: value,
  }).replaceAll(`${inFolder('dev')}/`, '/dev/');

test('a disk that somebody waits for without end is not looked at, and told', () => {
  block('vda', 'pci/vda', 'DEVNAME=vda\n');
  block('vda1', 'pci/vda/vda1', 'PARTNAME=crash\n');
  sysfs('devices/pci/vda/vda1/partition', '1\n');
  block('vdb', 'pci/vdb', 'DEVNAME=vdb\n');
  const seek = { target_by: 'partlabel', target_value: 'crash', target_wait: '0' };
  expect(shell('find_device', seek)).toBe('/dev/vda1');
  // Whoever looked at the disk as a whole has hung.
  writeFileSync(inFolder('run/hung'), 'vda\n');
  expect(shell('find_device; echo "status $?"', seek)).toBe('status 1');
  expect(shell('none_found', seek)).toMatch(
    /present: vda vda1 vdb ; not used, because somebody waits for it without end: vda$/,
  );
  writeFileSync(inFolder('run/hung'), 'vda1\n');
  expect(
    shell('find_device; echo "status $?"', {
      ...seek,
      target_by: 'path',
      target_value: '/dev/vda',
    }),
  ).toBe('status 1');
  expect(shell('find_device', { ...seek, target_by: 'path', target_value: '/dev/vdb' })).toBe(
    '/dev/vdb',
  );
});

describe('of several devices with one name', () => {
  const unknown: Writes = [[0, 'data of somebody']];
  const ours: Writes = [[0, 'makedumpfile\0'], ourMarker];
  const blank: Writes = [];
  const uuid = '11223344-5566-7788-99aa-bbccddeeff00';
  /** Two devices that answer to the same name, in each way of naming. */
  const twins: Readonly<Record<string, (contents: readonly Writes[]) => void>> = {
    partlabel: (contents) => {
      for (const [index, bytes] of contents.entries()) {
        disk(`vd${'abc'[index]}`, `pci/${index}`, {});
        const files = { uevent: 'PARTNAME=twin\n', partition: '1' };
        disk(`vd${'abc'[index]}1`, `pci/${index}/part`, files, bytes);
      }
    },
    partuuid: (contents) => {
      for (const [index, bytes] of contents.entries()) {
        disk(`vd${'abc'[index]}`, `pci/${index}`, {});
        const files = { uevent: `PARTUUID=${uuid}\n`, partition: '1' };
        disk(`vd${'abc'[index]}1`, `pci/${index}/part`, files, bytes);
      }
    },
    serial: (contents) => {
      for (const [index, bytes] of contents.entries())
        disk(`vd${'abc'[index]}`, `pci/${index}`, { serial: 'twin' }, bytes);
    },
    // Namespaces of one controller have its serial number.
    'serial of a controller': (contents) => {
      for (const [index, bytes] of contents.entries())
        disk(`nvme0n${index + 1}`, `nvme/${index}`, { 'device/serial': 'twin    ' }, bytes);
    },
    uuid: (contents) => {
      for (const [index, bytes] of contents.entries())
        disk(`nvme${index}n1`, `nvme/${index}`, { uuid }, bytes);
    },
  };
  const wantedBy = (way: string): string => (way.endsWith('uuid') ? uuid : 'twin');
  const ask = (way: string, ...contents: readonly Writes[]): string => {
    twins[way]?.(contents);
    return foundBy(way.split(' ')[0] ?? '', wantedBy(way));
  };
  const second: Readonly<Record<string, string>> = {
    partlabel: '/dev/vdb1',
    partuuid: '/dev/vdb1',
    serial: '/dev/vdb',
    'serial of a controller': '/dev/nvme0n2',
    uuid: '/dev/nvme1n1',
  };

  describe.each(Object.keys(twins))('by %s', (way) => {
    test('the one that holds our dump is taken, wherever it stands', () => {
      expect(ask(way, blank, ours)).toBe(`${second[way]}\nstatus 0`);
    });
    test('else the only blank one', () => {
      expect(ask(way, unknown, blank)).toBe(`${second[way]}\nstatus 0`);
    });
    test.each([
      ['two with unknown data', [unknown, unknown]],
      ['two blank ones', [blank, blank]],
      ['two with dumps of ours', [ours, ours]],
      ['three', [unknown, blank, blank]],
    ])('none of %s', (_what, contents) => {
      expect(ask(way, ...contents)).toBe('status 2');
    });
  });

  test('none is found where two swap spaces have one UUID, and one where one has it', () => {
    const swap = (name: string): void =>
      node(name, [1036, Buffer.from(uuid.replaceAll('-', ''), 'hex')], [4086, 'SWAPSPACE2']);
    disk('vda', 'pci/a', {});
    swap('vda');
    expect(foundBy('uuid', uuid)).toBe('/dev/vda\nstatus 0');
    disk('vdb', 'pci/b', {});
    swap('vdb');
    expect(foundBy('uuid', uuid)).toBe('status 2');
  });

  test('two paths to one disk are one device', () => {
    for (const name of ['sda', 'sdb']) {
      const files = { 'device/wwid': 'naa.600508b400105e21', size: '100', 'device/vendor': 'IBM' };
      disk(name, `scsi/${name}`, files, unknown);
      disk(`${name}1`, `scsi/${name}/p`, { uevent: 'PARTNAME=twin\n', partition: '1' }, unknown);
    }
    expect(foundBy('partlabel', 'twin')).toBe('/dev/sda1\nstatus 0');
  });

  test('two disks of a maker who numbers them all alike are two', () => {
    for (const name of ['sda', 'sdb'])
      disk(name, `scsi/${name}`, {
        'device/wwid': 't10.ATA cheap 0123',
        'device/serial': 'twin',
        size: '100',
      });
    expect(foundBy('serial', 'twin')).toBe('status 2');
  });
});

describe('what cannot take a dump is passed over', () => {
  const serial = 'twin';
  const usable = (): void => disk('vdz', 'pci/z', { serial, size: '100', ro: '0', hidden: '0' });

  test.each([
    ['a hidden path of a multipath disk', 'nvme0c0n1', 'nvme/a', { hidden: '1' }, 'hidden'],
    ['a drive without a medium', 'sda', 'scsi/a', { size: '0' }, 'empty'],
    ['a disk that is read only', 'sda', 'scsi/a', { ro: '1' }, 'read-only'],
    ['a path that is down', 'sda', 'scsi/a', { 'device/state': 'transport-offline' }, 'offline'],
    ['a loop device', 'loop0', 'virtual/loop0', {}, 'in memory'],
    ['a RAM disk', 'ram0', 'virtual/ram0', {}, 'in memory'],
    ['compressed memory', 'zram0', 'virtual/zram0', {}, 'in memory'],
    ['a device mapper table', 'dm-0', 'virtual/dm-0', {}, 'made of other devices'],
    ['an md array', 'md127', 'virtual/md127', {}, 'made of other devices'],
    ['an optical drive', 'sr0', 'scsi/sr0', {}, 'no disk'],
    ['what says that it is removable', 'sda', 'scsi/a', { removable: '1' }, 'removable'],
    ['a disk on USB', 'sda', 'pci0/usb2/2-1/host0/sda', { removable: '0' }, 'removable'],
    ['a memory card', 'mmcblk0', 'mmc0/card', { 'device/type': 'SD' }, 'removable'],
    [
      'a disk in an outer slot',
      'nvme0n1',
      'pci0/slot/nvme',
      { '../removable': 'removable' },
      'removable',
    ],
  ] as const)('%s', (_what, name, place, files, why) => {
    disk(name, place, { serial, ...files });
    expect(foundBy('serial', serial)).toBe('status 1');
    expect(foundBy('path', `/dev/${name}`)).toBe('status 1');
    expect(shell(`passed_over`, { target_by: 'serial', target_value: serial })).toContain(
      `/dev/${name} is passed over: ${why}`,
    );
    usable();
    expect(foundBy('serial', serial)).toBe('/dev/vdz\nstatus 0');
  });

  test('a partition of such a disk, too', () => {
    disk('sda', 'pci0/usb2/2-1/host0/sda', {});
    disk('sda1', 'pci0/usb2/2-1/host0/sda/1', { uevent: 'PARTNAME=twin\n', partition: '1' });
    expect(foundBy('partlabel', 'twin')).toBe('status 1');
    expect(foundBy('partlabel', 'twin', 'target_removable=yes;')).toBe('/dev/sda1\nstatus 0');
  });

  test('a soldered card and a fixed slot are not removable', () => {
    disk('mmcblk0', 'mmc0/card', { 'device/type': 'MMC', serial });
    expect(foundBy('serial', serial)).toBe('/dev/mmcblk0\nstatus 0');
    disk('nvme0n1', 'pci0/slot/nvme', { 'device/serial': 'other', '../removable': 'fixed' });
    expect(foundBy('serial', 'other')).toBe('/dev/nvme0n1\nstatus 0');
  });

  // Linux, native NVMe multipath: the paths stand beside the disk, with its serial number and UUID.
  test('the paths of a multipath disk do not hide it', () => {
    const uuid = 'deadbeef-0000-4000-8000-000000000001';
    for (const name of ['nvme0c0n1', 'nvme0c1n1', 'nvme0n1'])
      disk(name, `nvme/${name}`, {
        'device/serial': 'MPATH0001',
        uuid,
        hidden: name === 'nvme0n1' ? '0' : '1',
      });
    expect(foundBy('serial', 'MPATH0001')).toBe('/dev/nvme0n1\nstatus 0');
    expect(foundBy('uuid', uuid)).toBe('/dev/nvme0n1\nstatus 0');
  });
});

describe('a serial number as its bus spells it', () => {
  const volume = '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';
  test.each([
    ['virtio has 20 characters', 'vda', { serial: volume.slice(0, 20) }, volume],
    ['NVMe has 20 characters', 'nvme0n1', { 'device/serial': volume.slice(0, 20) }, volume],
    ['a cut at a blank', 'vda', { serial: 'nineteen characters' }, 'nineteen characters and more'],
    [
      "Amazon's volumes",
      'nvme0n1',
      { 'device/serial': 'vol017d3046799b3dd57' },
      'vol-017d3046799b3dd57',
    ],
    ['SCSI has all', 'sda', { 'device/serial': volume }, volume],
    [
      'a disk on USB tells it by its plug',
      'sda',
      { '../idVendor': '0781', '../serial': 'AA01' },
      'AA01',
    ],
  ] as const)('%s', (_what, name, files, value) => {
    disk(name, `bus/port/${name}`, files);
    expect(foundBy('serial', value)).toBe(`/dev/${name}\nstatus 0`);
  });

  test('is not cut on a bus that has room for it', () => {
    disk('sda', 'scsi/a', { 'device/serial': volume.slice(0, 20), 'device/vendor': 'IBM' });
    expect(foundBy('serial', volume)).toBe('status 1');
    disk('sdb', 'scsi/b', { 'device/serial': volume.slice(0, 20), 'device/vendor': 'ATA     ' });
    expect(foundBy('serial', volume)).toBe('/dev/sdb\nstatus 0');
  });
});

describe('waiting for the target', () => {
  const wait = (body: string): string =>
    shell(
      `dev=${inFolder('dev')}
clock=0; uptime_seconds() { cat ${inFolder('clock')}; }
coldplug() { :; }
sleep() { echo $(($(uptime_seconds) + 1)) >${inFolder('now')}; mv ${inFolder('now')} ${inFolder('clock')}; }
${body}
(wait_for_device && echo "found $device after $(uptime_seconds) s")`,
      { target_by: 'serial', target_value: 'twin', target_wait: '30' },
    ).replaceAll(`${inFolder('dev')}/`, '/dev/');
  beforeEach(() => writeFileSync(inFolder('clock'), '0\n'));

  test('does not wait for a twin of a blank device', () => {
    disk('vda', 'pci/a', { serial: 'twin' }, []);
    expect(wait('')).toBe('found /dev/vda after 0 s');
  });

  test('gives a twin three seconds to come before unknown data is overwritten', () => {
    disk('vda', 'pci/a', { serial: 'twin' }, [[0, 'data']]);
    expect(wait('')).toBe('found /dev/vda after 3 s');
  });

  test('does not wait again for what an earlier attempt has waited for', () => {
    disk('vda', 'pci/a', { serial: 'twin' }, [[0, 'data']]);
    const twice = `(wait_for_device && echo "first after $(uptime_seconds) s")`;
    expect(wait(twice)).toBe('first after 3 s\nfound /dev/vda after 3 s');
  });

  test('takes the twin that comes late and is blank', () => {
    disk('vda', 'pci/a', { serial: 'twin' }, [[0, 'data']]);
    disk('vdb', 'pci/b', { serial: 'twin' }, []);
    const late = `mv ${inFolder('sys/class/block/vdb')} ${inFolder('vdb')}
coldplug() { [ "$now" -lt 2 ] || mv ${inFolder('vdb')} ${inFolder('sys/class/block/vdb')} 2>/dev/null; }`;
    expect(wait(late)).toBe('found /dev/vdb after 3 s');
  });

  test('says which devices there are when none of them is the one', () => {
    disk('vda', 'pci/a', { serial: 'twin' }, [[0, 'data']]);
    disk('vdb', 'pci/b', { serial: 'twin' }, [[0, 'XFSB']]);
    expect(wait('')).toBe(
      'several devices have serial twin, and none is written to: /dev/vda (unknown data), /dev/vdb (an XFS file system), make one blank, or give the target a name of its own',
    );
  });

  test('says what was passed over when there is none', () => {
    disk('sda', 'scsi/a', { serial: 'twin', removable: '1' });
    expect(wait('')).toBe(
      'no device with serial twin within 30 s; present: sda ; /dev/sda is passed over: removable (the profile allows it with target.removable)',
    );
  });
});
