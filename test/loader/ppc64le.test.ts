/**
 * What the loader does for ppc64le, seen on machines of files, under sanitizers and as the program that is shipped: a crash region that the device tree
 * tells, firmware inside of it, and all the places where that tree lists memory.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeTree, nodeAt, propertyOf } from '../../pipeline/format/device-tree.ts';
import { cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { programHeadersOf } from '../../pipeline/guest/vmcore.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { words as wordsOf } from '../../pipeline/units/words.ts';
import {
  block,
  blockList,
  blockRun,
  bridgeNode,
  crashBase,
  crashSize,
  dynamicLists,
  dynamicPath,
  dynamicTree,
  memoryNode,
  type Nodes,
  opalNode,
  ppc64Bundle,
  ppc64Crash,
  ppc64Machine,
  ppc64Rtas,
  ppc64Tree,
  rtasNode,
} from '../fixtures/ppc64-machine.ts';
import { longs, node, sampleTree, text, words } from '../fixtures/sample-tree.ts';
import { changed, type MachineFiles, writeMachine } from '../fixtures/x86-64-machine.ts';
import { shippedLoader } from '../support/loader-host.ts';
import { ppc64leUserEmulator } from '../support/user-emulation.ts';
import { bench, readReport, run } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
let bundle: string;
beforeAll(async () => {
  here = await bench('loader-ppc64le');
  bundle = here.write('bundle', await ppc64Bundle(here.keys));
}, 240_000);

function loaded(machine: MachineFiles = ppc64Machine, command: readonly string[] = []) {
  const folder = join(here.folder, 'emitted');
  rmSync(folder, { recursive: true, force: true });
  const root = writeMachine(join(here.folder, 'root'), machine);
  const args = wordsOf`--json --trust ${here.trust} --root ${root} --now 1800000000 --emit ${folder} ${bundle}`;
  const [program = here.program, ...before] = command;
  const report = readReport(run(program, ...before, ...args).stdout);
  const names = report.status === 'ok' ? readdirSync(folder) : [];
  const file = (kind: string) => {
    const name = names.find((one) => one.startsWith(`${kind}@`));
    if (name === undefined) throw new Error(`no ${kind}: ${JSON.stringify(report)}`);
    return { path: join(folder, name), start: BigInt(name.slice(name.indexOf('@') + 1)) };
  };
  return {
    report,
    file,
    files: new Map(names.map((name) => [name, readFileSync(join(folder, name))] as const)),
  };
}

const treeOf = (tree: Uint8Array) => changed({ 'sys/firmware/fdt': tree }, ppc64Machine);

function capturesTree(machine: MachineFiles = ppc64Machine) {
  const read = decodeTree(Uint8Array.from(readFileSync(loaded(machine).file('device-tree').path)));
  if (!read.ok) throw new Error(read.fault);
  return read.value;
}

const usable = (machine: MachineFiles, path: string, name = 'linux,usable-memory') =>
  propertyOf(nodeAt(capturesTree(machine), path), name);

test('every segment is in the region that the tree tells, and none over the firmware in it', () => {
  const { segments = [] } = loaded().report;
  expect(segments.length).toBeGreaterThan(5);
  for (const { mem, memsz } of segments) {
    const begin = BigInt(mem);
    expect(begin >= ppc64Crash.start).toBe(true);
    expect(begin + BigInt(memsz) <= ppc64Rtas.start).toBe(true);
  }
});

test('all of it is the same from the program that is shipped', () => {
  const { files } = loaded();
  const shipped = loaded(ppc64Machine, [ppc64leUserEmulator, shippedLoader('ppc64le')]);
  expect(files.size).toBeGreaterThan(5);
  for (const [name, bytes] of files)
    if (name !== 'layout.json')
      expect([name, shipped.files.get(name)?.equals(bytes)]).toEqual([name, true]);
});

test('vectors may be used for digests only where Linux says so', () => {
  const told = (cpu: string) => {
    const machine = changed({ 'proc/cpuinfo': `cpu\t\t: ${cpu}\n` }, ppc64Machine);
    return readFileSync(loaded(machine).file('purgatory').path).readBigUInt64LE(0x300);
  };
  expect(told('POWER9 (architected), altivec supported')).toBe(
    BigInt(cpuFeatures.ppc64leIsa207.code),
  );
  expect(told('POWER9 (architected)')).toBe(0n);
});

test('firmware in the middle of the region is stepped around', () => {
  const middle = 0x2010_0000n;
  const { segments = [] } = loaded(treeOf(ppc64Tree([rtasNode(middle)]))).report;
  expect(segments.length).toBeGreaterThan(5);
  for (const { mem, memsz } of segments)
    expect(BigInt(mem) + BigInt(memsz) <= middle || BigInt(mem) >= middle + 0x1_0000n).toBe(true);
});

test('what is in the way may overlap itself: it is stepped around, and dumped once', () => {
  const [first, second] = [0x2010_0000n, 0x2018_0000n];
  const bridge = node('pci@1', {
    'linux,tce-base': longs(second),
    'linux,tce-size': words(0x10_0000),
  });
  const tree = ppc64Tree([rtasNode(first, 0x10_0000), bridge]);
  const { report, file } = loaded(treeOf(tree));
  const { segments = [] } = report;
  expect(segments.length).toBeGreaterThan(5);
  for (const { mem, memsz } of segments)
    expect(BigInt(mem) + BigInt(memsz) <= first || BigInt(mem) >= second + 0x10_0000n).toBe(true);
  const loads = programHeadersOf(file('elfcorehdr').path).filter(({ type }) => type === 1);
  const inRegion = loads.filter(({ paddr }) => paddr >= ppc64Crash.start && paddr < ppc64Crash.end);
  expect(inRegion.map(({ paddr, memsz }) => [paddr, paddr + memsz])).toEqual([
    [first, second + 0x10_0000n],
  ]);
});

test('no segment lies where a node of reserved memory does, to whole pages; the dump has nothing of it', () => {
  const at = 0x2010_1000n;
  const reserved = node('reserved-memory', {}, node('slw@20101000', { reg: longs(at, 0x1000n) }));
  const { report, file } = loaded(treeOf(ppc64Tree([rtasNode(), reserved])));
  const { segments = [] } = report;
  expect(segments.length).toBeGreaterThan(5);
  for (const { mem, memsz } of segments)
    expect(BigInt(mem) + BigInt(memsz) <= 0x2010_0000n || BigInt(mem) >= 0x2011_0000n).toBe(true);
  expect(BigInt(segments[0]?.mem ?? 0)).not.toBe(BigInt(loaded().report.segments?.[0]?.mem ?? 0));
  const loads = programHeadersOf(file('elfcorehdr').path).filter(({ type }) => type === 1);
  expect(loads.some(({ paddr, memsz }) => paddr <= at && at < paddr + memsz)).toBe(false);
});

test('reservations of the machine that overlap each other stay', () => {
  const reservations = [
    { start: 0x1000_0000n, size: 0x20_0000n },
    { start: 0x1010_0000n, size: 0x20_0000n },
  ];
  const tree = ppc64Tree(undefined, undefined, reservations);
  expect(capturesTree(treeOf(tree)).reservations.slice(0, 2)).toEqual(reservations);
});

test('every segment is of whole pages, of the largest that a kernel has', () => {
  for (const { mem, memsz } of loaded().report.segments ?? [])
    expect([BigInt(mem) % 0x1_0000n, BigInt(memsz) % 0x1_0000n]).toEqual([0n, 0n]);
});

test('the dump has low memory from its copy, the firmware, and nothing else of the region', () => {
  const { file } = loaded();
  const loads = programHeadersOf(file('elfcorehdr').path).filter(({ type }) => type === 1);
  expect(loads.map(({ paddr, memsz, offset }) => [paddr, memsz, offset])).toEqual([
    [0n, 0x1_0000n, file('backup').start],
    [0x1_0000n, ppc64Crash.start - 0x1_0000n, 0x1_0000n],
    [ppc64Rtas.start, 0x1001_0000n, ppc64Rtas.start],
  ]);
  for (const { paddr, vaddr } of loads) expect(vaddr).toBe(paddr + 0xc000_0000_0000_0000n);
});

test('the tree reserves the memory of the dead kernel, the firmware, and what was loaded', () => {
  const { reservations } = capturesTree();
  const kept = reservations.map(({ start, size }) => [start, size]);
  expect(kept).toContainEqual([0x1_0000n, ppc64Crash.start - 0x1_0000n]);
  expect(kept).toContainEqual([ppc64Rtas.start, 0x1_0000n]);
  expect(kept).toContainEqual([loaded().file('backup').start, 0x1_0000n]);
  expect(propertyOf(nodeAt(capturesTree(), '/chosen'), 'linux,crashkernel-base')).toBeUndefined();
});

describe('usable memory', () => {
  test('of one node is all up to the end of the crash region', () => {
    expect(usable(ppc64Machine, '/memory@0')).toEqual(longs(0n, ppc64Crash.end));
  });

  test('of each node is what of it lies there; a pair of zeros where none does', () => {
    const machine = treeOf(
      ppc64Tree(
        [rtasNode()],
        [
          [0n, 0x2800_0000n],
          [0x2800_0000n, 0x1800_0000n],
          [0x4000_0000n, 0x1000_0000n],
        ],
      ),
    );
    expect(usable(machine, '/memory@0')).toEqual(longs(0n, 0x2800_0000n));
    expect(usable(machine, '/memory@28000000')).toEqual(longs(0x2800_0000n, 0x800_0000n));
    expect(usable(machine, '/memory@40000000')).toEqual(longs(0n, 0n));
  });

  test('of more nodes than the bundle has slots for ranges is told, where the memory is one range', () => {
    const small = 0x80_0000n;
    const nodes = Array.from({ length: 32 }, (_, index) => ppc64Crash.end + BigInt(index) * small);
    const memory = [[0n, ppc64Crash.end] as const, ...nodes.map((at) => [at, small] as const)];
    const machine = treeOf(ppc64Tree([rtasNode()], memory));
    expect(usable(machine, '/memory@0')).toEqual(longs(0n, ppc64Crash.end));
    for (const at of nodes)
      expect(usable(machine, `/memory@${at.toString(16)}`)).toEqual(longs(0n, 0n));
  });

  test('has firmware and tables of DMA windows beyond the region as well, and they are reserved', () => {
    const machine = treeOf(ppc64Tree([opalNode, bridgeNode]));
    expect(usable(machine, '/memory@0')).toEqual(
      longs(0n, ppc64Crash.end, 0x3800_0000n, 0x20_0000n, 0x3f00_0000n, 0x10_0000n),
    );
    const kept = capturesTree(machine).reservations.map(({ start }) => start);
    expect(kept).toContain(0x3800_0000n);
    expect(kept).toContain(0x3f00_0000n);
  });

  const dynamic = (list: Readonly<Record<string, Uint8Array>>): MachineFiles =>
    treeOf(dynamicTree(list));

  // Of each block that is there, how many ranges follow: the first is usable, the others lie beyond the region.
  test.each(Object.entries(dynamicLists))(
    'of dynamic memory in %s is told block by block',
    (name, list) => {
      expect(usable(dynamic({ [name]: list }), dynamicPath, 'linux,drconf-usable-memory')).toEqual(
        longs(1n, 0x2800_0000n, 0x800_0000n, 0n, 0n),
      );
    },
  );

  test('of a machine with very many blocks and nodes takes no time', { timeout: 20_000 }, () => {
    const many = Array.from({ length: 3000 }, (_, index) =>
      node(`vdevice@${index}`, { reg: words(index) }),
    );
    const machine = treeOf(
      ppc64Tree(
        [
          rtasNode(),
          ...many,
          node('ibm,dynamic-reconfiguration-memory', {
            'ibm,lmb-size': longs(0x1000_0000n),
            'ibm,dynamic-memory-v2': blockList(blockRun(200_000, 0x4000_0000n)),
          }),
        ],
        [[0n, 0x2800_0000n]],
      ),
    );
    // 200,000 counts of eight bytes are more than the sample bundle has room for.
    expect(loaded(machine).report).toMatchObject({ status: 'bad-live-value', detail: 'tree-room' });
  });

  test.each<[string, Readonly<Record<string, Uint8Array>>]>([
    ['no list', {}],
    ['an empty one', { 'ibm,dynamic-memory-v2': new Uint8Array() }],
    // What follows in the tree would do for the block that is missing.
    [
      'one that is cut off',
      {
        'ibm,dynamic-memory-v2': joinBytes([words(2), blockRun(1, 0x2800_0000n)]),
        next: words(0, 0, 0),
      },
    ],
    [
      'version 1, cut off',
      { 'ibm,dynamic-memory': joinBytes([words(2), block(0x2800_0000n)]), next: words(0, 0, 0) },
    ],
    [
      'more blocks than any tree holds',
      { 'ibm,dynamic-memory-v2': blockList(blockRun(0xffff_ffff, 0n)) },
    ],
  ])('dynamic memory with %s is refused', (_, list) => {
    const { report } = loaded(dynamic(list));
    expect([report.status, report.detail]).toEqual(['bad-live-value', 'tree-memory']);
  });
});

/** The first token of the structure, exchanged. */
function withToken(tree: Uint8Array, token: number): Uint8Array {
  const view = new DataView(tree.buffer);
  view.setUint32(view.getUint32(8), token);
  return tree;
}

describe('it refuses', () => {
  const cases: readonly (readonly [
    string,
    Readonly<Record<string, Uint8Array | string | undefined>>,
    string,
    string?,
  ])[] = [
    ['no crash region in the device tree', { [crashBase]: undefined }, 'no-crash-region'],
    ['one of no size', { [crashSize]: longs(0n) }, 'no-crash-region'],
    ['one whose size is missing', { [crashSize]: undefined }, 'bad-live-value'],
    ['one of four bytes', { [crashBase]: words(0x2000_0000) }, 'bad-live-value'],
    ['one that wraps around', { [crashBase]: longs((1n << 64n) - 0x1_0000n) }, 'bad-live-value'],
    [
      'a tree without RTAS and OPAL',
      { 'sys/firmware/fdt': ppc64Tree([]) },
      'bad-live-value',
      'firmware-missing',
    ],
    [
      'RTAS that cannot reboot',
      {
        'sys/firmware/fdt': ppc64Tree([
          node('rtas', { 'linux,rtas-base': words(1), 'linux,rtas-entry': words(1) }),
        ]),
      },
      'bad-live-value',
      'firmware-missing',
    ],
    [
      'firmware that leaves no hole large enough',
      {
        'sys/firmware/fdt': ppc64Tree([
          node('rtas', {
            'linux,rtas-base': words(0x2000_0000),
            'linux,rtas-entry': words(0x2000_0000),
            'rtas-size': words(0x0fff_0000),
            'system-reboot': words(1),
          }),
        ]),
      },
      'no-place',
      'region-taken',
    ],
    [
      'a region beyond what a CPU reaches in real mode',
      {
        'sys/firmware/fdt': ppc64Tree(
          [rtasNode()],
          [
            [0n, 0x2001_0000n],
            [0x2001_0000n, 0x1fff_0000n],
          ],
        ),
      },
      'no-place',
      'region-taken',
    ],
    [
      'more firmware than the bundle has slots for',
      {
        'sys/firmware/fdt': ppc64Tree([
          rtasNode(),
          ...Array.from({ length: 40 }, (_, index) =>
            node(`pci@${index}`, {
              'linux,tce-base': longs(0x2800_0000n + BigInt(index) * 0x10_0000n),
              'linux,tce-size': words(0x1_0000),
            }),
          ),
        ] satisfies Nodes),
      },
      'too-many-ranges',
    ],
    [
      'dumps by the firmware',
      { 'sys/kernel/fadump/enabled': '1\n' },
      'wrong-machine',
      'fadump-enabled',
    ],
    [
      'RTAS of no size, which nobody keeps',
      { 'sys/firmware/fdt': ppc64Tree([rtasNode(ppc64Rtas.start, 'none')]) },
      'bad-live-value',
      'firmware-missing',
    ],
    [
      'RTAS that is not where it should be',
      { 'sys/firmware/fdt': ppc64Tree([node('firmware', {}, rtasNode())]) },
      'bad-live-value',
      'firmware-missing',
    ],
    [
      'memory that is not where it should be',
      { 'sys/firmware/fdt': ppc64Tree([rtasNode(), node('board', {}, memoryNode())], []) },
      'bad-live-value',
      'tree-memory',
    ],
    [
      'a tree without the memory of the crash region',
      {
        'sys/firmware/fdt': ppc64Tree(
          [rtasNode()],
          [
            [0n, 0x2fff_0000n],
            [0x3000_0000n, 0x1000_0000n],
          ],
        ),
      },
      'bad-live-value',
      'tree-memory',
    ],
    ['a crash region over the exception vectors', { [crashBase]: longs(0n) }, 'bad-live-value'],
    [
      'more ranges of memory than the bundle has slots for',
      {
        'proc/iomem': Array.from({ length: 40 }, (_, index) => {
          const at = (address: number) => address.toString(16).padStart(8, '0');
          const start = 0x1000_0000 * index;
          return `${at(start)}-${at(start + 0xffe_ffff)} : System RAM\n`;
        }).join(''),
      },
      'too-many-ranges',
    ],
    [
      'a tree cut short',
      { 'sys/firmware/fdt': ppc64Tree().slice(0, -40) },
      'bad-live-value',
      'tree-header',
    ],
    [
      'a tree with a token that is none',
      { 'sys/firmware/fdt': withToken(ppc64Tree(), 7) },
      'bad-live-value',
      'tree-structure',
    ],
    [
      'cells of another size',
      { 'sys/firmware/fdt': sampleTree({ cells: [1, 1], chosen: {}, nodes: [rtasNode()] }) },
      'bad-live-value',
      'tree-cells',
    ],
    [
      'a tree that is damaged',
      { 'sys/firmware/fdt': text('no tree at all, but some words') },
      'bad-live-value',
    ],
    ['no tree', { 'sys/firmware/fdt': undefined }, 'bad-live-value'],
  ];
  for (const [what, change, status, detail] of cases)
    test(what, () => {
      const { report } = loaded(changed(change, ppc64Machine));
      expect(report.status).toBe(status);
      if (detail !== undefined) expect(report.detail).toBe(detail);
    });
});
