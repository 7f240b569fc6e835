/**
 * What the loader does for i386, seen on machines of files: hosted under sanitizers, and as the 32-bit program that is
 * shipped.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { programHeadersOf } from '../../pipeline/guest/vmcore.ts';
import { words } from '../../pipeline/units/words.ts';
import {
  i386Crash,
  i386Iomem,
  i386Kcore,
  i386Loads,
  i386Machine,
  i386Parts,
  lowEnd,
  pageOffset,
} from '../fixtures/i386-machine.ts';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import {
  changed,
  kcore,
  type MachineFiles,
  sampleMachine,
  writeMachine,
} from '../fixtures/x86-64-machine.ts';
import { shippedLoader } from '../support/loader-host.ts';
import { i386UserEmulator } from '../support/user-emulation.ts';
import { bench, readReport } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
const programs = new Map<string, readonly [string, ...string[]]>();
beforeAll(async () => {
  here = await bench('loader-i386');
  programs.set('hosted', [here.program]);
  programs.set('i386', [i386UserEmulator, shippedLoader('i386')]);
}, 240_000);

const pack = async (bits: 32 | 64): Promise<Uint8Array> => {
  const { seal, members } = i386Parts(bits);
  return signedBundle(here.keys, seal, members);
};

function ran(which: string, bundle: Uint8Array, machine: MachineFiles) {
  const [program = '', ...before] = programs.get(which) ?? [];
  const folder = join(here.folder, `emitted-${which}`);
  rmSync(folder, { recursive: true, force: true });
  const root = writeMachine(join(here.folder, 'root'), machine);
  const args = words`--json --trust ${here.trust} --root ${root} --now 1800000000 --emit ${folder}`;
  const done = spawnSync(program, [...before, ...args, here.write('bundle', bundle)], {
    encoding: 'utf8',
  });
  if (/AddressSanitizer|runtime error/.test(done.stderr)) throw new Error(done.stderr);
  const report = readReport(done.stdout);
  expect(report.exitCode).toBe(done.status);
  const names = report.status === 'ok' ? readdirSync(folder) : [];
  const files = new Map(names.map((name) => [name, readFileSync(join(folder, name))] as const));
  const header = names.find((name) => name.startsWith('elfcorehdr@'));
  return {
    report,
    files,
    loads:
      header === undefined
        ? []
        : programHeadersOf(join(folder, header)).filter(({ type }) => type === 1),
  };
}

describe.each([32, 64] as const)('a header of %i bits', (bits) => {
  const none = (1n << BigInt(bits)) - 1n;

  test('has low memory at its addresses and the rest without, cut where low memory ends', async () => {
    const { loads, report } = ran('hosted', await pack(bits), i386Machine);
    expect(report.status).toBe('ok');
    const entry = (start: number, end: number, vaddr: bigint) => ({
      start: BigInt(start),
      end: BigInt(end),
      vaddr,
    });
    expect(
      loads.map(({ paddr, memsz, offset, filesz, vaddr }) => {
        expect([offset, filesz]).toEqual([paddr, memsz]);
        return { start: paddr, end: paddr + memsz, vaddr };
      }),
    ).toEqual([
      entry(0x10_0000, i386Crash.start, BigInt(pageOffset + 0x10_0000)),
      entry(i386Crash.end, lowEnd, BigInt(pageOffset + i386Crash.end)),
      entry(lowEnd, 0x3ffe_0000, none),
    ]);
  });

  test('is the same from the 32-bit program', async () => {
    const bundle = await pack(bits);
    const ours = ran('hosted', bundle, i386Machine);
    const theirs = ran('i386', bundle, i386Machine);
    expect(theirs.report.status).toBe('ok');
    for (const [name, bytes] of ours.files)
      if (name !== 'layout.json')
        expect([name, theirs.files.get(name)?.equals(bytes)]).toEqual([name, true]);
  });
});

test('another split of the address space is taken from the running kernel', async () => {
  const loads = [{ vaddr: 0x8000_0000, paddr: 0, size: 0x3ffe_0000 }];
  const machine = changed({ 'proc/kcore': i386Kcore(loads, 0x8400_0000) }, i386Machine);
  const { loads: written } = ran('hosted', await pack(64), machine);
  expect(written.map(({ vaddr, paddr }) => vaddr - paddr)).toEqual([0x8000_0000n, 0x8000_0000n]);
});

const highMemory = `${i386Iomem}100000000-13fffffff : System RAM\n`;

test('memory above 4 GiB is in a header of 64 bits alone', async () => {
  const machine = changed({ 'proc/iomem': highMemory }, i386Machine);
  const wide = ran('hosted', await pack(64), machine);
  expect(wide.loads.at(-1)).toMatchObject({ paddr: 1n << 32n, memsz: 1n << 30n });
  const narrow = ran('hosted', await pack(32), machine);
  expect(narrow.report.status).toBe('wrong-machine');
  expect(narrow.report.detail).toBe('memory-above-header');
});

describe('what 32 bits do not hold', () => {
  const noteOf = (address: string): MachineFiles => ({
    'sys/devices/system/cpu/cpu2/crash_notes': `${address}\n`,
  });
  // The same address without its upper half would be memory, and another CPU's registers.
  test.each([
    ["a CPU's notes", noteOf('101000000')],
    ['notes that begin below the end of addresses and pass it', noteOf('fffffff0')],
    ['VMCOREINFO', { 'sys/kernel/vmcoreinfo': '0x0000000101000000 1024\n' }],
  ])('is refused and not cut off: %s', async (_, change) => {
    const { report } = ran('hosted', await pack(32), changed(change, i386Machine));
    expect(report).toMatchObject({ status: 'wrong-machine', detail: 'memory-above-header' });
  });

  test('memory up to the end of addresses is held', async () => {
    const full = `${i386Iomem.replace(/^fffc.*\n/m, '')}f0000000-ffffffff : System RAM\n`;
    const machine = changed({ 'proc/iomem': full }, i386Machine);
    for (const bits of [32, 64] as const) {
      const { report, loads } = ran('hosted', await pack(bits), machine);
      expect(report.status).toBe('ok');
      expect(loads.at(-1)).toMatchObject({ paddr: 0xf000_0000n, memsz: 0x1000_0000n });
    }
  });
});

describe('it refuses', () => {
  const moved = (region: string): string =>
    i386Iomem.replace('1a000000-1dffffff : Crash kernel', `${region} : Crash kernel`);
  const low = i386Loads.slice(1);
  const cases: readonly (readonly [string, MachineFiles, string])[] = [
    ['a running kernel of 64 bits', { 'proc/kcore': kcore() }, 'wrong-kernel'],
    ['one before 5.5', { 'proc/sys/kernel/osrelease': '5.4.0\n' }, 'wrong-kernel'],
    [
      'a crash region that ends above 512 MiB',
      { 'proc/iomem': moved('1e000000-22ffffff') },
      'no-place',
    ],
    [
      'firmware that left the kernel no hole for a crash region',
      { 'proc/iomem': i386Iomem.replace(/.*Crash kernel\n/, '') },
      'no-crash-region',
    ],
    [
      'firmware that left a hole that is too small',
      { 'proc/iomem': moved('1a000000-1bffffff') },
      'crash-region-small',
    ],
    [
      'a crash region that ends at the end of addresses',
      { 'proc/iomem': moved('fc000000-ffffffff') },
      'no-place',
    ],
    [
      'more ranges of memory than the bundle has slots for',
      {
        'proc/iomem': `${i386Iomem}${Array.from(
          { length: 10 },
          (_, at) => `4${at}000000-4${at}0fffff : System RAM\n`,
        ).join('')}`,
      },
      'too-many-ranges',
    ],
    [
      'no entry of low memory',
      { 'proc/kcore': i386Kcore(i386Loads.slice(0, 1)) },
      'hidden-addresses',
    ],
    ['two of them', { 'proc/kcore': i386Kcore([...low, ...low]) }, 'bad-live-value'],
    [
      'low memory that passes the end of addresses',
      { 'proc/kcore': i386Kcore([{ vaddr: pageOffset, paddr: 0, size: 0x4000_0001 }]) },
      'bad-live-value',
    ],
    [
      'a split that none is',
      { 'proc/kcore': i386Kcore([{ vaddr: 0x1000_0000, paddr: 0, size: lowEnd }]) },
      'bad-live-value',
    ],
    [
      'a text elsewhere than /proc/iomem says',
      { 'proc/kcore': i386Kcore(i386Loads, 0xc600_0000) },
      'bad-live-value',
    ],
  ];
  test.each(cases)('%s', async (_what, change, status) => {
    const { report } = ran('hosted', await pack(64), changed(change, i386Machine));
    expect(report.status).toBe(status);
  });

  test('a bundle for x86_64 on a machine of 32 bits, and the reverse, by name', async () => {
    const foreign = ran('hosted', await signedBundle(here.keys), i386Machine);
    expect(foreign.report.status).not.toBe('ok');
    expect(ran('hosted', await pack(64), sampleMachine).report.status).toBe('wrong-kernel');
  });
});
