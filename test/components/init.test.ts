/** The capture init's own functions, run by busybox's shell with files as devices and a sysfs of our own. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shellQuoted } from '../../pipeline/components/initramfs.ts';

const script = 'pipeline/components/init/init.sh';
const mebibyte = 2 ** 20;
const deviceSize = 8 * mebibyte;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Defines init's functions, then runs `body`. A file's size stands for a device's. */
function shell(body: string, settings: Readonly<Record<string, string>> = {}): string {
  const assignments = Object.entries({ sys: join(folder, 'sys'), ...settings })
    .map(([key, value]) => `${key}=${shellQuoted(value)}\n`)
    .join('');
  const text = `. ./${script}\n${assignments}
device_size() { stat -c %s "$1"; }
log() { echo "$2"; }
${body}`;
  const ran = spawnSync('busybox', ['sh', '-c', text], { encoding: 'utf8' });
  return (ran.stdout + ran.stderr).trim();
}

function device(...writes: readonly (readonly [at: number, bytes: string | Uint8Array])[]): string {
  const bytes = Buffer.alloc(deviceSize);
  for (const [at, what] of writes) bytes.set(Buffer.from(what), at);
  const path = join(folder, 'device');
  writeFileSync(path, bytes);
  return path;
}

const marker = (text: string): readonly [number, string] => [deviceSize - 4096, text];
const ourMarker = marker('crashseal-dump 1\nstate=complete\nuuid=0a0b\n');
const content = (path: string): string => shell(`content ${path}`);

describe('the script', () => {
  test('is what busybox takes for a shell script, and nothing that shellcheck warns of', () => {
    execFileSync('busybox', ['sh', '-n', script]);
    const checked = spawnSync('shellcheck', [script], { encoding: 'utf8' });
    if (checked.error === undefined) expect(checked.stdout).toBe('');
    else console.warn('shellcheck is not installed: skipped');
  });

  test('uses only programs that busybox-static has', () => {
    const applets = new Set(execFileSync('busybox', ['--list'], { encoding: 'utf8' }).split('\n'));
    const used = [
      ...['awk', 'basename', 'blockdev', 'cat', 'cttyhack', 'cut', 'date', 'dd', 'dirname', 'find'],
      ...[
        'findfs',
        'grep',
        'halt',
        'head',
        'hexdump',
        'ls',
        'mkdir',
        'modprobe',
        'mount',
        'poweroff',
      ],
      ...['printf', 'readlink', 'reboot', 'sed', 'setsid', 'sh', 'sleep', 'sort', 'stat', 'sync'],
      ...['tail', 'tr', 'truncate', 'uname', 'wc', 'xargs'],
    ];
    expect(used.filter((name) => !applets.has(name))).toEqual([]);
    const text = readFileSync(script, 'utf8');
    expect(used.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  test('does nothing when it is not PID 1', () => {
    expect(shell('')).toBe('');
  });
});

describe('CCW devices', () => {
  const online = (ids: string): string =>
    shell('set_online; cat "$sys"/bus/ccw/devices/*/online', {
      sys: join(folder, 'sys'),
      target_online: ids,
    });

  test('are set online, and one that is not there is told', () => {
    for (const id of ['0.0.0201', '0.0.1900']) {
      mkdirSync(join(folder, 'sys/bus/ccw/devices', id), { recursive: true });
      writeFileSync(join(folder, 'sys/bus/ccw/devices', id, 'online'), '0\n');
    }
    expect(online('')).toBe('0\n0');
    expect(online('0.0.1900')).toBe('0\n1');
    expect(online('0.0.0201 0.0.4711')).toContain('device 0.0.4711 could not be set online');
    expect(online('')).toBe('1\n1');
  });
});

describe('settings', () => {
  test('come back from the shell as they went in', () => {
    const value = fc.string({ unit: fc.constantFrom(...`ab'"\\$\`!* \n;&|<>(){}#~=`) });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const body = values.map((one) => `printf '%s\\0' ${shellQuoted(one)}`).join('\n');
        const read = execFileSync('busybox', ['sh', '-c', body], { encoding: 'utf8' });
        expect(read.split('\0').slice(0, -1)).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });
});

describe('what is on a device', () => {
  test('zeros are blank, and so are zeros around something in the middle', () => {
    expect(content(device())).toBe('blank');
    expect(content(device([4 * mebibyte, 'x']))).toBe('blank');
  });

  test('something at the end is not blank', () => {
    expect(content(device([deviceSize - 1, 'x']))).toBe('unknown data');
  });

  test.each([
    ['a filtered dump', 'makedumpfile\0\0\0\0'],
    ['a raw dump', '\x7fELF'],
    ['nothing yet', ''],
  ])('our marker with %s before it is ours', (_what, head) => {
    expect(content(device([0, head], ourMarker))).toBe('ours');
  });

  test('our marker is not enough when something else was put before it', () => {
    expect(content(device([0, 'XFSB'], ourMarker))).toBe('an XFS file system');
    expect(content(device([0, 'makedumpfile\0'], marker('crashseal-dump 2\n')))).toBe(
      'unknown data',
    );
  });

  test.each([
    ['ext4', ['mkfs.ext4', '-qF'], 'an ext2, ext3 or ext4 file system'],
    ['swap', ['mkswap'], 'swap space'],
    ['FAT', ['busybox', 'mkdosfs'], 'a boot sector or an MBR partition table'],
  ] as const)('a %s made over our dump is seen as such', (_what, [command, ...args], expected) => {
    const path = device([0, 'makedumpfile\0'], ourMarker);
    const ran = spawnSync(command, [...args, path]);
    if (ran.error !== undefined) return console.warn(`${command} is not installed: skipped`);
    expect(ran.status).toBe(0);
    expect(content(path)).toBe(expected);
  });

  test.each([
    [512, 'EFI PART', 'a GPT partition table'],
    [512, 'LABELONE', 'an LVM physical volume'],
    [65600, '_BHRfS_M', 'a btrfs file system'],
    [0, 'LUKS\xba\xbe', 'a LUKS volume'],
    [4096, '\xfc\x4e\x2b\xa9', 'a member of an md array'],
    [1024, 'something', 'unknown data'],
  ])('at %i, %j is %s', (at, bytes, expected) => {
    expect(content(device([at, Buffer.from(bytes, 'latin1')]))).toBe(expected);
  });

  const check = (path: string, by = 'path'): string =>
    shell('check_device; echo "goes on with $device_bytes"', {
      device: path,
      target_by: by,
      target_value: 'x',
    });

  test('a file system is refused with the reason', () => {
    expect(check(device([0, 'XFSB']))).toBe(
      `${join(folder, 'device')} holds an XFS file system and is left alone; to make it a dump target, wipe it: wipefs -a`,
    );
  });

  test('swap space is overwritten only where the profile names it by its UUID', () => {
    const path = device([4086, 'SWAPSPACE2']);
    expect(check(path)).toContain('name it by its UUID');
    expect(check(path, 'uuid')).toContain('goes on with 8388608');
  });

  test('a device too small for anything is refused', () => {
    const path = join(folder, 'small');
    writeFileSync(path, new Uint8Array(mebibyte));
    expect(check(path)).toContain('is too small for a dump: 1048576 bytes');
  });
});

describe('the marker', () => {
  const settings = {
    format: 'kdump',
    profile: "it's a test",
    bundle: 'abcd',
    started: '100',
    target_by: 'serial',
    target_value: 'x',
  };

  test('takes the last 4096 bytes and nothing else', () => {
    const path = device([deviceSize - 4097, 'x'], [deviceSize - 1, 'x']);
    shell(`device=${path}; device_bytes=${deviceSize}; mark complete 4711 105`, settings);
    const bytes = readFileSync(path);
    const text = bytes.subarray(-4096).toString('latin1');
    expect(text.replaceAll('\0', '')).toMatch(
      /^crashseal-dump 1\nstate=complete\nformat=kdump\nsize=4711\nprofile=it's a test\nrelease=.+\nbundle=abcd\nstarted=100\nfinished=105\n$/,
    );
    expect(bytes.length).toBe(deviceSize);
    expect(bytes.at(-4097)).toBe('x'.charCodeAt(0));
    expect(bytes.at(-1)).toBe(0);
    expect(shell(`marker_value ${path} size; marker_value ${path} ''`)).toBe('4711\nyes');
  });

  test('keeps the UUID by which its device is found again', () => {
    const path = device();
    shell(`device=${path}; device_bytes=${deviceSize}; mark writing 0 0`, {
      ...settings,
      target_by: 'uuid',
      target_value: '0a0b-0c0d',
    });
    expect(shell(`marker_value ${path} uuid`)).toBe('0a0b-0c0d');
  });
});

describe('finding the target', () => {
  /** A file of the sysfs that init looks at. */
  function sysfs(path: string, text: string | Uint8Array): void {
    const full = join(folder, 'sys', path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  function block(name: string, place: string, uevent: string): void {
    sysfs(`devices/${place}/uevent`, uevent);
    mkdirSync(join(folder, 'sys/class/block'), { recursive: true });
    symlinkSync(join(folder, 'sys/devices', place), join(folder, 'sys/class/block', name));
  }
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
      join(folder, 'sys/devices/pci/vda/vda2/uevent'),
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

test('pre soft dependencies are taken from the index, by either spelling', () => {
  const index = join(folder, 'lib/modules/1.0/modules.softdep');
  mkdirSync(dirname(index), { recursive: true });
  writeFileSync(index, '# made\nsoftdep a-b pre: one two post: three\nsoftdep c post: four\n');
  const text = readFileSync(script, 'utf8').replaceAll('/lib/modules/', `${folder}/lib/modules/`);
  const copy = join(folder, 'init.sh');
  writeFileSync(copy, text);
  const body = `. ${copy}; uname() { echo 1.0; }; softdeps a_b; softdeps c`;
  expect(execFileSync('busybox', ['sh', '-c', body], { encoding: 'utf8' })).toBe('one\ntwo\n');
});

describe('the vmcore', () => {
  type Header = {
    readonly type: number;
    readonly offset: number;
    readonly filesz: number;
    readonly memsz?: number;
  };
  const notes: Header = { type: 4, offset: 4096, filesz: 400 };
  const memory: Header = { type: 1, offset: 8192, filesz: 4096 };

  /** As the capture kernel shows it: header, notes, memory. */
  function vmcore(headers: readonly Header[], spoil: (bytes: Buffer) => void = () => {}): string {
    const bytes = Buffer.alloc(12288);
    bytes.write('\x7fELF\x02\x01\x01', 'latin1');
    bytes.writeUInt16LE(4, 16);
    bytes.writeBigUInt64LE(64n, 32);
    bytes.writeUInt16LE(64, 52);
    bytes.writeUInt16LE(56, 54);
    bytes.writeUInt16LE(headers.length, 56);
    for (const [index, { type, offset, filesz, memsz = filesz }] of headers.entries()) {
      const at = 64 + 56 * index;
      bytes.writeUInt32LE(type, at);
      bytes.writeBigUInt64LE(BigInt(offset), at + 8);
      bytes.writeBigUInt64LE(BigInt(filesz), at + 32);
      bytes.writeBigUInt64LE(BigInt(memsz), at + 40);
    }
    bytes.write('VMCOREINFO', 4096 + 380);
    spoil(bytes);
    const path = join(folder, 'vmcore');
    writeFileSync(path, bytes);
    return path;
  }
  const checked = (path: string): string => shell('(check_vmcore && echo saved)', { vmcore: path });

  test('is saved when it makes sense', () => {
    expect(checked(vmcore([notes, memory, memory]))).toBe('saved');
  });

  test('may have memory and notes beyond 4 GiB', () => {
    const far = { type: 1, offset: 8192, filesz: 2 ** 33 };
    expect(checked(vmcore([notes, far]))).toMatch(/it has less than its header says/);
    const path = vmcore([notes, far]);
    truncateSync(path, 2 ** 33 + 8192);
    expect(checked(path)).toBe('saved');
  });

  test.each([
    ['no notes', [memory], 'it has no register notes'],
    ['empty notes', [{ ...notes, filesz: 0 }, memory], 'it has no register notes'],
    ['no memory', [notes], 'it has no memory'],
    ['memory of two sizes', [notes, { ...memory, memsz: 8192 }], 'it has memory of no size'],
    ['memory of no size', [notes, { ...memory, filesz: 0 }], 'it has memory of no size'],
    ['an entry of another type', [notes, { ...memory, type: 9 }, memory], 'neither notes nor'],
    ['memory that is not there', [notes, { ...memory, filesz: 2 ** 50 }], 'less than its header'],
    ['no entries at all', [], 'it has no register notes'],
  ])('with %s is a failure that is told', (_, headers, why) => {
    const told = checked(vmcore(headers));
    expect(told).toContain('/proc/vmcore makes no sense');
    expect(told).toContain(why);
    expect(told).not.toContain('saved');
  });

  test.each([0, 4, 16, 32, 52, 54])('with another byte %i of its header is no core file', (at) => {
    const path = vmcore([notes, memory], (bytes) => {
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    });
    expect(checked(path)).toContain('it has no header of an ELF core file');
  });

  test('without VMCOREINFO is saved, and that is told', () => {
    const path = vmcore([notes, memory], (bytes) => bytes.fill(0, 4096, 8192));
    expect(checked(path)).toMatch(/no VMCOREINFO.*memory is saved all the same\nsaved/s);
  });

  test('that is not there, or empty, is a failure', () => {
    expect(checked(join(folder, 'none'))).toContain('there is no /proc/vmcore');
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    expect(checked(empty)).toContain('is empty');
  });
});
