/** crashseal-savecore, in every shell that it may meet, with files for devices and a /sys of its own. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shellQuoted } from '../../pipeline/components/initramfs.ts';
import { type CpioEntry, writeCpio } from '../../pipeline/format/cpio.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { Report } from '../../pipeline/savecore/report.ts';
import { saveDumps } from '../../pipeline/savecore/savecore.ts';
import { asStream, kdumpFile } from '../fixtures/flattened-stream.ts';
import { oopsLog, sysrqLog } from '../fixtures/kernel-logs.ts';
import { rawDevice, type SlotContent } from '../fixtures/raw-device.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';

const program = resolve('loader/savecore/crashseal-savecore');
let root: string;
const at = (...path: readonly string[]): string => join(root, ...path);
const put = (path: string, content: Uint8Array | string = '', mode = 0o644): string => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  chmodSync(at(path), mode);
  return at(path);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'on-target-'));
  put('sys/class/block/.keep');
  mkdirSync(at('usr/lib/crashseal'), { recursive: true });
  copyFileSync(
    'out/native/x86_64/crashseal-rearrange',
    at('usr/lib/crashseal/crashseal-rearrange'),
  );
});
afterEach(() => rmSync(root, { recursive: true }));

const dump = kdumpFile();
const stream = asStream(dump);
const log = Buffer.from(sysrqLog);
const first = '2027-01-15-08:00:00';

/** A disk, and what the kernel says of it. */
function disk(
  name: string,
  bytes: Uint8Array,
  uevent = '',
  files: Readonly<Record<string, string>> = {},
): string {
  const path = put(`dev/${name}`, bytes);
  put(`sys/class/block/${name}/size`, `${bytes.length / 512}\n`);
  put(`sys/class/block/${name}/uevent`, `DEVNAME=${name}\n${uevent}`);
  for (const [file, text] of Object.entries(files)) put(`sys/class/block/${name}/${file}`, text);
  return path;
}

/** A bundle whose overlay has these settings, a file for each target. */
function bundle(...targets: readonly Readonly<Record<string, string>>[]): void {
  const file = (path: string, text: string): CpioEntry => ({
    kind: 'file',
    path,
    mode: 0o644,
    bytes: Buffer.from(text),
  });
  const lines = (settings: Readonly<Record<string, string>>): string =>
    Object.entries(settings)
      .map(([key, value]) => `${key}=${shellQuoted(value)}\n`)
      .join('');
  const overlay = writeCpio([
    file('etc/crashseal/config', "profile='web'\n"),
    ...targets.map((settings, index) =>
      file(`etc/crashseal/targets/${index + 1}`, lines(settings)),
    ),
  ]);
  put('made/initramfs.overlay', overlay);
  put('made/seal.bin', 'seal');
  mkdirSync(at('etc/crashseal'), { recursive: true });
  execFileSync('tar', [
    '-C',
    at('made'),
    '-cf',
    at('etc/crashseal/bundle'),
    'seal.bin',
    'initramfs.overlay',
  ]);
}

const partition = {
  target_kind: 'raw',
  target_by: 'partlabel',
  target_value: 'crashdump',
} as const;
const named = 'PARTNAME=crashdump\n';

/** A shell, and where it finds its programs: those of this Debian, or nothing but busybox's. */
const shells = { dash: ['dash'], busybox: ['busybox', 'sh'] } as const;
type Shell = keyof typeof shells;

let applets: string;
beforeAll(() => {
  applets = mkdtempSync(join(tmpdir(), 'applets-'));
  execFileSync('busybox', ['--install', '-s', applets]);
});
afterAll(() => rmSync(applets, { recursive: true }));
const environment = (shell: Shell) => ({
  PATH: `${at('programs')}:${shell === 'busybox' ? applets : process.env.PATH}`,
  CRASHSEAL_ROOT: root,
});

/** From now on `dd` gives these pages of no file: it stops before them, as at a bad place of a disk. */
function failReads(pages: readonly number[]): void {
  const real = execFileSync('sh', ['-c', 'command -v dd'], { encoding: 'utf8' }).trim();
  put(
    'programs/dd',
    `#!/bin/sh
bs=512 skip=0 count= of=
for word; do case $word in bs=* | skip=* | count=* | of=*) eval "$word" ;; esac; done
case $of in '' | /dev/null) ;; *) exec ${real} "$@" ;; esac
[ -n "$count" ] || exec ${real} "$@"
bad=
for page in ${pages.join(' ')}; do
	[ $((skip * bs)) -lt $((page + 4096)) ] && [ $(((skip + count) * bs)) -gt "$page" ] || continue
	left=$(((page - skip * bs) / bs))
	[ "$left" -ge 0 ] || left=0
	[ "$left" -ge "$count" ] || count=$left
	bad=yes
done
[ -n "$bad" ] || exec ${real} "$@"
${real} "$@" count="$count"
exit 1
`,
    0o755,
  );
}

function run(shell: Shell, ...words: readonly string[]) {
  const [name, ...more] = shells[shell];
  const { status, stdout, stderr } = spawnSync(name, [...more, program, ...words], {
    encoding: 'utf8',
    timeout: 20_000,
    // As a service has it: the root.
    cwd: root,
    env: environment(shell),
  });
  return { status, said: stdout + stderr };
}

const saved = (): readonly string[] =>
  existsSync(at('var/crash')) ? readdirSync(at('var/crash')).sort() : [];
const report = (name: string): Report =>
  JSON.parse(readFileSync(at('var/crash', name, 'report.json'), 'utf8')) as Report;
const markerOf = (path: string): string => {
  const bytes = readFileSync(path);
  return bytes.subarray(-4096).toString('latin1').replace(/\0+$/, '');
};

describe.each(Object.keys(shells) as Shell[])('crashseal-savecore in %s', (shell) => {
  test('collects a dump once, marks it, and tells the same as the tool', async () => {
    bundle(partition);
    const path = disk('vdb1', rawDevice([{ dump: stream, log }]), named);
    const copy = put('copy', readFileSync(path));
    const before = markerOf(path);
    const ran = run(shell);
    expect(ran).toEqual({
      status: 0,
      said: `collected ${path} slot 1 into ${at('var/crash', first)}\n`,
    });
    expect(saved()).toEqual([first]);
    expect(readdirSync(at('var/crash', first)).sort()).toEqual([
      'dmesg.txt',
      'report.json',
      'vmcore',
    ]);
    expect(readFileSync(at('var/crash', first, 'vmcore')).equals(dump)).toBe(true);
    expect(readFileSync(at('var/crash', first, 'dmesg.txt')).equals(log)).toBe(true);
    expect(markerOf(path)).toBe(before.replace('state=complete', 'state=collected'));

    const tool = await saveDumps(realHost(), silentProgress, copy, at('tool'), []);
    if (!tool.ok) throw new Error('not saved');
    const theirs = readFileSync(at('tool', first, 'report.json'), 'utf8');
    expect({ ...report(first), collected: '', from: '' }).toEqual({
      ...(JSON.parse(theirs) as Report),
      collected: '',
      from: '',
    });

    // Nothing is left to do.
    rmSync(at('var/crash'), { recursive: true });
    expect(run(shell)).toEqual({ status: 0, said: '' });
    expect(saved()).toEqual([]);
  });

  test('finds devices by each name that a target may have, and no others', () => {
    const one = rawDevice([{ dump: stream, log }]);
    const marked = (uuid: string) =>
      rawDevice([{ dump: stream, log, marker: { uuid, started: 1_800_000_400 } }]);
    const at2 = (started: number) => rawDevice([{ dump: stream, log, marker: { started } }]);
    disk('sda3', one);
    disk('sdb1', at2(1_800_000_100), 'PARTUUID=AAAA-01\n');
    disk('sdc', marked('0a0b-0c0d'));
    disk('vdd', at2(1_800_000_200), '', { serial: 'dump0' });
    disk('dm-0', at2(1_800_000_500), '', { 'dm/name': 'vg-crash' });
    disk('md127', at2(1_800_000_600));
    disk('sdf1', at2(1_800_000_700));
    for (const [link, name] of [
      ['by-id/md-uuid-1a2b', 'md127'],
      ['by-partlabel/the\\x20dump', 'sdf1'],
    ] as const) {
      mkdirSync(dirname(at('dev/disk', link)), { recursive: true });
      symlinkSync(`../../${name}`, at('dev/disk', link));
    }
    const foreign = disk('sde', at2(1_800_000_300));
    put('etc/crashseal/savecore.conf', 'keep=99\n');
    bundle(
      { target_kind: 'raw', target_by: 'path', target_value: '/dev/sda3' },
      { target_kind: 'raw', target_by: 'partuuid', target_value: 'aaaa-01' },
      { target_kind: 'raw', target_by: 'uuid', target_value: '0A0B-0C0D' },
      { target_kind: 'raw', target_by: 'serial', target_value: 'dump0' },
      { target_kind: 'raw', target_by: 'mapper', target_value: 'vg-crash' },
      { target_kind: 'raw', target_by: 'path', target_value: '/dev/md9', target_md: '1A2B' },
      { target_kind: 'raw', target_by: 'partlabel', target_value: 'the dump' },
      { target_kind: 'nfs', target_server: 'x' },
    );
    expect(run(shell).status).toBe(0);
    expect(saved()).toHaveLength(7);
    expect(markerOf(foreign)).toContain('state=complete');
    put('etc/crashseal/savecore.conf', "keep=99 devices='/dev/sde'\n");
    expect(run(shell).status).toBe(0);
    expect(saved()).toHaveLength(8);
  });

  test('finds disks by serial number as their buses spell it, and labels as udev does', () => {
    const at2 = (number: number) =>
      rawDevice([{ dump: stream, log, marker: { started: 1_800_000_000 + number } }]);
    const page = (serial: string) => `\0\0\0${String.fromCharCode(serial.length)}${serial}`;
    disk('sda', at2(1), '', { 'device/vpd_pg80': page('  5000C500A1  ') });
    disk('vdb', at2(2), '', { serial: 'a-very-long-serial-n' });
    disk('nvme0n1', at2(3), '', { 'device/serial': 'vol0123' });
    // The plug of a disk on USB.
    put('sys/devices/usb1/idVendor', '1234');
    put('sys/devices/usb1/serial', 'STICK7\n');
    put('sys/devices/usb1/block/sdb/size', '8192\n');
    put('dev/sdb', at2(4));
    symlinkSync('../../devices/usb1/block/sdb', at('sys/class/block/sdb'));
    disk('vdc1', at2(5));
    disk('vdd1', at2(6), '', { partition: '1', serial: '5000C500A1' });
    mkdirSync(at('dev/disk/by-partlabel'), { recursive: true });
    symlinkSync('../../vdc1', at('dev/disk/by-partlabel/bob\\x27s\\x20\\x28old\\x29\\x2fdump'));
    put('etc/crashseal/savecore.conf', 'keep=99\n');
    const serial = { target_kind: 'raw', target_by: 'serial' };
    bundle(
      { ...serial, target_value: '5000C500A1' },
      { ...serial, target_value: 'a-very-long-serial-number' },
      { ...serial, target_value: 'vol-0123' },
      { ...serial, target_value: 'STICK7', target_removable: 'yes' },
      { ...partition, target_value: "bob's (old)/dump" },
    );
    const ran = run(shell);
    expect(ran.status, ran.said).toBe(0);
    expect(saved().map((name) => report(name).from.split('/').at(-1))).toEqual([
      'sda slot 1',
      'vdb slot 1',
      'nvme0n1 slot 1',
      'sdb slot 1',
      'vdc1 slot 1',
    ]);
  });

  test('passes over a disk that can be pulled out, unless the profile or the administrator names it', () => {
    const plug = (name: string, where: string, files: Readonly<Record<string, string>> = {}) => {
      const folder = `sys/devices/${where}/block/${name}`;
      put(`${folder}/size`, '8192\n');
      put(`${folder}/uevent`, named);
      put(`${folder}/dev`, '8:77\n');
      for (const [file, text] of Object.entries(files)) put(`${folder}/${file}`, text);
      put(`dev/${name}`, rawDevice([{ dump: stream, log }]));
      symlinkSync(`../../devices/${where}/block/${name}`, at('sys/class/block', name));
    };
    plug('sda', 'pci0/usb2/2-1');
    plug('sdb', 'pci1/ata1', { removable: '1\n' });
    plug('mmcblk0', 'mmc0', { 'device/type': 'SD\n' });
    put('sys/devices/pci9/removable', 'removable\n');
    plug('nvme1n1', 'pci9/nvme1');
    const others = ['mmcblk0', 'nvme1n1', 'sda', 'sdb'];
    const passedOver = (said: string) =>
      [...said.matchAll(/dev\/(\w+) is passed over: removable/g)].map(([, name]) => name);
    // A file system of a stranger is not even mounted.
    put('programs/mount', '#!/bin/sh\necho mounted\n', 0o755);
    for (const kind of ['raw', 'filesystem']) {
      bundle({ ...partition, target_kind: kind });
      const { said } = run(shell);
      expect(passedOver(said), said).toEqual(others);
      expect(said).not.toContain('mounted');
      expect(saved()).toEqual([]);
    }
    put('etc/crashseal/savecore.conf', 'devices=/dev/sda\n');
    bundle(partition);
    expect(passedOver(run(shell).said)).toEqual(others);
    expect(saved()).toHaveLength(1);
    put('etc/crashseal/savecore.conf', 'keep=99\n');
    bundle({ ...partition, target_removable: 'yes' });
    expect(passedOver(run(shell).said)).toEqual([]);
    expect(saved()).toHaveLength(4);
  });

  // busybox's shell asks no folder for its own programs.
  test.runIf(shell === 'dash')('removes nothing from a target that stays mounted', () => {
    put(
      'programs/mount',
      '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last/etc" && echo precious >"$last/etc/passwd"\n',
      0o755,
    );
    put('programs/umount', '#!/bin/sh\necho "umount: target is busy" >&2\nexit 32\n', 0o755);
    disk('vdb1', Buffer.alloc(4096), '', { dev: '250:77' });
    mkdirSync(at('dev/disk/by-label'), { recursive: true });
    symlinkSync('../../vdb1', at('dev/disk/by-label/dümp'));
    bundle({
      target_kind: 'filesystem',
      target_by: 'fslabel',
      target_value: 'dümp',
      target_directory: '/crash',
    });
    const { said, status } = run(shell);
    expect([status, said]).toEqual([1, expect.stringContaining('umount: target is busy')]);
    const [mount = ''] = readdirSync(at('run/crashseal'));
    expect(readFileSync(at('run/crashseal', mount, 'etc/passwd'), 'utf8')).toBe('precious\n');
  });

  test('takes for its own only folders that it has made', () => {
    bundle(partition);
    put('etc/crashseal/savecore.conf', 'keep=1\n');
    put('precious/file');
    // Ubuntu lets everybody make folders in /var/crash.
    put('var/crash/2020-01-01-00:00:00\nprecious/report.json', '{}');
    put('var/crash/2020-01-02-00:00:00 x/report.json', '{}');
    disk('vdb1', rawDevice([{ dump: stream, log }]), named);
    expect(run(shell).status).toBe(0);
    expect(existsSync(at('precious/file'))).toBe(true);
    expect(saved()).toHaveLength(3);
  });

  test.runIf(process.getuid?.() === 0)('believes no report of somebody else', () => {
    bundle(partition);
    const path = disk('vdb1', rawDevice([{ dump: stream, log }]), named);
    put(`var/crash/${first}/report.json`, `  "from": "${path} slot 1",\n`);
    put(`var/crash/${first}/hooks-pending`);
    chownSync(at('var/crash', first), 65534, 65534);
    put('etc/crashseal/collected.d/10-note', `#!/bin/sh\necho "$1" >>${at('noted')}\n`, 0o755);
    expect(run(shell).status).toBe(0);
    expect(saved()).toEqual([first, `${first}-2`]);
    expect(readFileSync(at('noted'), 'utf8')).toBe(`${at('var/crash', `${first}-2`)}\n`);
  });

  test('collects each slot in its state', () => {
    bundle(partition);
    disk(
      'vdb1',
      rawDevice(
        [
          { dump: stream, log, marker: { state: 'collected' } },
          { dump: stream.subarray(0, 90_000), log, marker: { state: 'writing', size: 0 } },
          { log: Buffer.from(oopsLog), marker: { what: 'dmesg', previous: 'nfs: "no" \\ answer' } },
          {
            dump: stream.subarray(0, 50_000),
            marker: { state: 'failed', reason: 'the disk said no' },
          },
          { marker: { state: 'writing', size: 0 } },
          { dump: stream, marker: { state: 'writing', size: 0 } },
        ],
        { size: 16 << 20 },
      ),
      named,
    );
    expect(run(shell).status).toBe(0);
    const told = saved().map((name) => [
      report(name).from.slice(-6),
      report(name).dump.state,
      report(name).dump.file,
    ]);
    expect(told).toEqual([
      ['slot 2', 'cut', 'vmcore.incomplete'],
      ['slot 3', 'none', null],
      ['slot 4', 'cut', 'vmcore.incomplete'],
      ['slot 6', 'complete', 'vmcore'],
    ]);
    expect(report('2027-01-15-08:00:02')).toMatchObject({
      previous: ['nfs: "no" \\ answer'],
      panic: 'Fatal exception in interrupt',
      frames: ['bad_timer', 'call_timer_fn', '__run_timers', 'cpuidle_idle_call'],
    });
    expect(report('2027-01-15-08:00:03').dump.why).toBe('the disk said no');
  });

  test('runs hooks once for each dump, and says which failed', () => {
    bundle(partition);
    disk('vdb1', rawDevice([{ dump: stream, log }]), named);
    put('etc/crashseal/collected.d/10-note', `#!/bin/sh\necho "$1" >>${at('noted')}\n`, 0o755);
    put('etc/crashseal/collected.d/20-fails', '#!/bin/sh\nexit 3\n', 0o755);
    put('etc/crashseal/collected.d/30-off', `#!/bin/sh\ntouch ${at('never')}\n`, 0o644);
    const ran = run(shell);
    expect(ran.status).toBe(1);
    expect(ran.said).toContain('20-fails failed for');
    expect(ran.said).toContain('(status 3)');
    run(shell);
    expect(readFileSync(at('noted'), 'utf8')).toBe(`${at('var/crash', first)}\n`);
    expect(existsSync(at('never'))).toBe(false);
  });

  test('keeps so many dumps, and touches nothing else in the folder', () => {
    bundle(partition);
    put('etc/crashseal/savecore.conf', 'keep=2\n');
    put('var/crash/host-2020-01-01-00:00:00/vmcore', 'of another program');
    put('var/crash/2020-01-01-00:00:00/notes', 'no report: not ours');
    disk('vdb1', rawDevice([{ dump: stream, log }, { log }, { log }], { size: 16 << 20 }), named);
    expect(run(shell).status).toBe(0);
    expect(saved()).toEqual([
      '2020-01-01-00:00:00',
      '2027-01-15-08:00:01',
      '2027-01-15-08:00:02',
      'host-2020-01-01-00:00:00',
    ]);
  });

  test('leaves a dump where it is when there is no room', () => {
    bundle(partition);
    put('etc/crashseal/savecore.conf', 'keep_free=99999999\n');
    const path = disk('vdb1', rawDevice([{ dump: stream, log }]), named);
    const ran = run(shell);
    expect(ran.status).toBe(1);
    expect(ran.said).toContain('is not collected: it needs');
    expect(saved()).toEqual([]);
    expect(markerOf(path)).toContain('state=complete');
  });

  // busybox's shell asks no folder for its own programs.
  test.runIf(shell === 'dash')('collects what a damaged disk still gives', () => {
    const slots = [
      { dump: stream, log },
      { dump: stream, log },
      { dump: stream, log },
      { dump: stream, log },
    ];
    bundle(partition);
    const bytes = rawDevice(slots, { size: 16 << 20 });
    const path = disk('vdb1', bytes, named);
    const slotSize = bytes.indexOf(stream, 1);
    const record = bytes.indexOf('crashseal-dump 1', slotSize);
    // Within the first dump, the record of the second, the start of the third; the fourth is sound.
    failReads([2 * 4096, record, 2 * slotSize]);
    const ran = run(shell);
    expect(ran.status).toBe(1);
    expect(ran.said).toContain(`${path} slot 2: its record cannot be read: the disk is damaged`);
    expect(ran.said).toContain(`${path} slot 3 cannot be read: the disk does not give`);
    expect(saved()).toHaveLength(3);
    expect(saved().map((name) => [report(name).from.slice(-6), report(name).dump.state])).toEqual([
      ['slot 1', 'cut'],
      ['slot 3', 'none'],
      ['slot 4', 'complete'],
    ]);
    expect(saved().map((name) => report(name).panic)).toEqual(
      new Array(3).fill('sysrq triggered crash'),
    );
    failReads([bytes.length - 4096]);
    expect(run(shell)).toMatchObject({
      status: 1,
      said: expect.stringContaining(`${path}: its last bytes cannot be read`),
    });
  });

  test('goes on where a machine stopped before the mark', () => {
    bundle(partition);
    const path = disk('vdb1', rawDevice([{ dump: stream, log }]), named);
    const unmarked = readFileSync(path);
    run(shell);
    writeFileSync(path, unmarked);
    put('var/crash/.savecore-99/vmcore', 'half');
    expect(run(shell).status).toBe(0);
    expect(saved()).toEqual([first]);
    expect(markerOf(path)).toContain('state=collected');
    // Another dump of the same second gets a name of its own.
    writeFileSync(path, unmarked);
    disk('vdc1', unmarked, named);
    expect(run(shell).status).toBe(0);
    expect(saved()).toEqual([first, `${first}-2`]);
  });

  test('collects encrypted dumps as they are', () => {
    bundle(partition);
    execFileSync('age-keygen', ['-o', at('key')], { stdio: 'pipe' });
    const recipient = execFileSync('age-keygen', ['-y', at('key')], { encoding: 'latin1' }).trim();
    const age = (input: Uint8Array) =>
      execFileSync('age', ['-r', recipient], { input, maxBuffer: 2 ** 26 });
    const content: SlotContent = {
      dump: age(stream),
      log: age(log),
      marker: { encryption: 'age' },
    };
    disk('vdb1', rawDevice([content]), named);
    expect(run(shell).status).toBe(0);
    expect(readdirSync(at('var/crash', first)).sort()).toEqual([
      'dmesg.txt.age',
      'report.json',
      'vmcore.age',
    ]);
    expect(
      readFileSync(at('var/crash', first, 'vmcore.age')).equals(Buffer.from(content.dump ?? [])),
    ).toBe(true);
    expect(report(first)).toMatchObject({
      panic: 'sysrq triggered crash',
      dump: { state: 'complete' },
      signature: null,
    });
  });

  test('collects dumps that are files, and marks or removes them', () => {
    put('etc/crashseal/savecore.conf', "directories='/srv/crash'\n");
    const place = 'srv/crash/web1-2027-01-15-08:00:00';
    put(`${place}/vmcore.flat`, stream);
    put(`${place}/vmcore-dmesg.txt`, log);
    put(`${place}/report`, 'profile=web\nstarted=1800000000\npanic=x\n');
    const age = (folder: string, seconds: number): void => {
      const then = Date.now() / 1000 - seconds;
      for (const name of [...readdirSync(at(folder)), '.'])
        utimesSync(at(folder, name), then, then);
    };
    const cut = 'srv/crash/web1-2027-01-16-09-00-00';
    put(`${cut}/vmcore-incomplete`, stream.subarray(0, 90_000));
    age(cut, 700);
    // Machines that are at it now: the log comes first.
    put('srv/crash/web2-2027-01-16-09:00:00/vmcore-incomplete', stream.subarray(0, 90_000));
    put('srv/crash/web3-2027-01-16-09:00:00/vmcore-dmesg.txt', log);
    age('srv/crash/web3-2027-01-16-09:00:00', 500);
    put('srv/crash/web1-2027-01-17-09:00:00/vmcore.flat', stream);
    put('srv/crash/web1-2027-01-17-09:00:00/collected');
    put('srv/crash/other/vmcore.flat', stream);
    // A link may lead anywhere.
    symlinkSync('/etc', at('srv/crash/web1-2027-01-18-09:00:00'));
    mkdirSync(at('srv/crash/web1-2027-01-19-09:00:00'));
    symlinkSync('/etc/passwd', at('srv/crash/web1-2027-01-19-09:00:00/vmcore.flat'));
    const ran = run(shell);
    expect([ran.said, ran.status]).toEqual([expect.stringContaining('collected'), 0]);
    expect(saved()).toEqual([first, '2027-01-16-09:00:00']);
    expect(readFileSync(at('var/crash', first, 'vmcore')).equals(dump)).toBe(true);
    expect(report(first)).toMatchObject({
      profile: 'web',
      log: 'dmesg.txt',
      started: '2027-01-15T08:00:00Z',
    });
    expect(report('2027-01-16-09:00:00').dump.state).toBe('cut');
    expect(ran.said.match(/web\d\S+ may still be written/g)).toEqual([
      'web2-2027-01-16-09:00:00 may still be written',
      'web3-2027-01-16-09:00:00 may still be written',
    ]);
    // On the same file system: nothing stays twice.
    expect(readdirSync(at('srv/crash')).sort()).toEqual([
      'other',
      'web1-2027-01-17-09:00:00',
      'web1-2027-01-18-09:00:00',
      'web1-2027-01-19-09:00:00',
      'web2-2027-01-16-09:00:00',
      'web3-2027-01-16-09:00:00',
    ]);
  });

  test('is not led astray by names in a folder that others write to', () => {
    put('etc/crashseal/savecore.conf', "directories='/srv/crash'\n");
    const name = 'web1-2027-01-15-08:00:00\n}\x1b[2J$(touch pwned)';
    put(`srv/crash/${name}/vmcore.flat`, stream);
    put('srv/crash/web2-2027-01-16-08:00:00/vmcore.flat', stream);
    symlinkSync(at('made-by-link'), at('srv/crash/web2-2027-01-16-08:00:00/collected'));
    const { said, status } = run(shell);
    expect(status).toBe(1);
    expect(said).toContain('08:00:00?}?[2J$(touch pwned) into ');
    expect(said).toContain('web2-2027-01-16-08:00:00 cannot be marked as collected');
    expect(existsSync(at('made-by-link'))).toBe(false);
    expect(existsSync(at('pwned'))).toBe(false);
    expect(report(first).from).toBe(
      `${at('srv/crash')}/${name.replace('\n', '?').replace('\x1b', '?')}`,
    );
  });

  test('lists what is there, and changes nothing', () => {
    bundle(partition);
    const path = disk(
      'vdb1',
      rawDevice([{ dump: stream, log }, { marker: { state: 'writing', size: 0 } }]),
      named,
    );
    const before = readFileSync(path);
    const { said, status } = run(shell, '--list');
    expect(said).toBe(
      `${path} slot 1: ${stream.length} bytes, with a log, begun 2027-01-15T08:00:00Z: Kernel panic - not syncing: sysrq triggered crash\n${path} slot 2: nothing was written\n`,
    );
    expect(status).toBe(0);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(saved()).toEqual([]);
  });

  test('touches no device that holds something else, or whose record makes no sense', () => {
    bundle(partition);
    const two = (label: Readonly<Record<string, string | number>>) =>
      rawDevice([{ dump: stream }, undefined], { label });
    const devices: Readonly<Record<string, [bytes: Buffer, said: string]>> = {
      overwritten: [
        rawDevice([{ dump: Buffer.alloc(9000, 'x'), log }]),
        'holds something else: it is left alone',
      ],
      'more slots than fit': [two({ slots: 60, slot_size: 1 << 20 }), 'its record makes no sense'],
      'slots without end': [two({ slots: 999_999_999 }), 'its record makes no sense'],
      'slots of no size': [two({ slot_size: 0 }), 'its record makes no sense'],
      'a command': [two({ slots: '$(reboot)', slot_size: 'a[$(reboot)]' }), ''],
      foreign: [Buffer.alloc(4 << 20, 'x'), ''],
      blank: [Buffer.alloc(4 << 20), ''],
      small: [Buffer.alloc(4096, 'x'), ''],
      'an unknown state': [rawDevice([{ dump: stream, marker: { state: 'great' } }]), ''],
    };
    const paths = Object.values(devices).map(([bytes], index) => disk(`vd${index}`, bytes, named));
    const { said, status } = run(shell);
    expect(status).toBe(1);
    for (const [index, [name, [bytes, words]]] of Object.entries(devices).entries()) {
      const path = paths[index] ?? '';
      const lines = said.split('\n').filter((line) => line.startsWith(path));
      expect([name, lines.length, lines.join().includes(words)]).toEqual([
        name,
        words === '' ? 0 : 1,
        true,
      ]);
      expect([name, readFileSync(path).equals(bytes)]).toEqual([name, true]);
    }
    expect(saved()).toEqual([]);
  });

  test('collects in spite of a marker that says what cannot be', () => {
    bundle(partition);
    const markers: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
      'more than there is room for': { size: 999_999_999_999 },
      'a size of too many digits': { size: '9'.repeat(40) },
      'a size in octal': { size: `0${stream.length}` },
      'a log that is too large': { dmesg_size: 99_999_999 },
      'a place elsewhere': { offset: 5_000_000, dmesg_offset: 123 },
      'a command': {
        profile: '$(touch /tmp/crashseal-was-here)`id`"\\',
        panic: '\x1b[31m%s%n',
        started: '1800000009',
      },
      'a time that no date can say': { started: '999999999999999' },
    };
    put('etc/crashseal/savecore.conf', 'keep=100\n');
    for (const [index, marker] of Object.values(markers).entries())
      disk(
        `vd${index}`,
        rawDevice([{ dump: stream, log, marker: { started: 1_800_000_000 + index, ...marker } }]),
        named,
      );
    expect(run(shell).status).toBe(0);
    expect(saved()).toHaveLength(Object.keys(markers).length);
    for (const name of saved()) {
      expect(report(name).dump).toMatchObject({ state: 'complete', file: 'vmcore' });
      expect(readFileSync(at('var/crash', name, 'vmcore')).equals(dump)).toBe(true);
    }
    expect(report('2027-01-15-08:00:09').profile).toBe('$(touch /tmp/crashseal-was-here)`id`"\\');
    expect(existsSync('/tmp/crashseal-was-here')).toBe(false);
  });

  test('does nothing while another one is at work, and goes on after one that was killed', () => {
    bundle(partition);
    disk('vdb1', rawDevice([{ dump: stream }]), named);
    const other = spawn('sh', ['-c', 'sleep 30; :', 'crashseal-savecore'], { stdio: 'ignore' });
    try {
      put('run/crashseal/savecore.lock', `${other.pid}\n`);
      expect(run(shell)).toEqual({ status: 0, said: 'another crashseal-savecore is at work\n' });
      expect(saved()).toEqual([]);
    } finally {
      other.kill();
    }
    // Another program has its number since.
    put('run/crashseal/savecore.lock', `${process.pid}\n`);
    expect(run(shell).status).toBe(0);
    expect(saved()).toEqual([first]);
    expect(readdirSync(at('run/crashseal'))).toEqual([]);
    // No process has such a number.
    put('run/crashseal/savecore.lock', '99999999\n');
    expect(run(shell)).toEqual({ status: 0, said: '' });
    expect(readdirSync(at('run/crashseal'))).toEqual([]);
  });

  test('knows its options, and refuses others', () => {
    expect(run(shell, '--help')).toMatchObject({
      status: 0,
      said: expect.stringMatching(/^usage:/),
    });
    expect(run(shell, '--lst').status).toBe(2);
    expect(run(shell, '--list', 'more').status).toBe(2);
    put('etc/crashseal/savecore.conf', 'keep=many\n');
    expect(run(shell)).toMatchObject({ status: 1, said: expect.stringContaining('keep must be') });
  });
});
