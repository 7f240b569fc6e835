/**
 * What an ia64 bundle would put into memory, by its bytes, on machines of files whose EFI memory maps have the shapes of
 * real firmware: built from a vmlinux, signed, and shown by the program that knows every architecture. Nothing of it ran.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { frugalWords } from '../../pipeline/arch/frugal-words.ts';
import { ia64 } from '../../pipeline/arch/ia64/ia64.ts';
import { build } from '../../pipeline/batch/batch.ts';
import { renderInspect } from '../../pipeline/cli/render-inspect.ts';
import { renderPlan } from '../../pipeline/cli/render-plan.ts';
import { programHeadersOf } from '../../pipeline/guest/vmcore.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { planOnMachine } from '../../pipeline/rehearse/rehearse.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { openBundle } from '../../pipeline/seal/bundle.ts';
import { inspectOpened } from '../../pipeline/seal/inspect.ts';
import { decodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { words } from '../../pipeline/units/words.ts';
import {
  altix,
  altixCrash,
  altixMap,
  bootParameters,
  encodeMap,
  ia64Release,
  integrity,
  integrityCrash,
  integrityMap,
  type MapLine,
  makeVmlinux,
} from '../fixtures/ia64-machine.ts';
import { must } from '../fixtures/results.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { changed, type MachineFiles, writeMachine } from '../fixtures/x86-64-machine.ts';
import { loaderDriver, rehearsingLoader } from '../support/loader-host.ts';
import { randomFrom } from '../support/random.ts';
import { bench, readReport } from './running.ts';

const profileText = `name: old
arch: ia64
kernel: { from: files, image: /in/vmlinux }
initramfs: { from: file, path: /in/initramfs }
crashkernel: 512M
target: { kind: raw, device: /dev/sdb }
console: { device: ttyS0, baud: 9600 }
limits: { cpus: 8, memoryRanges: 16 }
`;

const buildArch = process.arch === 'arm64' ? 'arm64' : 'x86_64';

let here: Awaited<ReturnType<typeof bench>>;
let bundle: Uint8Array;
let seal: Seal;
let unsigned: ReturnType<typeof memoryHost>;
let driver: string;

beforeAll(async () => {
  here = await bench('loader-ia64');
  driver = loaderDriver('efi-map');
  unsigned = memoryHost({
    '/old.yaml': profileText,
    '/in/vmlinux': makeVmlinux(),
    '/in/initramfs': smallInitramfs(),
  });
  const [outcome] = must(
    await build(unsigned, {
      profiles: ['/old.yaml'],
      out: '/out',
      store: '/store',
      packages: { cache: '/cache' },
      lockFile: '/lock',
      updateLock: false,
      signer: undefined,
      buildDate: undefined,
      purgatoryOf: async () => (await ia64.embedded()).purgatory,
      toolVersion: '0',
      record: undefined,
      tool: undefined,
      jobs: 1,
      keepGoing: true,
      progress: silentProgress,
    }),
  );
  if (outcome?.result === undefined) throw new Error('nothing was built');
  must(outcome.result);
  const file = await unsigned.readFile('/out/old.unsigned.crashseal');
  const members = must(await unpackBundle(file ?? new Uint8Array()));
  const sealBytes = members[0]?.bytes ?? new Uint8Array();
  seal = must(decodeSeal(sealBytes));
  bundle = await signedBundle(
    here.keys,
    sealBytes,
    members.filter(({ name }) => !name.startsWith('seal.')),
  );
}, 240_000);

type Placed = { readonly name: string; readonly start: bigint; readonly end: bigint };

function shown(machine: MachineFiles, program = here.program) {
  const folder = join(here.folder, 'emitted');
  rmSync(folder, { recursive: true, force: true });
  const root = writeMachine(join(here.folder, 'root'), machine);
  const args = words`--json --trust ${here.trust} --root ${root} --now 1800000000 --emit ${folder}`;
  const done = spawnSync(program, [...args, here.write('bundle', bundle)], { encoding: 'utf8' });
  if (/AddressSanitizer|runtime error/.test(done.stderr)) throw new Error(done.stderr);
  const report = readReport(done.stdout);
  const files = new Map<string, Buffer>();
  const places: Placed[] = [];
  for (const file of report.status === 'ok' ? readdirSync(folder) : []) {
    const [name = '', at] = file.split('@');
    if (at === undefined) continue;
    files.set(name, readFileSync(join(folder, file)));
    const start = BigInt(at);
    const memsz = seal.segments.find((segment) => segment.name === name)?.memsz ?? 0n;
    places.push({ name, start, end: start + memsz });
  }
  places.sort((a, b) => (a.start < b.start ? -1 : 1));
  const bytes = (name: string): Buffer => files.get(name) ?? Buffer.alloc(0);
  const place = (name: string): bigint => places.find((one) => one.name === name)?.start ?? -1n;
  return { report, places, bytes, place, folder };
}

/** An independent reading of a map: every descriptor as it stands in the bytes. */
function readMap(bytes: Uint8Array, stride: number): readonly MapLine[] {
  const buffer = Buffer.from(bytes);
  return Array.from({ length: bytes.length / stride }, (_, index): MapLine => {
    const at = index * stride;
    const start = buffer.readBigUInt64LE(at + 8);
    return [
      buffer.readUInt32LE(at),
      start,
      start + (buffer.readBigUInt64LE(at + 24) << 12n),
      buffer.readBigUInt64LE(at + 32),
    ];
  });
}

const hex = (lines: readonly MapLine[]): readonly string[] =>
  lines.map(([type, start, end, attribute]) =>
    [type, start, end, attribute].map((value) => value.toString(16)).join(' '),
  );

const mapOf = ({ bytes }: ReturnType<typeof shown>, stride: number): readonly MapLine[] =>
  readMap(
    bytes('efi_memmap').subarray(0, Number(bytes('boot_params').readBigUInt64LE(24))),
    stride,
  );

describe('on HP Integrity', () => {
  test('the EFI memory map has every segment as loader data of its own, and no other', () => {
    const seen = shown(integrity);
    expect(seen.report.error).toBeUndefined();
    // Written by hand from the map of the fixture and the places of the plan.
    const place = (name: string): string => seen.place(name).toString(16);
    expect(hex(mapOf(seen, 48)).filter((line) => /^7 523|^[27] [123]/.test(line))).toEqual([
      `7 1000 88000 8`,
      `7 100000 4000000 8`,
      `7 5239000 13fc0000 8`,
      `2 13fc0000 13fd0000 8`,
      `2 13fd0000 13fe0000 8`,
      `2 13fe0000 13ff0000 8`,
      `2 13ff0000 14000000 8`,
      `2 14000000 140b0000 8`,
      `2 140b0000 140c0000 8`,
      `7 140c0000 3e06c000 8`,
      `7 3e06c000 3e06d000 8`,
      `7 3e06d000 3e071000 8`,
      `7 3e071000 3f23c000 8`,
      `7 100000000 13fb00000 8`,
      `7 13fb00000 140000000 8`,
    ]);
    expect(place('kernel')).toBe('14000000');
    const rest = hex(integrityMap.filter(([type]) => type !== 7 && type !== 2));
    expect(hex(mapOf(seen, 48))).toEqual(expect.arrayContaining([...rest]));
    expect(mapOf(seen, 48).filter(([type]) => type === 2)).toHaveLength(seal.segments.length);
  });

  test('the boot parameters are those of the running kernel, with what is new to the capture kernel', () => {
    const { bytes, place, places } = shown(integrity);
    const page = bytes('boot_params');
    const lines = mapOf(shown(integrity), 48);
    const read = (at: number): bigint => page.readBigUInt64LE(at);
    expect({
      commandLine: read(0x00),
      efiSystab: read(0x08),
      efiMemmap: read(0x10),
      efiMemmapSize: read(0x18),
      efiMemdescSize: read(0x20),
      efiMemdescVersion: page.readUInt32LE(0x28),
      console: [0x2c, 0x2e, 0x30, 0x32].map((at) => page.readUInt16LE(at)),
      padding: page.readUInt32LE(0x34),
      fpswa: read(0x38),
      initrdStart: read(0x40),
      initrdSize: read(0x48),
      vmcode: [read(0x50), read(0x58)],
    }).toEqual({
      commandLine: place('boot_params') + 0x100n,
      efiSystab: 0x3fb4_0000n,
      efiMemmap: place('efi_memmap'),
      efiMemmapSize: BigInt(lines.length * 48),
      efiMemdescSize: 48n,
      efiMemdescVersion: 1,
      console: [80, 25, 3, 7],
      padding: 0,
      fpswa: 0x3fb3_9000n,
      initrdStart: place('initramfs.base'),
      initrdSize: BigInt(bytes('initramfs.base').length),
      vmcode: [0n, 0n],
    });
    const line = page.subarray(0x100, page.indexOf(0, 0x100)).toString();
    expect(line).toBe(
      `irqpoll nr_cpus=1 reset_devices cgroup_disable=memory panic=10 ${frugalWords.join(' ')} console=ttyS0,9600n8 max_addr=${
        integrityCrash.end >> 10n
      }K min_addr=${integrityCrash.start >> 10n}K elfcorehdr=${place('elfcorehdr') >> 10n}K`,
    );
    const list = Array.from({ length: 16 }, (_, index) => [
      read(0xa00 + 16 * index),
      read(0xa08 + 16 * index),
    ]);
    expect(list.slice(0, places.length)).toEqual(places.map(({ start, end }) => [start, end]));
    expect(
      list
        .slice(places.length)
        .flat()
        .every((value) => value === 0n),
    ).toBe(true);
  });

  test('the ELF core header has memory at its addresses in region 7 and the text in region 5', () => {
    const { folder, place, report } = shown(integrity);
    const header = join(folder, `elfcorehdr@0x${place('elfcorehdr').toString(16)}`);
    const bytes = readFileSync(header);
    expect([bytes[4], bytes[5], bytes.readUInt16LE(18)]).toEqual([2, 1, 50]);
    const [text, ...memory] = programHeadersOf(header).filter(({ type }) => type === 1);
    expect(text).toMatchObject({ vaddr: 0xa000_0001_0000_0000n, paddr: 0xc00_0000n });
    for (const { vaddr, paddr } of memory) expect(vaddr).toBe(0xe000_0000_0000_0000n + paddr);
    expect(report.machine?.crashRegion.start).toBe('0x10000000');
    const dumped = memory.map(({ paddr, memsz }) => [paddr, paddr + memsz]);
    expect(dumped).toContainEqual([integrityCrash.end, 0x3fb3_8000n]);
    expect(
      dumped.every(
        ([start = 0n, end = 0n]) => end <= integrityCrash.start || start >= integrityCrash.end,
      ),
    ).toBe(true);
  });

  test('purgatory has a page that says what would be checked, and no more code than a trap', () => {
    const { bytes, place } = shown(integrity);
    const purgatory = bytes('purgatory');
    expect(purgatory.subarray(0x1000).equals(Buffer.alloc(16))).toBe(true);
    expect(purgatory.readBigUInt64LE(0x308)).toBe(place('kernel') + 0x580n);
    expect(purgatory.readBigUInt64LE(0x310)).toBe(place('boot_params'));
  });
});

describe('on SGI Altix', () => {
  test('a map that is not sorted is, descriptors of 56 bytes keep what is after the first 40, and a region may lie in several', () => {
    const seen = shown(altix);
    expect(seen.report.error).toBeUndefined();
    const lines = mapOf(seen, 56);
    expect(lines.map(([, start]) => start)).toEqual(
      lines.map(([, start]) => start).toSorted((a, b) => (a < b ? -1 : 1)),
    );
    const map = seen.bytes('efi_memmap').subarray(0, lines.length * 56);
    for (let at = 0; at < map.length; at += 56)
      expect(map.subarray(at + 40, at + 56).equals(Buffer.alloc(16, 0x5a))).toBe(true);
    expect(
      seen
        .bytes('efi_memmap')
        .subarray(map.length)
        .every((byte) => byte === 0),
    ).toBe(true);
    for (const { start, end } of seen.places) expect(lines).toContainEqual([2, start, end, 9n]);
    expect(
      seen.places.every(({ start, end }) => start >= altixCrash.start && end <= altixCrash.end),
    ).toBe(true);
  });
});

test('the program of this machine that knows all shows the same bytes', () => {
  const hosted = shown(altix);
  const ours = hosted.bytes('efi_memmap');
  const program = rehearsingLoader(buildArch);
  expect(shown(altix, program).bytes('efi_memmap').equals(ours)).toBe(true);
});

describe('everything that shows a bundle says that nothing loads it', () => {
  test('the loader, which refuses it once all else is right', () => {
    const report = here.report(bundle, integrity, '--dry-run');
    expect(report).toMatchObject({ status: 'wrong-arch', detail: 'no-loader' });
    expect(report.error).toContain('no loader exists for ia64');
    expect(report.segments).toHaveLength(seal.segments.length);
  });

  test('plan, with the places on the machine whose facts it is given', async () => {
    const facts = join(here.folder, 'facts.tar');
    const root = writeMachine(join(here.folder, 'root'), integrity);
    expect(spawnSync('tar', ['-C', root, '-cf', facts, ...Object.keys(integrity)]).status).toBe(0);
    const plan = must(
      await planOnMachine(realHost(), readFileSync(rehearsingLoader(buildArch)), {
        bundles: [here.write('bundle', bundle)],
        facts,
        trust: [here.trust],
        now: 1_800_000_000,
      }),
    );
    expect(plan.chosen).toBeUndefined();
    expect(plan.bundles[0]?.refusals).toMatchObject([
      { status: 'wrong-arch', detail: 'no-loader' },
    ]);
    const text = renderPlan(plan);
    expect(text).toContain('no loader exists for ia64');
    expect(text).toContain('everything else is right: this is what memory would hold');
    expect(text).toMatch(/efi_memmap/);
  });

  test('inspect, in words and as data', async () => {
    const opened = must(await openBundle(unsigned, '/out/old.unsigned.crashseal'));
    const view = must(inspectOpened(opened, 0));
    expect(view.shownOnly).toBe(ia64.shownOnly);
    expect(renderInspect(view)).toMatch(
      /^CANNOT BE LOADED: no loader and no purgatory exist for ia64/,
    );
    expect(view.seal.release).toBe(ia64Release);
  });
});

describe('a machine is refused', () => {
  const withMap = (lines: readonly MapLine[], stride = 48): MachineFiles =>
    changed({ 'run/crashseal/ia64/efi-memmap': encodeMap(lines, stride) }, integrity);
  const parameters = (stride: number, version?: number): MachineFiles =>
    changed({ 'run/crashseal/ia64/boot-param': bootParameters(stride, version) }, integrity);
  const replaced = (index: number, ...lines: readonly MapLine[]): readonly MapLine[] =>
    integrityMap.toSpliced(index, 1, ...lines);
  const moved = (start: string, end: string): MachineFiles =>
    changed(
      {
        'proc/iomem': `${integrity['proc/iomem']}`.replace(
          /1000.*: Crash kernel/,
          `${start}-${end} : Crash kernel`,
        ),
      },
      integrity,
    );
  const region = 6;
  const [, regionStart, regionEnd] = integrityMap[region] ?? [0, 0n, 0n, 0n];
  test.each<readonly [string, MachineFiles, string, string | undefined]>([
    [
      'without its map',
      changed({ 'run/crashseal/ia64/efi-memmap': undefined }, integrity),
      'bad-live-value',
      'file-missing',
    ],
    [
      'without its boot parameters',
      changed({ 'run/crashseal/ia64/boot-param': undefined }, integrity),
      'bad-live-value',
      'file-missing',
    ],
    [
      'whose boot parameters are cut',
      changed({ 'run/crashseal/ia64/boot-param': bootParameters(48).subarray(0, 60) }, integrity),
      'bad-live-value',
      'file-form',
    ],
    [
      'whose map is cut',
      changed(
        { 'run/crashseal/ia64/efi-memmap': encodeMap(integrityMap, 48).subarray(0, -8) },
        integrity,
      ),
      'bad-live-value',
      'file-form',
    ],
    [
      'whose map is empty',
      changed({ 'run/crashseal/ia64/efi-memmap': '' }, integrity),
      'bad-live-value',
      'file-form',
    ],
    [
      'whose map is larger than any',
      changed({ 'run/crashseal/ia64/efi-memmap': new Uint8Array(65_537) }, integrity),
      'bad-live-value',
      'file-form',
    ],
    ['whose descriptors are too small', parameters(39), 'bad-live-value', 'file-form'],
    ['whose descriptors are none', parameters(0), 'bad-live-value', 'file-form'],
    [
      'whose descriptors are of a size that no map has',
      parameters(44),
      'bad-live-value',
      'file-form',
    ],
    ['whose descriptors have another version', parameters(48, 2), 'bad-live-value', 'file-form'],
    [
      'whose ranges overlap',
      withMap([...integrityMap, [7, 0x2000n, 0x3000n, 8n]]),
      'bad-live-value',
      'file-form',
    ],
    [
      'with a range that passes the end of addresses',
      withMap([...integrityMap, [7, (1n << 64n) - 0x1000n, (1n << 64n) + 0x1000n, 8n]]),
      'bad-live-value',
      'file-form',
    ],
    [
      'with a range that is not of pages',
      withMap([...integrityMap, [7, 0x5000_0800n, 0x5000_1800n, 8n]]),
      'bad-live-value',
      'file-form',
    ],
    [
      'whose region is not cached',
      withMap(replaced(region, [7, regionStart, regionEnd, 1n])),
      'no-place',
      'region-taken',
    ],
    [
      'whose region is firmware',
      withMap(replaced(region, [5, regionStart, regionEnd, 8n])),
      'no-place',
      'region-taken',
    ],
    [
      'whose region is partly in no descriptor',
      withMap(
        replaced(region, [7, regionStart, 0x13fc_8000n, 8n], [7, 0x13fd_0000n, regionEnd, 8n]),
      ),
      'no-place',
      'region-taken',
    ],
    [
      'whose region is in no descriptor at all',
      withMap(integrityMap.toSpliced(region, 1)),
      'no-place',
      'region-taken',
    ],
    [
      'whose region is after all descriptors',
      withMap(integrityMap.slice(0, 3)),
      'no-place',
      'region-taken',
    ],
    [
      'whose region does not begin at a granule',
      moved('10800000', '307fffff'),
      'no-place',
      'region-not-whole',
    ],
    [
      'that does not say where its kernel is',
      changed(
        { 'proc/iomem': `${integrity['proc/iomem']}`.replace(/.*Kernel code\n/, '') },
        integrity,
      ),
      'hidden-addresses',
      undefined,
    ],
  ])('%s', (_, machine, status, detail) => {
    const report = here.report(bundle, machine, '--dry-run');
    expect([report.status, report.detail]).toEqual([status, detail]);
    expect(report.error).not.toBe('');
  });
});

/** For each range between borders of either map: type and attribute, which an intact map gives only once. */
function painted(lines: readonly MapLine[], borders: readonly bigint[]) {
  return borders.slice(0, -1).map((border) => {
    const here = lines.filter(([, start, end]) => start <= border && border < end);
    if (here.length > 1) throw new Error(`two descriptors at ${border}`);
    return here[0] === undefined ? undefined : ([here[0][0], here[0][3]] as const);
  });
}

test('of any map every byte stays in one descriptor, segments become loader data, and loader data is given back', () => {
  const { below: pick } = randomFrom(50);
  for (let round = 0; round < 24; round++) {
    const lines: MapLine[] = [];
    let at = BigInt(pick(4)) << 12n;
    const count = 1 + pick(30);
    for (let index = 0; index < count; index++) {
      const end = at + (BigInt(1 + pick(64)) << 12n);
      const type = [7, 7, 7, 2, 2, 4, 1, 3, 5, 6, 9, 13][pick(12)] ?? 7;
      lines.push([
        type,
        at,
        end,
        type === 5 || pick(8) === 0 ? 1n : ([8n, 9n, 0x1fn][pick(3)] ?? 8n),
      ]);
      at = end + (pick(3) === 0 ? BigInt(1 + pick(5)) << 12n : 0n);
    }
    const isMemory = ([type, , , attribute]: MapLine): boolean =>
      [1, 2, 3, 4, 7].includes(type) && (attribute & 8n) !== 0n;
    const segments: { start: bigint; end: bigint }[] = [];
    let from = 0n;
    for (let index = 0; index < 5; index++) {
      const start = from + (BigInt(pick(200)) << 12n);
      const end = start + (BigInt(1 + pick(40)) << 12n);
      segments.push({ start, end });
      from = end;
    }
    const stride = [40, 48, 56][pick(3)] ?? 48;
    const map = join(here.folder, 'map');
    const parameters = join(here.folder, 'parameters');
    const shuffled = lines
      .map((line) => ({ line, key: pick(1000) }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ line }) => line);
    writeFileSync(map, encodeMap(shuffled, stride));
    writeFileSync(parameters, bootParameters(stride));
    const covered = segments.filter(({ start, end }) => {
      let reached = start;
      for (const line of lines)
        if (line[1] <= reached && reached < line[2] && isMemory(line)) reached = line[2];
      return reached >= end;
    });
    const named = (some: readonly { start: bigint; end: bigint }[]): string[] =>
      some.map(({ start, end }) => `${start.toString(16)}-${end.toString(16)}`);
    const refused = spawnSync(driver, [parameters, map, '65536', ...named(segments)], {
      encoding: 'latin1',
    });
    expect(refused.status).toBe(covered.length === segments.length ? 0 : 1);
    const done = spawnSync(driver, [parameters, map, '65536', ...named(covered)]);
    expect(done.stderr.toString()).toBe('');
    const made = readMap(done.stdout, stride);
    const borders = [
      ...new Set([...lines, ...made].flatMap(([, start, end]) => [start, end])),
    ].toSorted((a, b) => (a < b ? -1 : 1));
    const before = painted(lines, borders);
    const after = painted(made, borders);
    for (const [index, border] of borders.slice(0, -1).entries()) {
      const was = before[index];
      const is = after[index];
      const within = covered.find(({ start, end }) => start <= border && border < end);
      if (was === undefined) expect(is).toBeUndefined();
      else if (within !== undefined) expect(is?.[0]).toBe(2);
      else expect(is).toEqual(was[0] === 2 ? [7, was[1]] : was);
    }
    for (const { start, end } of covered) {
      const own = made.filter((line) => line[1] === start);
      const under = lines.filter((line) => line[1] < end && start < line[2]).map((line) => line[3]);
      expect(own).toEqual([[2, start, end, under.reduce((all, one) => all & one)]]);
    }
    const pages = (all: readonly MapLine[]): bigint =>
      all.reduce((sum, [, start, end]) => sum + end - start, 0n);
    expect(pages(made)).toBe(pages(lines));
    if (round >= 6) continue;
    // With one descriptor less of room than it needs, it is refused and not cut.
    const small = spawnSync(
      driver,
      [parameters, map, String(made.length * stride - 1), ...named(covered)],
      { encoding: 'latin1' },
    );
    expect([small.status, small.stderr.split(' ')[0]]).toEqual([1, 'too-many-ranges']);
  }
}, 120_000);

test('of the maps that firmware had every range is conserved', () => {
  for (const lines of [integrityMap, altixMap]) {
    const total = (all: readonly MapLine[]): bigint =>
      all.reduce((sum, [, start, end]) => sum + end - start, 0n);
    const seen = shown(lines === altixMap ? altix : integrity);
    expect(total(mapOf(seen, lines === altixMap ? 56 : 48))).toBe(total(lines));
  }
});
