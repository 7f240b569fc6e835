/**
 * What the loader does for arm64 and riscv64, seen on machines of files: hosted under sanitizers, and as the programs
 * that are shipped.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeTree, nodeAt, propertyOf } from '../../pipeline/format/device-tree.ts';
import { decode } from '../../pipeline/format/layout.ts';
import { cpuFeatures, purgatoryHead } from '../../pipeline/format/purgatory-layout.ts';
import { programHeadersOf } from '../../pipeline/guest/vmcore.ts';
import type { Seal } from '../../pipeline/seal/seal-codec.ts';
import { words } from '../../pipeline/units/words.ts';
import { longs, node, text } from '../fixtures/sample-tree.ts';
import {
  type TreeArch,
  treeArchs,
  treeCrash,
  treeIomem,
  treeKcore,
  treeKernel,
  treeMachine,
  treeMemory,
  treeOf,
  treeParts,
} from '../fixtures/tree-machine.ts';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { changed, type MachineFiles, writeMachine } from '../fixtures/x86-64-machine.ts';
import { shippedLoader } from '../support/loader-host.ts';
import { arm64UserEmulator, riscv64UserEmulator } from '../support/user-emulation.ts';
import { bench, readReport } from './running.ts';

const emulators = { arm64: arm64UserEmulator, riscv64: riscv64UserEmulator } as const;

let here: Awaited<ReturnType<typeof bench>>;
beforeAll(async () => {
  here = await bench('loader-tree-machines');
}, 240_000);

type Which = 'hosted' | 'shipped';
const programOf = (which: Which, arch: TreeArch): readonly string[] =>
  which === 'hosted' ? [here.program] : [emulators[arch], shippedLoader(arch)];

const pack = (arch: TreeArch, change?: (seal: Seal) => Seal): Promise<Uint8Array> => {
  const { seal, members } = treeParts(arch, change);
  return signedBundle(here.keys, seal, members);
};

function ran(which: Which, arch: TreeArch, bundle: Uint8Array, machine: MachineFiles) {
  const [program = '', ...before] = programOf(which, arch);
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
  const named = (part: string): Buffer => {
    const found = [...files].find(([name]) => name.startsWith(`${part}@`));
    if (found === undefined) throw new Error(`no ${part}: ${JSON.stringify(report)}`);
    return found[1];
  };
  return {
    report,
    files,
    get loads() {
      const header = names.find((name) => name.startsWith('elfcorehdr@')) ?? '';
      return programHeadersOf(join(folder, header)).filter(({ type }) => type === 1);
    },
    get tree() {
      const bytes = Uint8Array.from(named('device-tree'));
      const size = new DataView(bytes.buffer).getUint32(4);
      const read = decodeTree(bytes.slice(0, size));
      if (!read.ok) throw new Error(read.fault);
      return read.value;
    },
    get head() {
      const read = decode(purgatoryHead, named('purgatory').subarray(0, purgatoryHead.size));
      if (!read.ok) throw new Error(read.why.fault);
      return read.value;
    },
  };
}

const hosted = async (
  arch: TreeArch,
  change: Readonly<Record<string, Uint8Array | string | undefined>> = {},
  seal?: (seal: Seal) => Seal,
) => ran('hosted', arch, await pack(arch, seal), changed(change, treeMachine(arch)));

const refused = async (
  arch: TreeArch,
  change: Readonly<Record<string, Uint8Array | string | undefined>>,
  seal?: (seal: Seal) => Seal,
) => {
  const { status, detail, path } = (await hosted(arch, change, seal)).report;
  return { status, detail, path };
};

const crashEnd = treeCrash.start + treeCrash.size;
const memoryEnd = treeMemory.start + treeMemory.size;

describe.each(treeArchs)('%s', (arch) => {
  const direct = arch === 'arm64' ? 0xffff_0000_0000_0000n : 0xffff_ffd6_0000_0000n;
  const text0 = arch === 'arm64' ? 0xffff_7fff_8000_0000n : 0xffff_ffff_0000_0000n;

  test('has memory and kernel at the addresses that VMCOREINFO tells', async () => {
    const { report, loads } = await hosted(arch);
    expect(report.status).toBe('ok');
    const kernel = loads.find(({ vaddr }) => vaddr === treeKernel.start + text0);
    expect(kernel).toMatchObject({
      paddr: treeKernel.start,
      memsz: treeKernel.end - treeKernel.start,
    });
    const memory = loads.filter((one) => one !== kernel);
    expect(memory.map(({ paddr, memsz }) => [paddr, paddr + memsz])).toEqual([
      [treeMemory.start, treeCrash.start],
      [crashEnd, memoryEnd],
    ]);
    for (const { vaddr, paddr } of memory) expect(vaddr).toBe(paddr - treeMemory.start + direct);
  });

  test('is told of the crash regions, the main one first, and of all that is loaded', async () => {
    const low = { start: 0x9000_0000n, size: 0x800_0000n };
    const high = { start: 0x1_0000_0000n, size: 0x1000_0000n };
    const iomem = `${treeIomem(arch, ['90000000-97ffffff'])}100000000-17fffffff : System RAM\n  100000000-10fffffff : Crash kernel\n`;
    const tree = treeOf({
      memory: [
        [treeMemory.start, treeMemory.size],
        [high.start, 0x8000_0000n],
      ],
    });
    const { report, tree: made } = await hosted(arch, {
      'proc/iomem': iomem,
      'sys/firmware/fdt': tree,
    });
    expect(report.status).toBe('ok');
    const chosen = nodeAt(made, '/chosen');
    expect(propertyOf(chosen, 'linux,usable-memory-range')).toEqual(
      longs(high.start, high.size, low.start, low.size),
    );
    for (const { mem } of report.segments ?? [])
      expect(BigInt(mem) >= high.start && BigInt(mem) < high.start + high.size).toBe(true);
    expect(propertyOf(chosen, 'kaslr-seed')).toBeUndefined();
    const one = nodeAt((await hosted(arch)).tree, '/chosen');
    expect(propertyOf(one, 'linux,usable-memory-range')).toEqual(
      longs(treeCrash.start, treeCrash.size),
    );
  });

  test('is the same from the program that is shipped', async () => {
    const bundle = await pack(arch);
    const ours = ran('hosted', arch, bundle, treeMachine(arch));
    const theirs = ran('shipped', arch, bundle, treeMachine(arch));
    expect(theirs.report.status).toBe('ok');
    expect(ours.files.size).toBeGreaterThan(5);
    for (const [name, bytes] of ours.files)
      if (name !== 'layout.json')
        expect([name, theirs.files.get(name)?.equals(bytes)]).toEqual([name, true]);
  });

  test('no crash region, and one that is too small', async () => {
    expect(await refused(arch, { 'proc/iomem': treeIomem(arch, []) })).toMatchObject({
      status: 'no-crash-region',
    });
    expect(
      await refused(arch, { 'proc/iomem': treeIomem(arch, ['a0000000-a1ffffff']) }),
    ).toMatchObject({ status: 'crash-region-small' });
  });

  test('more ranges of memory than the bundle has slots for are refused', async () => {
    const lines = Array.from(
      { length: 9 },
      (_, index) =>
        `${(0x1_0000_0000 + index * 0x1000_0000).toString(16)}-${(0x1_0000_ffff + index * 0x1000_0000).toString(16)} : System RAM\n`,
    );
    expect(await refused(arch, { 'proc/iomem': treeIomem(arch) + lines.join('') })).toMatchObject({
      status: 'too-many-ranges',
    });
  });

  test.each([
    ['no tree', undefined, undefined],
    ['an empty one', new Uint8Array(), 'tree-header'],
    ['one cut short', treeOf().slice(0, -40), 'tree-header'],
    ['another magic', treeOf().fill(0, 0, 4), 'tree-header'],
    ['a node that never ends', withToken(treeOf(), 9, 4), 'tree-structure'],
    ['three cells of an address', treeOf({ cells: [3, 2] }), 'tree-cells'],
    ['one cell, and a crash region above it', treeOf({ cells: [1, 1], chosen: {} }), undefined],
  ])('%s', async (what, tree, detail) => {
    const high = `${treeIomem(arch, [])}100000000-17fffffff : System RAM\n  100000000-10fffffff : Crash kernel\n`;
    const result = await refused(arch, {
      'sys/firmware/fdt': tree,
      ...(what.startsWith('one cell') ? { 'proc/iomem': high } : {}),
    });
    expect(result.status).toBe(what === 'no tree' ? 'wrong-machine' : 'bad-live-value');
    if (what !== 'no tree')
      expect(result.detail).toBe(what.startsWith('one cell') ? 'tree-cells' : detail);
  });

  test('a tree that leaves the additions no room is refused', async () => {
    const full = treeOf({ nodes: [node('long', { bytes: new Uint8Array(0x3f00) })] });
    expect(await refused(arch, { 'sys/firmware/fdt': full })).toMatchObject({
      status: 'bad-live-value',
      detail: 'tree-room',
    });
  });

  test('reservations of the old initramfs go; those that overlap each other stay', async () => {
    const reservations = [
      { start: 0x8100_0000n, size: 0x20_0000n },
      { start: 0x8110_0000n, size: 0x20_0000n },
    ];
    const { tree } = await hosted(arch, { 'sys/firmware/fdt': treeOf({ reservations }) });
    expect(tree.reservations.slice(0, 2)).toEqual(reservations);
  });

  describe('what the tree reserves in the crash region', () => {
    const within = { start: treeCrash.start + 0x20_0000n, size: 0x10_0000n };
    const all = { start: treeCrash.start - 0x1000n, size: treeCrash.size + 0x2000n };
    const reservedNode = (
      ranges: readonly { readonly start: bigint; readonly size: bigint }[],
      more: Readonly<Record<string, Uint8Array>> = {},
    ) => ({
      nodes: [
        node(
          'reserved-memory',
          {},
          node('pool@0', {
            reg: longs(...ranges.flatMap(({ start, size }) => [start, size])),
            ...more,
          }),
        ),
      ],
    });
    const places = async (tree: Parameters<typeof treeOf>[0]) => {
      const { report } = await hosted(arch, { 'sys/firmware/fdt': treeOf(tree) });
      expect(report.status).toBe('ok');
      return (report.segments ?? []).map(({ mem, memsz }) => {
        const start = BigInt(mem);
        return { start, end: start + BigInt(memsz) };
      });
    };
    const overlap = ({ start, end }: { readonly start: bigint; readonly end: bigint }) =>
      start < within.start + within.size && within.start < end;

    test.each([
      ['a reservation', { reservations: [within] }],
      ['a node', reservedNode([within])],
      ['a node that says it is okay', reservedNode([within], { status: text('okay') })],
      ['a node that says it is ok', reservedNode([within], { status: text('ok') })],
      [
        'two that overlap each other',
        {
          reservations: [
            { start: within.start, size: 0xc_0000n },
            { start: within.start + 0x4_0000n, size: 0xc_0000n },
          ],
          ...reservedNode([within]),
        },
      ],
    ])('is left alone: %s', async (_, tree) => {
      const planned = await places({});
      // Else there would be nothing to step around.
      expect(planned.some(overlap)).toBe(true);
      const placed = await places(tree);
      expect(placed).toHaveLength(planned.length);
      expect(placed.some(overlap)).toBe(false);
    });

    test.each([
      ['a node that is disabled', reservedNode([within], { status: text('disabled') })],
      [
        'a node elsewhere in the tree',
        { nodes: [node('soc', {}, ...reservedNode([within]).nodes)] },
      ],
      ['a range of no size', reservedNode([{ ...within, size: 0n }])],
      ['ranges beside the region', reservedNode([{ ...within, start: crashEnd }])],
    ])('changes nothing as %s', async (_, tree) => {
      expect(await places(tree)).toEqual(await places({}));
    });

    test.each([
      ['a reservation', { reservations: [all] }],
      ['a node', reservedNode([all])],
      [
        'many, with no hole large enough between them',
        reservedNode(
          Array.from({ length: 256 }, (_, index) => ({
            start: treeCrash.start + BigInt(index) * 0x10_0000n,
            size: 0x1000n,
          })),
        ),
      ],
    ])('is told when no hole is left: %s', async (_, tree) => {
      expect(await refused(arch, { 'sys/firmware/fdt': treeOf(tree) })).toMatchObject({
        status: 'no-place',
        detail: 'region-taken',
      });
    });

    test('is told when there is more of it than the loader holds', async () => {
      const many = Array.from({ length: 4200 }, (_, index) => ({
        start: treeCrash.start + BigInt(index) * 8192n,
        size: 4096n,
      }));
      for (const tree of [reservedNode(many), { reservations: many }])
        expect(await refused(arch, { 'sys/firmware/fdt': treeOf(tree) })).toMatchObject({
          status: 'too-many-ranges',
        });
    });
  });

  test.each(
    Object.keys(
      arch === 'arm64'
        ? { 'NUMBER(VA_BITS)': 0, 'NUMBER(kimage_voffset)': 0, 'NUMBER(PHYS_OFFSET)': 0 }
        : {
            'NUMBER(PAGE_OFFSET)': 0,
            'NUMBER(phys_ram_base)': 0,
            'NUMBER(va_kernel_pa_offset)': 0,
            'NUMBER(KERNEL_LINK_ADDR)': 0,
          },
    ),
  )('VMCOREINFO without %s, or with no number there', async (key) => {
    for (const value of [undefined, '', 'x', '0x', '99999999999999999999'])
      expect(
        [value, (await refused(arch, { 'proc/kcore': treeKcore(arch, { [key]: value }) })).status],
        key,
      ).toEqual([value, value === undefined ? 'hidden-addresses' : 'bad-live-value']);
  });
});

/** The token before the last ones of the structure, exchanged. */
function withToken(tree: Uint8Array, token: number, fromEnd: number): Uint8Array {
  const view = new DataView(tree.buffer);
  const end = view.getUint32(8) + view.getUint32(36);
  view.setUint32(end - 4 - fromEnd, token);
  return tree;
}

describe('arm64: virtual addresses', () => {
  const numbers = (changes: Readonly<Record<string, string>>) => ({
    'proc/kcore': treeKcore('arm64', changes),
  });

  test('of 52 bits on a machine with 48, and of memory that begins elsewhere', async () => {
    const { loads } = await hosted(
      'arm64',
      numbers({ 'NUMBER(VA_BITS)': '52', 'NUMBER(PHYS_OFFSET)': '-140737488355328' }),
    );
    const [first] = loads.filter(({ paddr }) => paddr === treeMemory.start);
    expect(first?.vaddr).toBe(
      BigInt.asUintN(64, 0xfff0_0000_0000_0000n + treeMemory.start + 140737488355328n),
    );
  });

  test.each([
    ['bits that no kernel has', { 'NUMBER(VA_BITS)': '64' }],
    ['a kernel below its own addresses', { 'NUMBER(kimage_voffset)': '0x1000' }],
  ])('%s: refused', async (_, changes) => {
    expect(await refused('arm64', numbers(changes))).toEqual({
      status: 'bad-live-value',
      detail: undefined,
      path: '/proc/kcore',
    });
  });

  test('a kernel before 5.4 is refused', async () => {
    expect(await refused('arm64', { 'proc/sys/kernel/osrelease': '5.3.18\n' })).toMatchObject({
      status: 'wrong-kernel',
      detail: 'kernel-maps-elsewhere',
    });
  });
});

/** An FADT of this size, with these ARM boot flags. */
const fadt = (flags: number, size = 276): Uint8Array => {
  const table = new Uint8Array(size);
  table.set(text('FACP').slice(0, 4));
  if (size > 129) table[129] = flags;
  return table;
};
const fadtPath = 'sys/firmware/acpi/tables/FACP';
const psci = 'proc/device-tree/psci';

describe('arm64: how the firmware is called that resets', () => {
  const hvc = BigInt(cpuFeatures.arm64PsciHvc.code);
  const smc = BigInt(cpuFeatures.arm64PsciSmc.code);
  const none = { [`${psci}/compatible`]: undefined, [`${psci}/method`]: undefined };
  const cases: readonly (readonly [string, MachineChange, bigint | undefined])[] = [
    ['HVC by the tree', {}, hvc],
    ['SMC by the tree', { [`${psci}/method`]: 'smc\0' }, smc],
    [
      'the place that boards have it in',
      {
        ...none,
        'proc/device-tree/firmware/psci/compatible': 'arm,psci-0.2\0',
        'proc/device-tree/firmware/psci/method': 'smc\0',
      },
      smc,
    ],
    ['the tree, before ACPI', { [fadtPath]: fadt(1) }, hvc],
    ['ACPI alone: SMC', { ...none, [fadtPath]: fadt(1) }, smc],
    ['ACPI alone: HVC', { ...none, [fadtPath]: fadt(3) }, hvc],
    [
      'ACPI, for a first version in the tree',
      { [`${psci}/compatible`]: 'arm,psci\0', [fadtPath]: fadt(1) },
      smc,
    ],
    ['neither', none, undefined],
    [
      'a node that is not where it should be',
      {
        ...none,
        'proc/device-tree/soc/psci/compatible': 'arm,psci-1.0\0',
        'proc/device-tree/soc/psci/method': 'hvc\0',
      },
      undefined,
    ],
    ['a first version, which has no reset', { [`${psci}/compatible`]: 'arm,psci\0' }, undefined],
    ['a method that is none', { [`${psci}/method`]: 'call\0' }, undefined],
    ['a name that only begins so', { [`${psci}/compatible`]: 'arm,psci-1.0x\0' }, undefined],
    ['ACPI without PSCI', { ...none, [fadtPath]: fadt(2) }, undefined],
    ['an FADT from before ACPI 5.1', { ...none, [fadtPath]: fadt(3, 129) }, undefined],
    ['an FADT cut within its flags', { ...none, [fadtPath]: fadt(3, 130) }, undefined],
    ['an empty FADT', { ...none, [fadtPath]: new Uint8Array() }, undefined],
  ];

  test.each(cases)('%s', async (_, change, conduit) => {
    const done = await hosted('arm64', change);
    if (conduit === undefined)
      expect(done.report).toMatchObject({ status: 'bad-live-value', detail: 'psci-missing' });
    else expect(done.head.cpuFeatures & (hvc | smc)).toBe(conduit);
  });

  test('a list that does not end, and an FADT larger than any, are read to a bound', async () => {
    const long = { [`${psci}/compatible`]: 'x'.repeat(300) };
    expect((await refused('arm64', long)).status).not.toBe('ok');
    const large = await refused('arm64', { ...none, [fadtPath]: fadt(1, 8192) });
    expect(large.status).not.toBe('ok');
  });

  test('SHA2 only where every CPU says so', async () => {
    const sha2 = BigInt(cpuFeatures.arm64Sha2.code);
    expect((await hosted('arm64')).head.cpuFeatures & sha2).toBe(sha2);
    const without = await hosted('arm64', {
      'proc/cpuinfo': 'Features\t: fp asimd sha256 sha25\n',
    });
    expect(without.head.cpuFeatures & sha2).toBe(0n);
  });

  test('vectors only where every CPU says so', async () => {
    const asimd = BigInt(cpuFeatures.arm64Asimd.code);
    expect((await hosted('arm64')).head.cpuFeatures & asimd).toBe(asimd);
    const without = await hosted('arm64', { 'proc/cpuinfo': 'Features\t: fp asimdhp sha2\n' });
    expect(without.head.cpuFeatures & asimd).toBe(0n);
  });
});

type MachineChange = Readonly<Record<string, Uint8Array | string | undefined>>;

describe("riscv64: the firmware's own memory", () => {
  const reserved = (...nodes: readonly ReturnType<typeof node>[]) => ({
    'sys/firmware/fdt': treeOf({ nodes: [node('reserved-memory', {}, ...nodes)] }),
  });
  const dumped = async (change: MachineChange) =>
    (await hosted('riscv64', change)).loads
      .filter(({ vaddr }) => vaddr < 0xffff_ffff_0000_0000n)
      .map(({ paddr, memsz }) => [paddr, paddr + memsz]);
  const whole = [
    [treeMemory.start, treeCrash.start],
    [crashEnd, memoryEnd],
  ];

  test('is left out of the dump, wherever it lies and however often it is told', async () => {
    const mmode = node('mmode_resv0@80000000', { reg: longs(0x8000_0000n, 0x8_0000n) });
    const overlapping = node('mmode_resv1@80040000', { reg: longs(0x8004_0000n, 0x8_0000n) });
    expect(await dumped(reserved(mmode, overlapping))).toEqual([
      [0x800c_0000n, treeCrash.start],
      [crashEnd, memoryEnd],
    ]);
  });

  test('is known by "no-map" as well; what is mapped is dumped', async () => {
    const hidden = node('secret@b0000000', {
      reg: longs(0xb000_0000n, 0x1000n, 0xb800_0000n, 0x1000n),
      'no-map': new Uint8Array(),
    });
    const mapped = node('pool@b4000000', { reg: longs(0xb400_0000n, 0x1000n) });
    expect(await dumped(reserved(hidden, mapped))).toEqual([
      [treeMemory.start, treeCrash.start],
      [0xb000_1000n, 0xb800_0000n],
      [0xb800_1000n, memoryEnd],
    ]);
  });

  test('elsewhere in the tree, or without an address, it changes nothing', async () => {
    const mmode = node('mmode_resv0@80000000', { reg: longs(0x8000_0000n, 0x8_0000n) });
    const nested = { 'sys/firmware/fdt': treeOf({ nodes: [node('soc', {}, mmode)] }) };
    for (const change of [nested, reserved(node('mmode_resv0', {})), reserved()])
      expect(await dumped(change)).toEqual(whole);
  });

  test('more of it than the loader holds is refused', async () => {
    const many = Array.from({ length: 4200 }, (_, index) => [BigInt(index) * 8192n, 4096n]);
    const one = node('mmode_resv0', { reg: longs(...many.flat()) });
    expect(await refused('riscv64', reserved(one))).toMatchObject({
      status: 'too-many-ranges',
    });
  });
});

describe('riscv64: virtual addresses', () => {
  test.each([
    ['a PAGE_OFFSET in the lower half', { 'NUMBER(PAGE_OFFSET)': '0x1000' }],
    ['memory that begins within a page', { 'NUMBER(phys_ram_base)': '2147483649' }],
    ['a kernel below where it is linked', { 'NUMBER(va_kernel_pa_offset)': '0' }],
    ['a kernel that passes the end', { 'NUMBER(va_kernel_pa_offset)': '0xffffffff7fd00000' }],
  ])('%s: refused', async (_, changes) => {
    expect(await refused('riscv64', { 'proc/kcore': treeKcore('riscv64', changes) })).toMatchObject(
      { status: 'bad-live-value', path: '/proc/kcore' },
    );
  });

  test('a kernel that /proc/iomem does not show is refused', async () => {
    const iomem = treeIomem('riscv64').replace('Kernel image', 'Kernel');
    expect(await refused('riscv64', { 'proc/iomem': iomem })).toMatchObject({
      status: 'hidden-addresses',
    });
  });

  test('instructions for SHA-256 only where the line of all harts has them', async () => {
    const zknh = BigInt(cpuFeatures.riscv64Zknh.code);
    const zbb = BigInt(cpuFeatures.riscv64Zbb.code);
    const with_ = async (isa: string) =>
      (await hosted('riscv64', { 'proc/cpuinfo': `isa\t\t: ${isa}\n` })).head.cpuFeatures;
    expect(await with_('rv64imafdc_zknh')).toBe(zknh);
    expect(await with_('rv64imafdc_zba_zbb_zbs')).toBe(zbb);
    expect(await with_('rv64imafdc_zbb_zknh')).toBe(zbb | zknh);
    expect(await with_('rv64imafdc_zknhx_xzknh_zbbx')).toBe(0n);
  });
});

test('a seal for x86_64 that asks for a device tree is refused', async () => {
  const { seal, members } = treeParts('x86_64');
  const machine = changed({ 'sys/firmware/fdt': treeOf() });
  const { report } = ran('hosted', 'arm64', await signedBundle(here.keys, seal, members), machine);
  expect(report).toMatchObject({ status: 'bad-seal', detail: 'tree-foreign' });
});
