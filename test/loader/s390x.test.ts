/** What the loader does for s390x, seen on machines of files: hosted under sanitizers, and as the big-endian program. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LoaderReport } from '../../pipeline/format/loader-report.ts';
import { words } from '../../pipeline/units/words.ts';
import { regionAt } from '../fixtures/purgatory-head.ts';
import {
  blockAt,
  ccwBlock,
  fcpBlock,
  fromCcw,
  fromFirmware,
  fromPolicy,
  fromScsi,
  s390xCrash,
  s390xIomem,
  s390xLine,
  s390xMachine,
  s390xNotes,
  s390xParts,
  scsiDevice,
} from '../fixtures/s390x-machine.ts';
import { toldPurgatory } from '../fixtures/told-purgatory.ts';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { changed, type MachineFiles, writeMachine } from '../fixtures/x86-64-machine.ts';
import { shippedLoader } from '../support/loader-host.ts';
import { s390xUserEmulator } from '../support/user-emulation.ts';
import { heldLoad } from './held-load.ts';
import { bench, readReport } from './running.ts';

type Bench = Awaited<ReturnType<typeof bench>>;
let here: Bench;
const programs = new Map<string, readonly string[]>();
beforeAll(async () => {
  here = await bench('loader-s390x');
  programs.set('hosted', [here.program]);
  programs.set('s390x', [s390xUserEmulator, shippedLoader('s390x')]);
}, 240_000);

type Parts = ReturnType<typeof s390xParts>;
type Sample = Parameters<typeof s390xParts>[0];

const pack = async (sample?: Sample): Promise<Uint8Array> => {
  const { seal, members }: Parts = s390xParts(sample);
  return signedBundle(here.keys, seal, members);
};

const wordsOf = (bundle: Uint8Array, root: string, ...more: readonly string[]) => [
  ...words`--json --trust ${here.trust} --root ${root} --now 1800000000`,
  ...more,
  here.write('bundle', bundle),
];

const reportOf = (stdout: string, stderr: string): LoaderReport => {
  if (/AddressSanitizer|runtime error/.test(stderr)) throw new Error(stderr);
  return readReport(stdout);
};

type Ran = { readonly report: LoaderReport; readonly files: ReadonlyMap<string, Buffer> };

/** Runs one program; what it emits, by file name. */
function ran(which: string, bundle: Uint8Array, machine: MachineFiles): Ran {
  const [program = '', ...before] = programs.get(which) ?? [];
  const folder = join(here.folder, `emitted-${which}`);
  rmSync(folder, { recursive: true, force: true });
  const root = writeMachine(join(here.folder, 'root'), machine);
  const done = spawnSync(program, [...before, ...wordsOf(bundle, root, '--emit', folder)], {
    encoding: 'utf8',
  });
  const report = reportOf(done.stdout, done.stderr);
  expect(report.exitCode).toBe(done.status);
  const names = report.status === 'ok' ? readdirSync(folder) : [];
  return {
    report,
    files: new Map(names.map((name) => [name, readFileSync(join(folder, name))] as const)),
  };
}

/** Runs every program there is; they must agree in everything. The hosted one's answer. */
async function loaded(sample: Sample, machine: MachineFiles = s390xMachine): Promise<Ran> {
  const bundle = await pack(sample);
  const [first, ...others] = [...programs.keys()].map((which) => ran(which, bundle, machine));
  if (first === undefined) throw new Error('no program');
  const said = ({ report }: Ran) => ({ ...report, milliseconds: 0 });
  for (const other of others) {
    expect(said(other)).toEqual(said(first));
    expect([...other.files.keys()]).toEqual([...first.files.keys()]);
    for (const [name, bytes] of first.files)
      if (name !== 'layout.json')
        expect([name, other.files.get(name)?.equals(bytes)]).toEqual([name, true]);
  }
  return first;
}

const fileOf = (run: Ran, name: string): Buffer => {
  const found = run.files.get(name);
  if (found === undefined) throw new Error(`no ${name}: ${JSON.stringify(run.report)}`);
  return found;
};
const purgatoryOf = (run: Ran): Buffer => fileOf(run, 'purgatory@0x24002000');
const blockOf = (run: Ran): string =>
  purgatoryOf(run)
    .subarray(blockAt, blockAt + 4096)
    .toString('hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const hexIn = (path: string): bigint => BigInt(String(s390xMachine[path]).trim());
const dump = 'sys/firmware/dump';

describe('a bundle for s390x', () => {
  test('is placed where the kernel needs it, and filled big-endian', async () => {
    const run = await loaded({});
    expect(run.report).toMatchObject({ status: 'ok', entry: '0x24004000' });
    expect(run.report.segments?.map(({ name, mem, asPlanned }) => [name, mem, asPlanned])).toEqual([
      ['kernel', '0x24010000', true],
      ['initramfs.base', '0x24800000', true],
      ['purgatory', '0x24002000', true],
    ]);
    const kernel = fileOf(run, 'kernel@0x24010000');
    // initrd_start and initrd_size as after the swap, oldmem_base and oldmem_size.
    expect(kernel.readBigUInt64BE(0x408)).toBe(0x80_0000n);
    expect(kernel.readBigUInt64BE(0x410)).toBe(70_001n);
    expect(kernel.readBigUInt64BE(0x418)).toBe(s390xCrash.start);
    expect(kernel.readBigUInt64BE(0x420)).toBe(s390xCrash.size);
    // Purgatory's page is little-endian everywhere.
    const head = purgatoryOf(run);
    expect(head.readBigUInt64LE(0x308)).toBe(0x2401_0010n);
    expect(head.readBigUInt64LE(0x300)).toBe(2n);
    expect(head.subarray(0x28, 0x48).toString('hex')).toBe(sha256(head.subarray(0x300, 0x1000)));
    expect(run.report.machine).toMatchObject({
      cpuFeatures: ['s390x-kimd'],
      crashRegion: { start: '0x24000000', size: '0xc000000' },
      dumpRanges: [{ start: '0x0', size: '0x24000000' }],
    });
    // There is no header that could have been checked.
    expect(run.report.guarantees).toMatchObject({ elfCoreHeaderChecked: false });
  });

  test('knows a CPU without message security', async () => {
    const cpu = changed({ 'proc/cpuinfo': 'features\t: zarch msa4 \n' }, s390xMachine);
    expect(purgatoryOf(await loaded({}, cpu)).readBigUInt64LE(0x300)).toBe(0n);
  });

  test('can carry a header for kernels that take one', async () => {
    const machine = { ...s390xMachine, ...s390xNotes };
    const run = await loaded({ elfcorehdr: true }, machine);
    expect(run.report).toMatchObject({
      status: 'ok',
      commandLine: `${s390xLine} elfcorehdr=0x350@0x24900000`,
      guarantees: { elfCoreHeaderChecked: true },
    });
    const path = join(here.folder, 'header');
    writeFileSync(path, fileOf(run, 'elfcorehdr@0x24900000'));
    const text = spawnSync('readelf', ['-hlW', path], { encoding: 'utf8' }).stdout;
    expect(text).toMatch(/big endian[\s\S]*IBM S\/390/);
    const rows = [...text.matchAll(/^ {2}(NOTE|LOAD) +(0x\w+) (0x\w+) (0x\w+) (0x\w+) (0x\w+)/gm)];
    expect(rows.map(([, type, ...numbers]) => [type, ...numbers.map(BigInt)])).toEqual([
      ['NOTE', 0x1f63d800n, 0n, 0x1f63d800n, 368n, 368n],
      ['NOTE', 0x1f73d800n, 0n, 0x1f73d800n, 368n, 368n],
      ['NOTE', 0x1234000n, 0n, 0x1234000n, 0x1024n, 0x1024n],
      ['LOAD', 0n, 0n, 0n, s390xCrash.start, s390xCrash.start],
    ]);
  });

  test('that asks for an x86 memory map is refused', async () => {
    const { seal, members } = s390xParts();
    const live = seal.live.toSpliced(8, 0, {
      source: 'e820',
      form: 'own',
      width: 0,
      segment: 0,
      about: 0,
      offset: 0x2000n,
      size: 20n,
      addend: 0n,
      arg0: 0x2100n,
      arg1: 0n,
      text: '',
      words: '',
    } as const);
    const sealed = toldPurgatory({ ...seal, live }, members).seal.live;
    expect((await loaded({ seal: { live } })).report).toMatchObject({
      status: 'bad-seal',
      detail: 'map-foreign',
      index: sealed.findIndex(({ source }) => source === 'e820'),
    });
  });
});

describe('fcp-block-is-byte-exact', () => {
  const zeros = fcpBlock({ device: 0n, wwpn: 0n, lun: 0n });
  const exact = async (sample: Sample, want: Buffer): Promise<void> => {
    const run = await loaded(sample);
    expect(run.report.status).toBe('ok');
    expect(blockOf(run)).toBe(want.toString('hex'));
    // Purgatory checks what was filled, not what was sealed.
    const digest = purgatoryOf(run).subarray(regionAt(3) + 0x30, regionAt(3) + 0x50);
    expect(digest.toString('hex')).toBe(sha256(want));
  };

  test.each(['dump', 'reipl'])('from sys/firmware/%s', (of) => {
    const folder = `sys/firmware/${of}/fcp`;
    return exact(
      { block: zeros, live: fromFirmware(folder) },
      fcpBlock({
        device: 0x1900n,
        wwpn: hexIn(`${folder}/wwpn`),
        lun: hexIn(`${folder}/lun`),
        bootprog: hexIn(`${folder}/bootprog`),
        brLba: hexIn(`${folder}/br_lba`),
      }),
    );
  });

  test('from a SCSI device', () =>
    exact(
      { block: zeros, live: fromScsi(scsiDevice) },
      fcpBlock({
        device: 0x1900n,
        wwpn: hexIn(`${scsiDevice}/wwpn`),
        lun: hexIn(`${scsiDevice}/fcp_lun`),
      }),
    ));

  test('and so is a CCW block, with its subchannel set', () =>
    exact({ block: ccwBlock(0, 0), live: fromCcw(`${dump}/ccw/device`) }, ccwBlock(2, 0xbeef)));
});

/** Bytes by offset in a page of zeros, from arch/s390/include/uapi/asm/ipl.h. */
function page(places: Readonly<Record<number, string>>): Buffer {
  const out = Buffer.alloc(4096);
  for (const [offset, hex] of Object.entries(places)) out.set(Buffer.from(hex, 'hex'), +offset);
  return out;
}

const firmware = (of: 'dump' | 'reipl', type: 'eckd' | 'nvme'): Sample =>
  fromPolicy({
    kind: 'ipl',
    device: { kind: 'firmware', of, type },
    loadparm: undefined,
    scpData: '',
    delaySeconds: 0,
    thenReipl: true,
  });

/** As Linux 6.12 writes these files. */
const firmwareFiles = (of: 'dump' | 'reipl', type: 'eckd' | 'nvme'): MachineFiles => ({
  [`sys/firmware/${of}/${of}_type`]: `${type}\n`,
  [`sys/firmware/${of}/eckd/device`]: '0.2.beef\n',
  [`sys/firmware/${of}/eckd/bootprog`]: '3\n',
  [`sys/firmware/${of}/eckd/br_chr`]: '0x1234,0x5,0xff\n',
  [`sys/firmware/${of}/nvme/fid`]: '0x00000300\n',
  [`sys/firmware/${of}/nvme/nsid`]: '0x00000001\n',
  [`sys/firmware/${of}/nvme/bootprog`]: '7\n',
  [`sys/firmware/${of}/nvme/br_lba`]: '2048\n',
});

describe('a list-directed block from the firmware is byte-exact', () => {
  const eckd = { 0: '00000284', 8: '0000027c', 12: '03', 328: '20', 333: '02', 334: 'beef' };
  const nvme = {
    0: '00000284',
    8: '0000027c',
    12: '04',
    328: '20',
    332: '00000300',
    348: '00000001',
  };

  test.each(
    (['dump', 'reipl'] as const).flatMap((of) => [
      [of, 'eckd', {}, { ...eckd, 356: '00000003', 372: '123405ff' }] as const,
      [of, 'eckd', { bootprog: '0\n', br_chr: 'auto\n' }, eckd] as const,
      [of, 'nvme', {}, { ...nvme, 356: '00000007', 372: '0000000000000800' }] as const,
      [of, 'nvme', { bootprog: '0\n', br_lba: '0\n' }, nvme] as const,
    ]),
  )('sys/firmware/%s/%s with %j', async (of, type, change, places) => {
    const files = firmwareFiles(of, type);
    const folder = `sys/firmware/${of}/${type}`;
    const other = Object.fromEntries(
      Object.entries(change).map(([name, text]) => [`${folder}/${name}`, text]),
    );
    const run = await loaded(firmware(of, type), { ...s390xMachine, ...files, ...other });
    expect(run.report.status).toBe('ok');
    const want = page(places);
    expect(blockOf(run)).toBe(want.toString('hex'));
    const digest = purgatoryOf(run).subarray(regionAt(3) + 0x30, regionAt(3) + 0x50);
    expect(digest.toString('hex')).toBe(sha256(want));
  });

  test.each([
    ['eckd', 'device', '0.0.0300\n', 'device-offline', 'device-offline'],
    ['eckd', 'br_chr', '', 'bad-live-value', 'file-empty'],
    ['eckd', 'br_chr', '0x12345,0x5,0x1\n', 'bad-live-value', 'file-form'],
    ['eckd', 'br_chr', '0x1,0x100,0x1\n', 'bad-live-value', 'file-form'],
    ['eckd', 'br_chr', '0x1,0x5\n', 'bad-live-value', 'file-form'],
    ['eckd', 'br_chr', '0x1,0x5,0x1,0x1\n', 'bad-live-value', 'file-form'],
    ['eckd', 'br_chr', 'automatic\n', 'bad-live-value', 'file-form'],
    ['nvme', 'nsid', '0x00000000\n', 'bad-live-value', 'number-small'],
    ['nvme', 'fid', '0x100000300\n', 'bad-live-value', 'file-form'],
    ['nvme', 'fid', undefined, 'bad-live-value', 'file-missing'],
  ] as const)('%s/%s with %j is refused', async (type, file, text, status, detail) => {
    const machine = { ...s390xMachine, ...firmwareFiles('dump', type) };
    const other = changed({ [`${dump}/${type}/${file}`]: text }, machine);
    const { report } = await loaded(firmware('dump', type), other);
    expect(report).toMatchObject({ status, detail, action: 'refused' });
  });

  test('is not filled from a type that is not set', async () => {
    const machine = { ...s390xMachine, ...firmwareFiles('dump', 'nvme') };
    const { report } = await loaded(firmware('dump', 'eckd'), machine);
    expect(report).toMatchObject({ status: 'wrong-machine', detail: 'rule-differs' });
  });
});

describe('commands for CP', () => {
  const file = 'sys/firmware/vmcmd/on_panic';
  const own = fromPolicy({ kind: 'vmcmd', commands: undefined });
  const commands = 'MESSAGE * Starting VMDUMP\nVMDUMP\nIPL 4711';
  const on = (text: Uint8Array | string | undefined) => changed({ [file]: text }, s390xMachine);

  test.each([`${commands}\n`, `  ${commands} \n\n`, commands])(
    'are what the machine gives CP itself: %j',
    async (text) => {
      const run = await loaded(own, on(text));
      expect(run.report.status).toBe('ok');
      const want = page({ 0: Buffer.from(commands).toString('hex') });
      expect(blockOf(run)).toBe(want.toString('hex'));
      const digest = purgatoryOf(run).subarray(regionAt(3) + 0x30, regionAt(3) + 0x50);
      expect(digest.toString('hex')).toBe(sha256(want));
    },
  );

  test('are as long as DIAG 8 takes them', async () => {
    expect((await loaded(own, on(`${'C'.repeat(240)}\n`))).report.status).toBe('ok');
  });

  test.each([
    ['nothing', '\n', 'file-empty'],
    ['no byte', '', 'file-empty'],
    ['too much', `${'C'.repeat(241)}\n`, 'file-form'],
    ['far too much', 'C'.repeat(70_000), undefined],
    ['a terminal sequence', '\u001b[2J\n', 'file-form'],
    ['a tab', 'MSG\tOP X\n', 'file-form'],
    ['a NUL', 'VMDUMP\0IPL\n', 'file-form'],
  ] as const)('that are %s are refused', async (_, text, detail) => {
    const { report } = await loaded(own, on(text));
    expect(report).toMatchObject({ status: 'bad-live-value', action: 'refused' });
    if (detail !== undefined) expect(report.detail).toBe(detail);
    expect(report.path).toBe(`/${file}`);
  });

  test('are for z/VM: where the machine has none, a bundle that takes its own is refused', async () => {
    const { report } = await loaded(own);
    expect(report).toMatchObject({
      status: 'wrong-machine',
      detail: 'rule-absent',
      path: `/${file}`,
      hint: 'only a guest of z/VM takes CP commands: leave the step out for other machines',
    });
  });

  test('that the profile names are sealed, and need nothing of the machine', async () => {
    const step = { kind: 'vmcmd', commands: ['VMDUMP', 'IPL 4711'] } as const;
    const run = await loaded(fromPolicy(step));
    expect(run.report.status).toBe('ok');
    expect(blockOf(run)).toBe(
      page({ 0: Buffer.from('VMDUMP\nIPL 4711').toString('hex') }).toString('hex'),
    );
  });
});

/** What a file says, and what is said of that. */
const malformed: readonly [string, Uint8Array | string | undefined, LoaderReport['detail']][] = [
  ['wwpn', undefined, 'file-missing'],
  ['wwpn', '', 'file-empty'],
  ['wwpn', '\n', 'file-empty'],
  ['wwpn', '0x\n', 'file-form'],
  ['wwpn', 'none\n', 'file-form'],
  ['wwpn', '0x500507630300c5620\n', 'file-form'],
  ['wwpn', '0x5005 0763\n', 'file-form'],
  ['wwpn', '0x5005\n0x5006\n', 'file-form'],
  ['wwpn', '-1\n', 'file-form'],
  ['wwpn', '0x5005\0', 'file-form'],
  ['wwpn', `0x${'0'.repeat(70)}\n`, 'file-form'],
  ['wwpn', '0x0000000000000000\n', 'number-small'],
  ['lun', '0x40104011g0000000\n', 'file-form'],
  ['bootprog', '0x3\n', 'file-form'],
  // 32 bits in the block: cut off, it would be program 3.
  ['bootprog', '4294967299\n', 'file-form'],
  ['br_lba', '\u001b[2J\n', 'file-form'],
  ['device', '', 'file-empty'],
  ['device', '1900\n', 'file-form'],
  ['device', '0.0.19001\n', 'file-form'],
  ['device', '0:0:1900\n', 'file-form'],
  ['device', '1.0.1900\n', 'file-form'],
  ['device', '0.4.1900\n', 'file-form'],
  ['device', '0.0.19AF\n', 'file-form'],
  ['device', '0.0.1900\n0.0.1901\n', 'file-form'],
];

test.each(malformed)('sys/firmware/dump/fcp/%s with %j is refused', async (file, text, detail) => {
  const path = `${dump}/fcp/${file}`;
  const { report } = await loaded(
    { live: fromFirmware(`${dump}/fcp`) },
    changed({ [path]: text }, s390xMachine),
  );
  expect(report).toMatchObject({
    status: 'bad-live-value',
    exitCode: 45,
    action: 'refused',
    detail,
    path: `/${path}`,
  });
});

test.each([
  [undefined, 'file-missing'],
  ['0x0\n', 'number-small'],
] as const)('a port of %j is refused with a hint', async (text, detail) => {
  const { report } = await loaded(
    { live: fromFirmware(`${dump}/fcp`) },
    changed({ [`${dump}/fcp/wwpn`]: text }, s390xMachine),
  );
  expect(report).toMatchObject({ status: 'bad-live-value', action: 'refused', detail });
  expect(report.path).toBe(`/${dump}/fcp/wwpn`);
  expect(report.hint).toBeTruthy();
});

test('a LUN of zero is one', async () => {
  const { report } = await loaded(
    { live: fromFirmware(`${dump}/fcp`) },
    changed({ [`${dump}/fcp/lun`]: '0x0000000000000000\n' }, s390xMachine),
  );
  expect(report.status).toBe('ok');
});

test.each(['dump', 'reipl'])(
  'a setting of sys/firmware/%s that is another is refused with a hint',
  async (of) => {
    const path = `sys/firmware/${of}/${of}_type`;
    const { report } = await loaded(
      { match: [{ kind: 'equals', path, value: 'fcp' }] },
      changed({ [path]: 'none\n' }, s390xMachine),
    );
    expect(report).toMatchObject({
      status: 'wrong-machine',
      action: 'refused',
      detail: 'rule-differs',
      index: 0,
      path: `/${path}`,
    });
    expect(report.hint).toBeTruthy();
  },
);

describe('a device that must be online', () => {
  const online = (id: string): string => `/sys/bus/ccw/devices/${id}/online`;
  const named = (value: string): Sample => ({ match: [{ kind: 'online', path: '', value }] });
  const from = (path: string): Sample => ({ match: [{ kind: 'onlineFrom', path, value: '' }] });

  test.each<[string, Sample]>([
    ['named', named('0.2.beef')],
    ['from sysfs', from(`${dump}/fcp/device`)],
    ['of a SCSI device', from(`${scsiDevice}/hba_id`)],
  ])('is: %s', async (_, sample) => {
    expect((await loaded(sample)).report.status).toBe('ok');
  });

  test.each<
    [string, Sample, Readonly<Record<string, string>>, LoaderReport['detail'], string, boolean]
  >([
    ['is not', named('0.0.0300'), {}, 'device-offline', online('0.0.0300'), true],
    ['is not there', named('0.0.4711'), {}, 'device-missing', online('0.0.4711'), true],
    [
      'is not, by sysfs',
      from(`${dump}/ccw/device`),
      { [`${dump}/ccw/device`]: '0.0.0300\n' },
      'device-offline',
      online('0.0.0300'),
      true,
    ],
    [
      'was never configured',
      from(`${dump}/ccw/device`),
      { [`${dump}/ccw/device`]: '0.0.0000\n' },
      'device-missing',
      online('0.0.0000'),
      true,
    ],
    ['is named by no file', from('sys/none'), {}, 'file-missing', '/sys/none', false],
    [
      'is no device',
      from(`${dump}/ccw/device`),
      { [`${dump}/ccw/device`]: 'none\n' },
      'file-form',
      `/${dump}/ccw/device`,
      false,
    ],
    [
      'is odd',
      named('0.2.beef'),
      { 'sys/bus/ccw/devices/0.2.beef/online': 'yes\n' },
      'device-offline',
      online('0.2.beef'),
      false,
    ],
  ])('%s', async (_, sample, change, detail, path, hint) => {
    const { report } = await loaded(sample, changed(change, s390xMachine));
    expect(report).toMatchObject({
      status: 'device-offline',
      exitCode: 49,
      action: 'refused',
      detail,
      path,
    });
    expect(report.hint !== '').toBe(hint);
  });
});

describe('a crash region', () => {
  const region = (lines: string): MachineFiles =>
    changed({ 'proc/iomem': lines, 'proc/meminfo': 'MemTotal: 4000000 kB\n' }, s390xMachine);

  test.each<[string, string, LoaderReport['detail']]>([
    [
      'off the MiB',
      s390xIomem.replaceAll('23ffffff', '2407ffff').replace('24000000', '24080000'),
      'region-not-whole',
    ],
    [
      'that reaches into what it changes places with',
      '00000000-03ffffff : System RAM\n04000000-0bffffff : Crash kernel\n',
      'region-overlaps',
    ],
    [
      'larger than the first memory',
      '00000000-03ffffff : System RAM\n08000000-1fffffff : System RAM\n20000000-25ffffff : Crash kernel\n',
      'region-large',
    ],
    [
      'that is one of two',
      `${s390xIomem}40000000-4fffffff : System RAM\n50000000-57ffffff : Crash kernel\n`,
      'region-not-alone',
    ],
  ])('%s is refused', async (_, lines, detail) => {
    const { report } = await loaded({}, region(lines));
    expect(report).toMatchObject({ status: 'bad-live-value', detail });
  });

  test('where a fixed place is not aligned is refused', async () => {
    const { seal } = s390xParts();
    const segments = seal.segments.map((one) =>
      one.name === 'kernel' ? { ...one, align: 0x20_0000n } : one,
    );
    const { report } = await loaded({ seal: { segments } });
    expect(report).toMatchObject({
      status: 'no-place',
      detail: 'place-not-aligned',
      index: segments.findIndex(({ name }) => name === 'kernel'),
    });
  });
});

describe('what changes while a bundle is filled', () => {
  /** The last live value is where the loader is held: all before it has been read, and nothing again. */
  async function whileFilling(
    sample: { readonly live?: Parts['seal']['live']; readonly match?: Parts['seal']['match'] },
    meanwhile: (root: string) => void,
    files: (root: string) => void = () => {},
    again?: (root: string, time: number) => void,
  ): Promise<LoaderReport> {
    const path = 'sys/held';
    const last = fromFirmware(`${dump}/fcp`).filter(({ text }) => text.endsWith('/br_lba'));
    const live = [...(sample.live ?? []), ...last.map((one) => ({ ...one, text: path }))];
    const bundle = await pack({ ...sample, live });
    const root = writeMachine(join(here.folder, 'changing'), { ...s390xMachine, [path]: '7\n' });
    files(root);
    const ran = await heldLoad(
      wordsOf(bundle, root, '--dry-run'),
      () => meanwhile(root),
      again && ((time) => again(root, time)),
    );
    return reportOf(ran.stdout, ran.stderr);
  }

  const live = fromFirmware(`${dump}/fcp`).filter(({ text }) => !text.endsWith('/br_lba'));
  const match = [{ kind: 'onlineFrom', path: `${dump}/ccw/device`, value: '' }] as const;
  const put = (path: string, value: string) => (root: string) =>
    writeFileSync(join(root, path), value);

  const changes: readonly [string, (root: string) => void, string | undefined][] = [
    ['a live value', put(`${dump}/fcp/wwpn`, '0x500507630300c563\n'), `/${dump}/fcp/wwpn`],
    ['how it is written', put(`${dump}/fcp/lun`, '0x4010401100000000'), `/${dump}/fcp/lun`],
    ['a file that goes', (root) => rmSync(join(root, dump, 'fcp/wwpn')), `/${dump}/fcp/wwpn`],
    ['the device', put(`${dump}/ccw/device`, '0.0.0200\n'), `/${dump}/ccw/device`],
    [
      'its being online',
      put('sys/bus/ccw/devices/0.2.beef/online', '0\n'),
      '/sys/bus/ccw/devices/0.2.beef/online',
    ],
    ['memory', put('proc/iomem', s390xIomem.replaceAll('23ffffff', '22ffffff')), undefined],
    ['the crash region', put('proc/iomem', s390xIomem.replace('2fffffff', '2effffff')), undefined],
  ];
  test.each(changes)('is refused: %s', async (_, meanwhile, path) => {
    const report = await whileFilling({ live, match }, meanwhile);
    expect(report).toMatchObject({
      status: 'changed-meanwhile',
      exitCode: 50,
      action: 'refused',
    });
    expect(report.path).toBe(path);
  });

  const about = 'proc/sys/kernel/osrelease';
  const rules: readonly [string, Parts['seal']['match'][number], (root: string) => void][] = [
    ['equals', { kind: 'equals', path: about, value: '7.1' }, put(about, '7.1.1\n')],
    ['prefix', { kind: 'prefix', path: about, value: '7.' }, put(about, '6.12\n')],
    ['present', { kind: 'present', path: about, value: '' }, (root) => rmSync(join(root, about))],
    ['absent', { kind: 'absent', path: 'new', value: '' }, put('new', '')],
  ];
  test.each(rules)('is refused: what a rule looks at (%s)', async (_, rule, meanwhile) => {
    const files = (root: string) => put(about, '7.1\n')(root);
    const before = await whileFilling({ match: [rule] }, () => {}, files);
    expect(before.status).toBe('ok');
    const report = await whileFilling({ match: [rule] }, meanwhile, files);
    expect(report).toMatchObject({ status: 'changed-meanwhile', action: 'refused' });
    expect(report).toMatchObject({ index: 0, path: `/${rule.path}` });
  });

  test('is taken as it is then, where it has come to rest', async () => {
    const tries: number[] = [];
    const wwpn = put(`${dump}/fcp/wwpn`, '0x500507630300c563\n');
    const report = await whileFilling(
      { live, match },
      wwpn,
      () => {},
      (_, time) => tries.push(time),
    );
    expect(report).toMatchObject({ status: 'ok', action: 'would arm' });
    expect(tries).toEqual([1]);
  });

  test('is refused where it goes on changing, after four tries', async () => {
    let tries = 0;
    const change = (root: string, time = 0) => {
      tries++;
      put(`${dump}/fcp/wwpn`, `0x500507630300c56${time}\n`)(root);
    };
    const report = await whileFilling({ live, match }, change, () => {}, change);
    expect(report).toMatchObject({ status: 'changed-meanwhile', path: `/${dump}/fcp/wwpn` });
    expect(tries).toBe(4);
  });
});
