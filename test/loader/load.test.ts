import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type LoaderReport, misfitOfStatus } from '../../pipeline/format/loader-report.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import { cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { words } from '../../pipeline/units/words.ts';
import { sealedDigests } from '../fixtures/bytes.ts';
import { regionAt } from '../fixtures/purgatory-head.ts';
import { sealedLive, sealedNumber } from '../fixtures/sealed-live.ts';
import {
  at,
  commandLine,
  commandLinePlace,
  elfTemplate,
  memberBytes,
  memmapLive,
  sampleLive,
  sampleSeal,
  signedBundle,
} from '../fixtures/x86-64-bundle.ts';
import {
  changed,
  directMap,
  kcore,
  type MachineFiles,
  sampleCrash,
  sampleIomem,
  sampleLoads,
  sampleMachine,
  sampleVmcoreinfo,
  textPhysical,
  textSize,
  textVirtual,
  writeMachine,
} from '../fixtures/x86-64-machine.ts';
import { bench, readReport, run } from './running.ts';

type Bench = Awaited<ReturnType<typeof bench>>;
let here: Bench;
let bundle: Uint8Array;
beforeAll(async () => {
  here = await bench('loader-load');
  bundle = await signedBundle(here.keys);
}, 120_000);

const { x86Avx2, x86Sha, x86Sse2 } = cpuFeatures;

const hexOf = (value: bigint): string => `0x${value.toString(16)}`;

/** The segments that --emit wrote, by name. */
function emitted(sealed: Uint8Array, files: MachineFiles = sampleMachine) {
  const folder = join(here.folder, 'emitted');
  rmSync(folder, { recursive: true, force: true });
  const report = here.report(sealed, files, '--emit', folder);
  const parts = new Map<string, { address: bigint; bytes: Buffer }>();
  for (const file of report.status === 'ok' ? readdirSync(folder) : []) {
    const [name, address] = file.split('@');
    if (name !== undefined && address !== undefined)
      parts.set(name, { address: BigInt(address), bytes: readFileSync(join(folder, file)) });
  }
  const part = (name: string) => {
    const found = parts.get(name);
    if (found === undefined) throw new Error(`no ${name}: ${JSON.stringify(report)}`);
    return found;
  };
  return { report, part };
}

describe('a good bundle on a good machine', () => {
  test('is placed as planned and filled', () => {
    const report = here.report(bundle);
    expect(report).toMatchObject({ status: 'ok', action: 'would arm', exitCode: 0 });
    expect(report.segments?.map(({ name, mem, asPlanned }) => [name, mem, asPlanned])).toEqual([
      ['kernel', '0x2c200000', true],
      ['initramfs.base', '0x2c400000', true],
      ['initramfs.overlay', '0x2c412000', true],
      ['boot_params', '0x2c1fe000', true],
      ['elfcorehdr', '0x2c1fd000', true],
      ['purgatory', '0x2c1f8000', true],
    ]);
    expect(report.entry).toBe('0x2c1f9000');
    expect(report.commandLine).toBe(`${commandLine} elfcorehdr=0x2c1fd000`);
    expect(report.guarantees).toMatchObject({ signature: true, elfCoreHeaderChecked: true });
  });

  test('keeps to itself what the kernel tells root alone', () => {
    emitted(bundle);
    const folder = join(here.folder, 'emitted');
    const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
    expect(modes.length).toBeGreaterThan(6);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  test('keeps the bytes of every segment that holds no live value', () => {
    const { part } = emitted(bundle);
    for (const name of ['kernel', 'initramfs.base', 'initramfs.overlay'] as const)
      expect(
        part(name).bytes.equals(
          memberBytes.find((m) => m.name === name)?.bytes ?? new Uint8Array(),
        ),
      ).toBe(true);
  });

  test('has its numbers, bytes and text where the seal says', () => {
    const { part } = emitted(bundle);
    const params = part('boot_params').bytes;
    expect(params.readUInt32LE(0x218)).toBe(0x2c400000);
    expect(params.readUInt32LE(0xc0)).toBe(0);
    expect(params.readUInt32LE(0x228)).toBe(0x2c1ff000);
    expect(params.readBigUInt64LE(0x70)).toBe(0xf59e0n);
    expect(params[0x1ec]).toBe(2);
    const head = part('purgatory').bytes;
    expect(head.readBigUInt64LE(0x300)).toBe(BigInt(x86Sha.code | x86Sse2.code));
    expect(head.readBigUInt64LE(0x308)).toBe(0x2c200200n);
    expect(head.readBigUInt64LE(0x318)).toBe(sampleCrash.start);
    expect(head.readBigUInt64LE(0x320)).toBe(sampleCrash.size);
  });

  test.each([
    ['fpu sse2 avx2', x86Sse2.code | x86Avx2.code],
    ['fpu sse2 sha_ni ssse3 avx2x xavx2', x86Sse2.code],
    ['fpu sse avx', 0],
  ])('tells purgatory which instructions digests may use: %s', (flags, features) => {
    const files = changed({ 'proc/cpuinfo': `flags\t\t: ${flags}\n` });
    const head = emitted(bundle, files).part('purgatory').bytes;
    expect(head.readBigUInt64LE(0x300)).toBe(BigInt(features));
  });

  test('digests what was filled, the purgatory head last', () => {
    const { part } = emitted(bundle);
    const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const head = part('purgatory').bytes;
    const digestOfRegion = (index: number): string =>
      head.subarray(regionAt(index) + 0x30, regionAt(index) + 0x50).toString('hex');
    expect(digestOfRegion(4)).toBe(sha256(part('boot_params').bytes));
    expect(digestOfRegion(5)).toBe(sha256(part('elfcorehdr').bytes));
    expect(head.subarray(0x28, 0x48).toString('hex')).toBe(sha256(head.subarray(0x300, 0x1000)));
  });

  test('has an ELF core header that readelf reads', () => {
    const { part, report } = emitted(bundle);
    const text = execFileSync(
      'readelf',
      ['-hlW', join(here.folder, 'emitted', `elfcorehdr@${hexOf(part('elfcorehdr').address)}`)],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    expect(text).toContain('CORE (Core file)');
    const rows = [...text.matchAll(/^ {2}(NOTE|LOAD) +(0x\w+) (0x\w+) (0x\w+) (0x\w+) (0x\w+)/gm)];
    const notTold = (size: bigint) => [0n, size, size];
    expect(rows.map(([, type, ...numbers]) => [type, ...numbers.map(BigInt)])).toEqual([
      ['NOTE', 0x3d63d800n, 0n, 0x3d63d800n, 368n, 368n],
      ['NOTE', 0x3d73d800n, 0n, 0x3d73d800n, 368n, 368n],
      ['NOTE', 0x11fe000n, 0n, 0x11fe000n, 0x1024n, 0x1024n],
      ['LOAD', textPhysical, textVirtual, textPhysical, textSize, textSize],
      ...[
        [0x10_0000n, 0x2c00_0000n],
        [0x3400_0000n, 0x3ffd_d000n],
      ].map(([start = 0n, end = 0n]) => [
        'LOAD',
        start,
        directMap + start,
        start,
        ...notTold(end - start).slice(1),
      ]),
    ]);
    expect(report.machine).toMatchObject({ cpus: 2, directMap: hexOf(directMap) });
  });

  test('has the memory map that the capture kernel may use', () => {
    const params = emitted(bundle).part('boot_params').bytes;
    const entries = Array.from({ length: params[0x1e8] ?? 0 }, (_, index) => {
      const entry = 0x2d0 + 20 * index;
      return [
        params.readBigUInt64LE(entry),
        params.readBigUInt64LE(entry + 8),
        params.readUInt32LE(entry + 16),
      ];
    });
    expect(entries.filter(([, , type]) => type === 1)).toEqual([
      [0x1000n, 0x9ec00n, 1],
      [0x2c00_0000n, 0x1f_d000n, 1],
      [0x2c1f_e000n, 0x7e0_2000n, 1],
    ]);
    expect(entries.filter(([, , type]) => type === 2)).toHaveLength(8);
  });

  test('can tell the memory map as words', async () => {
    const live = sampleLive.toSpliced(
      sampleLive.findIndex(({ source }) => source === 'digest'),
      0,
      memmapLive,
    );
    const report = here.report(await signedBundle(here.keys, { ...sampleSeal, live }));
    expect(report.commandLine).toBe(
      `${commandLine} elfcorehdr=0x2c1fd000 memmap=exactmap memmap=635K@4K memmap=4K$0K ` +
        'memmap=1K$639K memmap=64K$960K memmap=140K$1048436K memmap=262144K$2883584K ' +
        'memmap=16K$4174960K memmap=16K$4177904K memmap=256K$4194048K ' +
        'memmap=2036K@720896K memmap=129032K@722936K',
    );
  });
});

/** Each of these machines is refused, and nothing else is said of it. */
const refusals: readonly [string, string, MachineFiles][] = [
  [
    'that has no crash region',
    'no-crash-region',
    changed({ 'proc/iomem': sampleIomem.replace(/.*Crash kernel\n/, '') }),
  ],
  [
    'whose crash region is small',
    'crash-region-small',
    changed({ 'proc/iomem': sampleIomem.replace('2c000000-33ffffff', '2c000000-2dffffff') }),
  ],
  [
    'that hides addresses',
    'hidden-addresses',
    changed({
      'proc/iomem': sampleIomem.replace(/[0-9a-f]{8,}-[0-9a-f]{8,}/g, '00000000-00000000'),
    }),
  ],
  ['that has no kcore', 'hidden-addresses', changed({ 'proc/kcore': undefined })],
  [
    'whose kcore has no kernel text',
    'hidden-addresses',
    changed({ 'proc/kcore': kcore(sampleLoads.filter(({ vaddr }) => vaddr !== textVirtual)) }),
  ],
  [
    'whose kcore and VMCOREINFO disagree',
    'bad-live-value',
    changed({
      'proc/kcore': kcore(sampleLoads, sampleVmcoreinfo.replace('phys_base)=', 'phys_base)=1')),
    }),
  ],
  [
    'whose kcore and iomem disagree',
    'bad-live-value',
    changed({ 'proc/iomem': sampleIomem.replace('12000000-', '11000000-') }),
  ],
  [
    'with more CPUs than slots',
    'too-many-cpus',
    changed({
      'sys/devices/system/cpu/possible': '0-7\n',
      ...Object.fromEntries(
        [0, 1, 2, 3, 4].flatMap((cpu) => [
          [`sys/devices/system/cpu/cpu${cpu}/crash_notes`, '3d63d800\n'],
          [`sys/devices/system/cpu/cpu${cpu}/crash_notes_size`, '368\n'],
        ]),
      ),
    }),
  ],
  [
    'with a present CPU that has no notes',
    'bad-live-value',
    changed({ 'sys/devices/system/cpu/present': '0-2\n' }),
  ],
  [
    'whose CPU list is not one',
    'bad-live-value',
    changed({ 'sys/devices/system/cpu/possible': '0-\n' }),
  ],
  [
    'whose notes lie outside of memory',
    'bad-header',
    changed({ 'sys/devices/system/cpu/cpu2/crash_notes': 'fffffff000\n' }),
  ],
  [
    'whose notes lie in the crash region',
    'bad-header',
    changed({ 'sys/devices/system/cpu/cpu2/crash_notes': '2c001000\n' }),
  ],
  [
    'that is a Xen control domain',
    'wrong-machine',
    changed({ 'proc/xen/capabilities': 'control_d\n' }),
  ],
  ['without VMCOREINFO', 'bad-live-value', changed({ 'sys/kernel/vmcoreinfo': undefined })],
  ['whose VMCOREINFO is empty', 'bad-live-value', changed({ 'sys/kernel/vmcoreinfo': '0x0 0\n' })],
  [
    'with more ranges than slots',
    'too-many-ranges',
    changed({
      'proc/iomem': `${sampleIomem}${Array.from({ length: 10 }, (_, i) => {
        const start = 0x10_0000_0000n + BigInt(i) * 0x2_0000n;
        return `${start.toString(16)}-${(start + 0xffffn).toString(16)} : System RAM (kmem)\n`;
      }).join('')}`,
    }),
  ],
  [
    'without RAM below 1 MiB',
    'bad-live-value',
    changed({
      'proc/iomem': sampleIomem.replace(
        '00001000-0009fbff : System RAM',
        '00001000-0009fbff : Reserved',
      ),
    }),
  ],
  ['of another vendor', 'wrong-machine', changed({ 'sys/class/dmi/id/sys_vendor': 'Other\n' })],
  ['whose epoch floor is higher', 'old-epoch', changed({ 'etc/crashseal/epoch': '4\n' })],
  ['whose epoch floor is unreadable', 'bad-floor', changed({ 'etc/crashseal/epoch': 'x\n' })],
  [
    'that is locked down',
    'lockdown',
    changed({ 'sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' }),
  ],
  [
    'where loading is disabled',
    'load-disabled',
    changed({ 'proc/sys/kernel/kexec_load_disabled': '1\n' }),
  ],
  [
    'whose load limit is used up',
    'load-disabled',
    changed({ 'proc/sys/kernel/kexec_load_limit_panic': '0\n' }),
  ],
  [
    'with too little memory for the kernel to accept the image',
    'no-place',
    changed({ 'proc/meminfo': 'MemTotal:  4000 kB\n' }),
  ],
  [
    'whose boot_params are short',
    'bad-live-value',
    changed({ 'sys/kernel/boot_params/data': 'x' }),
  ],
];

describe('a machine', () => {
  test.each(refusals)('%s is refused: %s', (_, status, files) => {
    const report = here.report(bundle, files);
    expect(report.status).toBe(status);
    expect(report.action).toBe('refused');
    expect(report.error).toBeTruthy();
  });

  test.each([
    ['proc/iomem', undefined, 'file-missing'],
    ['sys/devices/system/cpu/cpu2/crash_notes', '0\n', 'address-hidden'],
    ['sys/devices/system/cpu/cpu2/crash_notes', undefined, 'file-missing'],
    ['sys/devices/system/cpu/cpu2/crash_notes_size', 'x\n', 'file-form'],
    ['sys/kernel/vmcoreinfo', '0x0 1024\n', 'address-hidden'],
  ])('whose %s is %j is told which file it is, and what to do', (path, content, detail) => {
    const report = here.report(bundle, changed({ [path]: content }));
    expect(report).toMatchObject({ detail, path: `/${path}` });
    expect(report.hint).toBeTruthy();
  });

  test.each(['too-many-cpus', 'too-many-ranges'] as const)('with %s is told what to do', (kind) => {
    const [, , files] = refusals.find(([, status]) => status === kind) ?? [];
    const report = here.report(bundle, files);
    expect(report).toMatchObject({ status: kind, action: 'refused' });
    expect(report.hint).toBeTruthy();
  });

  test('whose epoch floor is reached is served', () => {
    expect(here.report(bundle, changed({ 'etc/crashseal/epoch': '3\n' })).status).toBe('ok');
  });

  test('that has something else at a planned place is no matter: the region is ours', () => {
    const low = sampleIomem.replace(
      '  2c000000-33ffffff : Crash kernel',
      '  08000000-0bffffff : Crash kernel\n  2c000000-33ffffff : Crash kernel',
    );
    // The kernel lists by address.
    const lines = low.split('\n').filter((line) => !line.includes('Kernel '));
    const report = here.report(bundle, changed({ 'proc/iomem': lines.join('\n') }));
    expect(report).toMatchObject({ status: 'ok' });
    expect(report.machine).toMatchObject({
      crashRegion: { start: '0x2c000000', size: '0x8000000' },
      lowCrashRegion: { start: '0x8000000', size: '0x4000000' },
      dumpRanges: [
        { start: '0x100000', size: '0x7f00000' },
        { start: '0xc000000', size: '0x20000000' },
        { start: '0x34000000', size: '0xbfdd000' },
      ],
    });
  });

  test('whose crash region is not aligned for the kernel gets it in the next hole', () => {
    const report = here.report(
      bundle,
      changed({ 'proc/iomem': sampleIomem.replace('2c000000-33ffffff', '2c100000-33ffffff') }),
    );
    expect(report.status).toBe('ok');
    const kernel = report.segments?.find(({ name }) => name === 'kernel');
    expect(kernel).toMatchObject({ asPlanned: false });
    expect(BigInt(kernel?.mem ?? '1') % 0x20_0000n).toBe(0n);
  });
});

describe('a bundle', () => {
  const status = (report: LoaderReport): string => report.status;

  test('is refused after its end, before its begin, and taken between', () => {
    expect(status(here.report(bundle, sampleMachine, '--now', '1800200000'))).toBe('expired');
    expect(status(here.report(bundle, sampleMachine, '--now', '1799998000'))).toBe('clock-wrong');
  });

  test('for another architecture is refused', async () => {
    const other = await signedBundle(here.keys, { ...sampleSeal, machine: 40 });
    expect(status(here.report(other))).toBe('wrong-arch');
  });

  test('whose seal is no seal is refused, though signed', async () => {
    const other = await signedBundle(here.keys, new TextEncoder().encode('CRSHSEAL'));
    expect(status(here.report(other))).toBe('bad-seal');
  });

  test('with one changed byte in any member is refused, whatever the byte', async () => {
    for (const [index, { name, bytes }] of memberBytes.entries()) {
      const other = bytes.slice();
      const middle = Math.floor(bytes.length / 2);
      other[middle] = (other[middle] ?? 0) ^ 0x10;
      const members = memberBytes.with(index, { name, bytes: other });
      const report = here.report(await signedBundle(here.keys, sampleSeal, members));
      expect([name, report.status, report.index]).toEqual([name, 'bad-digest', index]);
    }
  });

  test('that lacks a member of its seal, or has another size, is refused', async () => {
    const less = await signedBundle(here.keys, sampleSeal, memberBytes.slice(0, -1));
    expect(status(here.report(less))).toBe('bad-envelope');
    const shorter = memberBytes.with(1, { name: 'kernel', bytes: new Uint8Array(5) });
    expect(status(here.report(await signedBundle(here.keys, sampleSeal, shorter)))).toBe(
      'bad-envelope',
    );
  });

  test.each([
    ['leaves no room for live words', 6130, { status: 'text-too-long' }],
    ['has no end in its place', 4096 + 2048, { status: 'bad-seal', detail: 'text-open' }],
  ])('whose command line %s is refused', async (_, end, refusal) => {
    const index = memberBytes.findIndex(({ name }) => name === 'boot_params');
    const bytes = (memberBytes[index]?.bytes ?? new Uint8Array()).slice().fill(0x61, 4096, end);
    const seal = {
      ...sampleSeal,
      members: sampleSeal.members.with(index, {
        name: 'boot_params',
        size: BigInt(bytes.length),
        ...sealedDigests(bytes),
      }),
    };
    const members = memberBytes.with(index, { name: 'boot_params', bytes });
    expect(here.report(await signedBundle(here.keys, seal, members))).toMatchObject(refusal);
  });

  test('that needs 4-level paging is refused on a kernel with 5 levels', async () => {
    const sealed = await signedBundle(here.keys, {
      ...sampleSeal,
      flags: ['needsFourLevelPaging'],
    });
    expect(status(here.report(sealed))).toBe('ok');
    const five = 0xff11_0000_0000_0000n - directMap;
    const loads = sampleLoads.map((load) =>
      load.vaddr > directMap && load.vaddr < 0xffff_b000_0000_0000n
        ? { ...load, vaddr: load.vaddr + five }
        : load,
    );
    const info = sampleVmcoreinfo.replace('l5_enabled)=0', 'l5_enabled)=1');
    expect(status(here.report(sealed, changed({ 'proc/kcore': kcore(loads, info) })))).toBe(
      'wrong-machine',
    );
  });

  test('gets numbers from files in the form that it asks for', async () => {
    const files = changed({
      'sys/sample/hex': '0x1234abcd\n',
      'sys/sample/decimal': '4096\n',
      'sys/sample/odd': '4097\n',
    });
    const with_ = (...more: (typeof sampleLive)[number][]) =>
      signedBundle(here.keys, { ...sampleSeal, live: [...more, ...sampleLive] });
    const hex = sealedNumber('fileHex', at.bootParams, 0x300, 4, {
      form: 'big',
      text: 'sys/sample/hex',
    });
    const sealed = await with_({ ...hex, offset: 0xe00n });
    expect(emitted(sealed, files).part('boot_params').bytes.readUInt32BE(0xe00)).toBe(0x1234abcd);
    const decimal = { ...hex, source: 'fileDecimal' as const, offset: 0xe00n };
    const right = await with_({ ...decimal, text: 'sys/sample/decimal', addend: 1n });
    expect(emitted(right, files).part('boot_params').bytes.readUInt32BE(0xe00)).toBe(4097);
    for (const text of ['sys/sample/hex', 'sys/sample/missing'])
      expect(status(here.report(await with_({ ...decimal, text }), files))).toBe('bad-live-value');

    const kib = (text: string) =>
      sealedLive({
        source: 'fileDecimal',
        form: 'textKib',
        ...commandLinePlace,
        words: ' sample=',
        text,
      });
    const first = sampleLive.findIndex(({ form }) => form === 'textHex');
    const say = (text: string) =>
      signedBundle(here.keys, { ...sampleSeal, live: sampleLive.toSpliced(first, 0, kib(text)) });
    expect(here.report(await say('sys/sample/decimal'), files).commandLine).toBe(
      `${commandLine} sample=4K elfcorehdr=0x2c1fd000`,
    );
    expect(status(here.report(await say('sys/sample/odd'), files))).toBe('bad-live-value');
  });
});

describe('what the loader does besides', () => {
  test('--check verifies and says who signed', () => {
    const path = here.write('bundle', bundle);
    const ran = run(
      here.program,
      '--check',
      '--trust',
      here.trust,
      '--root',
      here.machine(),
      '--now',
      '1800000000',
      path,
    );
    expect(ran.stdout).toMatch(/^verified: profile sample, .* signed by Sample Signer/);
    expect(ran.code).toBe(0);
  });

  test('--status tells what /sys says', () => {
    const root = here.machine();
    expect(run(here.program, '--status', '--root', root)).toMatchObject({
      code: 3,
      stdout: 'not armed\n',
    });
    const none: unknown = JSON.parse(
      run(here.program, '--status', '--json', '--root', root).stdout,
    );
    expect(none).toEqual({ status: 'not-armed', exitCode: 3, armed: false, record: null });
    expect(misfitOfStatus(none)).toBeUndefined();
    const record = { status: 'ok', exitCode: 0, action: 'armed', milliseconds: 84 };
    const armed = here.machine(
      changed({
        'sys/kernel/kexec_crash_loaded': '1\n',
        'run/crashseal/armed.json': `${JSON.stringify(record)}\n`,
        'run/crashseal/armed': 'armed: profile sample\n',
      }),
    );
    expect(run(here.program, '--status', '--root', armed)).toMatchObject({
      code: 0,
      stdout: 'armed: profile sample\n',
    });
    const ran = run(here.program, '--status', '--json', '--root', armed);
    const told: unknown = JSON.parse(ran.stdout);
    expect(told).toEqual({ status: 'ok', exitCode: 0, armed: true, record });
    expect(misfitOfStatus(told)).toBeUndefined();
  });

  test('a failure is an error line and a hint', () => {
    const path = here.write('bundle', bundle);
    const root = here.machine(
      changed({ 'proc/iomem': sampleIomem.replace(/.*Crash kernel\n/, '') }),
    );
    const ran = run(
      here.program,
      '--trust',
      here.trust,
      '--root',
      root,
      '--now',
      '1800000000',
      path,
    );
    expect(ran.code).toBe(40);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toMatch(/^error: .+\nhint: .+\n$/);
  });

  test('gathered facts show on another machine what a load here would do', () => {
    const path = here.write('bundle', bundle);
    const archive = join(here.folder, 'facts.tar');
    const gathered = run(
      here.program,
      '--facts',
      archive,
      '--root',
      here.machine(),
      '--now',
      '1800000000',
      '--trust',
      here.trust,
      path,
    );
    expect(gathered).toMatchObject({ code: 0, stderr: '' });
    const copy = join(here.folder, 'facts');
    rmSync(copy, { recursive: true, force: true });
    execFileSync('mkdir', ['-p', copy]);
    execFileSync('tar', ['xf', archive, '-C', copy]);
    const args = ['--json', '--trust', here.trust, '--now', '1800000000'];
    const there = JSON.parse(run(here.program, ...args, '--root', copy, path).stdout);
    const local = JSON.parse(run(here.program, ...args, '--root', here.machine(), path).stdout);
    expect({ ...there, milliseconds: 0 }).toEqual({ ...local, milliseconds: 0 });
    // Memory itself is not among the facts.
    expect(readFileSync(join(copy, 'proc/kcore')).includes(Buffer.alloc(64, 0xee))).toBe(false);
  });

  test('facts that cannot be written whole do not stay', () => {
    const archive = join(here.folder, 'cut.tar');
    const args = [here.program, '--facts', archive, '--root', here.machine()];
    const limited = 'trap "" XFSZ; ulimit -f 8; exec "$@"';
    const ran = run('bash', '-c', limited, 'bash', ...args);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^error: .+\nhint: .+\n$/);
    expect(existsSync(archive)).toBe(false);
    expect(run(here.program, '--facts', '/dev/full', '--root', here.machine()).code).toBe(1);
    expect(existsSync('/dev/full')).toBe(true);
  });

  test('unknown words are refused with exit code 2', () => {
    for (const args of [
      [],
      ['--frobnicate'],
      ['--check', 'a', 'b'],
      ['--unload', '--facts=a'],
      ['--now', '5', 'x'],
      ['--check', '--status'],
    ])
      expect(run(here.program, ...args).code).toBe(2);
  });
});

describe('a machine as large as the limits of a profile may be', () => {
  const page = 0x1000n;
  /** Ranges of 1 MiB, each with a hole after it. */
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const start = 0x1_0000_0000n + BigInt(i) * 0x20_0000n;
      return { start, end: start + 0x10_0000n };
    });
  const hex = (value: bigint): string => value.toString(16).padStart(8, '0');
  /** A bundle whose ELF core header has room for so many. */
  const withRoom = (limits: Pick<Seal, 'maxCpus' | 'maxRanges'>): Promise<Uint8Array> => {
    const bytes = elfTemplate(62, 'little', limits.maxCpus + limits.maxRanges + 2);
    const size = BigInt(bytes.length);
    const members = memberBytes.map((member) =>
      member.name === 'elfcorehdr' ? { ...member, bytes } : member,
    );
    return signedBundle(
      here.keys,
      {
        ...sampleSeal,
        ...limits,
        members: members.map((member) => ({
          name: member.name,
          size: BigInt(member.bytes.length),
          ...sealedDigests(member.bytes),
        })),
        segments: sampleSeal.segments.map((segment, i) =>
          i === at.elfcorehdr
            ? { ...segment, place: 0x100_0000n, bufsz: size, memsz: (size + 0xfffn) & ~0xfffn }
            : segment,
        ),
        live: sampleSeal.live.map((one) => {
          if (one.source === 'elfcorehdr') return { ...one, size };
          return one.source === 'digest' && one.about === at.elfcorehdr
            ? { ...one, arg1: size }
            : one;
        }),
      },
      members,
    );
  };
  /** As kernels with SPARSEMEM_VMEMMAP list it: each range twice, the second time its struct pages. */
  const machineOf = (ranges: ReturnType<typeof many>, more = 0): MachineFiles => {
    const vmemmap = 0xffff_ea00_0000_0000n;
    const notTold = (1n << 64n) - 1n;
    const loads = ranges.flatMap(({ start, end }) => [
      { vaddr: directMap + start, paddr: start, size: end - start },
      { vaddr: vmemmap + (start / page) * 64n, paddr: notTold, size: ((end - start) / page) * 64n },
    ]);
    const others = Array.from({ length: more }, (_, i) => ({
      vaddr: 0xffff_c900_0000_0000n + BigInt(i) * page,
      paddr: notTold,
      size: page,
    }));
    return changed({
      'proc/iomem': `${sampleIomem}${ranges
        .map(
          ({ start, end }) =>
            `${hex(start + 0x9_0000_0000n)}-${hex(end + 0x9_0000_0000n - 1n)} : System RAM\n`,
        )
        .join('')}`,
      'proc/meminfo': 'MemTotal:       8800000 kB\n',
      'proc/kcore': kcore([
        ...sampleLoads,
        ...loads.map(({ vaddr, paddr, size }) =>
          paddr === notTold
            ? { vaddr, paddr, size }
            : { vaddr: vaddr + 0x9_0000_0000n, paddr: paddr + 0x9_0000_0000n, size },
        ),
        ...others,
      ]),
    });
  };

  test.each([253, 300, 1500, 4094])('is read and filled: %d of them', async (count) => {
    const report = here.report(
      await withRoom({ maxRanges: 4096, maxCpus: 4 }),
      machineOf(many(count)),
    );
    expect(report).toMatchObject({ status: 'ok', action: 'would arm' });
    expect(report.guarantees).toMatchObject({ elfCoreHeaderChecked: true });
    expect(report.machine?.dumpRanges).toHaveLength(count + 2);
  });

  test('has its CPUs in the header and in the facts: 8192 of them', async () => {
    const cpusMax = 8192;
    const sealed = here.write('many-cpus', await withRoom({ maxRanges: 8, maxCpus: cpusMax }));
    const root = writeMachine(join(here.folder, 'many-cpus-root'), sampleMachine);
    const folder = join(root, 'sys/devices/system/cpu');
    // One CPU's files stand for all.
    const has = (count: number): void => {
      for (let i = 1; i < count; i++)
        if (!existsSync(join(folder, `cpu${i}`))) symlinkSync('cpu0', join(folder, `cpu${i}`));
      for (const file of ['possible', 'present'])
        writeFileSync(join(folder, file), `0-${count - 1}\n`);
    };
    const common = words`--trust ${here.trust} --root ${root} --now 1800000000`;
    has(cpusMax);
    const report = readReport(run(here.program, '--json', ...common, sealed).stdout);
    expect(report).toMatchObject({ status: 'ok', machine: { cpus: cpusMax } });
    const facts = join(here.folder, 'facts.tar');
    expect(run(here.program, '--facts', facts, '--root', root)).toMatchObject({ code: 0 });
    expect(readFileSync(facts, 'latin1')).toContain(`cpu${cpusMax - 1}/crash_notes_size`);
    has(cpusMax + 1);
    expect(run(here.program, ...common, sealed).code).toBe(loaderStatuses.tooManyCpus.code);
  });

  test.each([
    [
      'proc/iomem',
      'too-many-ranges',
      `${sampleIomem}${'c0000000-c0000fff : a device\n'.repeat(150_000)}`,
    ],
    ['sys/devices/system/cpu/present', 'too-many-cpus', `${'0,'.repeat(40_000)}0\n`],
    ['sys/devices/system/cpu/possible', 'too-many-cpus', `0${',1'.repeat(2_100_000)}\n`],
  ] as const)('is told to have too many, where a list is too long: %s', (path, status, text) => {
    expect(here.report(bundle, changed({ [path]: text }))).toMatchObject({
      status,
      path: `/${path}`,
    });
  });

  test('is told to have too many, where it has more than the bundle has room for', async () => {
    const sealed = await withRoom({ maxRanges: 4096, maxCpus: 4 });
    expect(here.report(sealed, machineOf(many(4095))).status).toBe('too-many-ranges');
    const beyond = here.report(sealed, machineOf(many(5000)));
    expect(beyond.status).toBe('too-many-ranges');
    const listed = here.report(bundle, machineOf(many(8), 9000));
    expect(listed).toMatchObject({ status: 'too-many-ranges', path: '/proc/kcore' });
    // Ten thousand more than any head may have.
    expect(here.report(bundle, machineOf(many(8), 30_000)).status).toBe('too-many-ranges');
  });
});

describe('what the loader reads is never quoted', () => {
  const secret = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\u001b]0;hunter2\n';
  const own = (name: string, bytes: string | Uint8Array): string => here.write(name, bytes);
  const said = (...args: readonly string[]): string => {
    const ran = run(here.program, ...args);
    return ran.stdout + ran.stderr;
  };
  const printable = /^[\n\x20-\x7e]*$/;

  const files: readonly (readonly [string, () => string | Uint8Array])[] = [
    ['a secret', () => secret],
    ['a short one', () => 'hunter2'],
    ['passwords', () => 'root:$6$hunter2:20000:0:::::\n'.repeat(100)],
    [
      'a tar of secrets',
      () => Buffer.concat([Buffer.from('hunter2'.padEnd(100, '\0')), Buffer.alloc(924)]),
    ],
    [
      'a bundle with a name that another has put there',
      () => {
        const bytes = Buffer.from(bundle);
        bytes.write('hunter2', 0);
        return bytes;
      },
    ],
  ];
  test.each(files)('a file that was taken for a bundle: %s', (_, bytes) => {
    const path = own('x.crashseal', bytes());
    for (const words of [['--check'], ['--json'], []]) {
      const text = said(...words, '--trust', here.trust, '--root', here.machine(), path);
      expect(text).not.toMatch(/hunter2|PRIVATE|MIIE/);
      expect(text).toMatch(printable);
      expect(text.length).toBeGreaterThan(20);
    }
  });

  test.each([
    ['the trust store', '--trust'],
    ['the overlay', '--overlay'],
  ])('%s', (_, option) => {
    const path = own('secret', secret);
    chmodSync(path, 0o600);
    const trust = option === '--trust' ? [] : ['--trust', here.trust];
    const text = said(option, path, ...trust, '--root', here.machine(), own('bundle', bundle));
    expect(text).not.toMatch(/hunter2|PRIVATE|MIIE/);
    expect(text).toMatch(printable);
  });

  test('names of files reach no terminal as they are', () => {
    const evil = own('\u001b[2J\u009b31m\u202egnp.crashseal', 'junk');
    for (const json of [[], ['--json']]) {
      const text = said(...json, '--trust', here.trust, '--root', here.machine(), evil, evil);
      expect(text).toMatch(printable);
    }
    const option = run(here.program, '--\u001b[2J');
    expect(option.stderr).toMatch(printable);
  });
});

describe('the record of what is armed, below another root', () => {
  const status = (json: string, line: string, ...args: readonly string[]) => {
    const root = here.machine(
      changed({
        'sys/kernel/kexec_crash_loaded': '1\n',
        'run/crashseal/armed.json': json,
        'run/crashseal/armed': line,
      }),
    );
    return run(here.program, '--status', '--root', root, ...args);
  };

  test('is told as it is', () => {
    const json = JSON.stringify({ a: [1, -2.5e3, true, null, 'x\\"y'], b: { c: {}, d: [] } });
    expect(JSON.parse(status(`${json}\n`, '', '--json').stdout)).toMatchObject({
      armed: true,
      record: JSON.parse(json),
    });
    expect(status('', 'armed: profile vm\nby kexec_file_load\n').stdout).toBe(
      'armed: profile vm\nby kexec_file_load\n',
    );
  });

  test.each([
    'null,"armed":false,"exitCode":0,"x":{}',
    '{}},"evil":{"a":1',
    '{},"evil":true',
    '{"a":1}{"b":2}',
    '{"a":1',
    '{"a":}',
    '{"a"}',
    '{"a":[1,]}',
    '{"a":1]',
    '{"a":"\u001b[2J"}',
    '{"a":"\u00e9"}',
    '{"a":"\\x"}',
    '{"a":tru}',
    '{"a":01}',
    '{"a":-00}',
    '{"a":1}\u0000',
    `{"a":${'['.repeat(100)}${']'.repeat(100)}}`,
    '[]',
    '1',
    '""',
    '{',
  ])('adds nothing of its own to our JSON: %j', (json) => {
    const { stdout } = status(`${json}\n`, '', '--json');
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
    expect(JSON.parse(stdout)).toEqual({ status: 'ok', exitCode: 0, armed: true, record: null });
  });

  test('does not reach a terminal as it is', () => {
    expect(status('', 'armed\u001b]0;evil\u0007\u202e\n').stdout).toBe(
      'armed\\x1b]0;evil\\x07\\xe2\\x80\\xae\n',
    );
  });
});
