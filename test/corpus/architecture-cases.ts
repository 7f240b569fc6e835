/**
 * Bundles of the architectures that have a device tree or 32 bits: what only they have in a seal, and what the
 * machine must have for them.
 */
import { encodeSeal, type Seal, type SealedLive } from '../../pipeline/seal/seal-codec.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import {
  i386Iomem,
  i386Kcore,
  i386Loads,
  i386Machine,
  i386Parts,
} from '../fixtures/i386-machine.ts';
import {
  blockRun,
  crashBase,
  crashSize,
  dynamicLists,
  dynamicTree,
  opalNode,
  ppc64Machine,
  ppc64Parts,
  ppc64Tree,
  rtasNode,
} from '../fixtures/ppc64-machine.ts';
import { longs, node, sampleTree, words } from '../fixtures/sample-tree.ts';
import { packParts, sign } from '../fixtures/small-bundle.ts';
import { toldPurgatory } from '../fixtures/told-purgatory.ts';
import {
  agreeing,
  type TreeArch,
  type TreeParts,
  treeComponent,
  treeCrash,
  treeIomem,
  treeKcore,
  treeMachine,
  treeOf,
  treeParts,
  treeRoom,
} from '../fixtures/tree-machine.ts';
import { changed, sampleMachine } from '../fixtures/x86-64-machine.ts';
import type { Case } from './cases.ts';

const signed = ({ seal, members }: TreeParts): Promise<Uint8Array> => {
  const bytes = encodeSeal(seal);
  return packParts({ seal: bytes, p7s: sign(bytes), members });
};

const i386Bundle = (bits: 32 | 64) => (): Promise<Uint8Array> => {
  const { seal, members } = i386Parts(bits);
  const told = toldPurgatory(seal, members);
  return signed(agreeing(told));
};

const live =
  (change: (live: readonly SealedLive[]) => readonly SealedLive[]) =>
  (seal: Seal): Seal => ({ ...seal, live: change(seal.live) });
const ofTree = (change: Partial<SealedLive>) =>
  live((all) => all.map((one) => (one.source === 'deviceTree' ? { ...one, ...change } : one)));

type Row = Pick<Case, 'status' | 'detail' | 'tool'>;
type Files = Readonly<Record<string, Uint8Array | string | undefined>>;

/** The good bundle on a machine of which some files are others: nothing that the tool sees. */
const on = (arch: TreeArch, name: string, files: Files, row: Row): Case => ({
  name: `${arch}: ${name}`,
  bytes: () => signed(treeParts(arch)),
  machine: changed(files, treeMachine(arch)),
  tool: 'ok',
  ...row,
});

const sealed = (name: string, change: (seal: Seal) => Seal, row: Row): Case => ({
  name: `arm64: ${name}`,
  bytes: () => signed(treeParts('arm64', change)),
  machine: treeMachine('arm64'),
  ...row,
});

const noPsci = {
  'proc/device-tree/psci/compatible': undefined,
  'proc/device-tree/psci/method': undefined,
};

/** What arm64 and riscv64 ask of the machine's device tree. */
const ofTrees = (arch: TreeArch): readonly Case[] => [
  on(arch, 'nothing', {}, { status: 'ok' }),
  on(
    arch,
    'no device tree',
    { 'sys/firmware/fdt': undefined },
    { status: 'wrongMachine', detail: 'rule-absent' },
  ),
  on(
    arch,
    'a device tree cut short',
    { 'sys/firmware/fdt': treeOf().slice(0, -8) },
    { status: 'badLiveValue', detail: 'tree-header' },
  ),
  on(
    arch,
    'a device tree with a damaged token',
    { 'sys/firmware/fdt': damaged(treeOf()) },
    { status: 'badLiveValue', detail: 'tree-structure' },
  ),
  on(
    arch,
    'a device tree of three cells',
    { 'sys/firmware/fdt': treeOf({ cells: [3, 2] }) },
    { status: 'badLiveValue', detail: 'tree-cells' },
  ),
  on(
    arch,
    'a device tree larger than the room for it',
    { 'sys/firmware/fdt': treeOf({ nodes: [node('long', { bytes: new Uint8Array(treeRoom) })] }) },
    { status: 'badLiveValue', detail: 'tree-room' },
  ),
  on(
    arch,
    'a reservation over all of the crash region',
    { 'sys/firmware/fdt': treeOf({ reservations: [treeCrash] }) },
    { status: 'noPlace', detail: 'region-taken' },
  ),
  on(arch, 'no crash region', { 'proc/iomem': treeIomem(arch, []) }, { status: 'noCrashRegion' }),
  on(
    arch,
    'a small crash region',
    { 'proc/iomem': treeIomem(arch, ['a0000000-a1ffffff']) },
    { status: 'crashRegionSmall' },
  ),
  on(
    arch,
    'a kernel without VMCOREINFO of its addresses',
    {
      'proc/kcore': treeKcore(arch, {
        'NUMBER(VA_BITS)': undefined,
        'NUMBER(phys_ram_base)': undefined,
      }),
    },
    { status: 'hiddenAddresses' },
  ),
];

/** Its first token is no token. */
function damaged(tree: Uint8Array): Uint8Array {
  const view = new DataView(tree.buffer);
  view.setUint32(view.getUint32(8), 7);
  return tree;
}

/** On a partition of POWER of which some files are others. */
const onPower = (name: string, files: Files, row: Row): Case => ({
  name: `ppc64le: ${name}`,
  bytes: async () => {
    const { seal, members } = await ppc64Parts();
    return packParts({ seal, p7s: sign(seal), members });
  },
  machine: changed(files, ppc64Machine),
  tool: 'ok',
  ...row,
});
const powerTree = (name: string, tree: Uint8Array | undefined, row: Row): Case =>
  onPower(name, { 'sys/firmware/fdt': tree }, row);
const badTree = (detail: string): Row => ({ status: 'badLiveValue', detail });
const cutList = joinBytes([words(2), blockRun(1, 0n)]);

const powerCases: readonly Case[] = [
  onPower('nothing', {}, { status: 'ok' }),
  powerTree('OPAL in place of RTAS', ppc64Tree([opalNode]), { status: 'ok' }),
  ...Object.entries(dynamicLists).map(([list, bytes]) =>
    powerTree(`memory in ${list}`, dynamicTree({ [list]: bytes }), { status: 'ok' }),
  ),
  powerTree(
    'dynamic memory, cut off',
    dynamicTree({ 'ibm,dynamic-memory-v2': cutList }),
    badTree('tree-memory'),
  ),
  powerTree('no memory in the tree', ppc64Tree(undefined, []), badTree('tree-memory')),
  powerTree('no device tree', undefined, badTree('file-missing')),
  powerTree('a device tree cut short', ppc64Tree().slice(0, -8), badTree('tree-header')),
  powerTree('a device tree with a damaged token', damaged(ppc64Tree()), badTree('tree-structure')),
  powerTree(
    'a device tree of one cell',
    sampleTree({ cells: [1, 1], chosen: {}, nodes: [rtasNode()] }),
    badTree('tree-cells'),
  ),
  powerTree('no firmware', ppc64Tree([]), badTree('firmware-missing')),
  powerTree(
    'RTAS of no size',
    ppc64Tree([rtasNode(0x2fff_0000n, 'none')]),
    badTree('firmware-missing'),
  ),
  powerTree('RTAS over all of the crash region', ppc64Tree([rtasNode(0x2000_0000n, 0x0fff_0000)]), {
    status: 'noPlace',
    detail: 'region-taken',
  }),
  onPower('no crash region', { [crashBase]: undefined }, { status: 'noCrashRegion' }),
  onPower(
    'a small crash region',
    { [crashSize]: longs(1n << 20n) },
    { status: 'crashRegionSmall' },
  ),
  onPower(
    'a crash region of four bytes',
    { [crashSize]: words(1) },
    { status: 'badLiveValue', detail: 'file-form' },
  ),
  onPower(
    'dumps by the firmware',
    { 'sys/kernel/fadump/enabled': '1\n' },
    { status: 'wrongMachine', detail: 'fadump-enabled' },
  ),
];

const highRegion = i386Iomem.replace('1a000000-1dffffff : Crash', '1e000000-22ffffff : Crash');

export const architectureCases: readonly Case[] = [
  ...ofTrees('arm64'),
  ...ofTrees('riscv64'),
  ...powerCases,
  on('arm64', 'no PSCI', noPsci, { status: 'badLiveValue', detail: 'psci-missing' }),
  on(
    'arm64',
    'a kernel that maps its memory elsewhere',
    { 'proc/sys/kernel/osrelease': '5.3.0\n' },
    { status: 'wrongKernel', detail: 'kernel-maps-elsewhere' },
  ),
  sealed(
    'a device tree that does not begin its segment',
    ofTree({ offset: 8n, size: BigInt(treeRoom) - 8n }),
    { status: 'badSeal', detail: 'tree-place' },
  ),
  sealed('a device tree of an odd size', ofTree({ size: BigInt(treeRoom) - 4n }), {
    status: 'badSeal',
    detail: 'tree-place',
  }),
  sealed('additions within the device tree', ofTree({ arg0: BigInt(treeRoom) - 8n }), {
    status: 'badSeal',
    detail: 'tree-additions',
  }),
  sealed('additions that pass the end of their segment', ofTree({ arg1: 1n << 20n }), {
    status: 'badSeal',
    detail: 'tree-additions',
  }),
  sealed(
    'additions that end early',
    ofTree({ arg1: BigInt(treeComponent.bytes.length - treeRoom) - 8n }),
    { status: 'badSeal', detail: 'tree-form' },
  ),
  sealed(
    'a device tree twice',
    live((all) => all.flatMap((one) => (one.source === 'deviceTree' ? [one, one] : [one]))),
    { status: 'badSeal', detail: 'lives-overlap' },
  ),
  sealed(
    'a device tree before a number that is in its additions',
    live((all) => [
      ...all.filter(({ source }) => source === 'deviceTree'),
      ...all.filter(({ source }) => source !== 'deviceTree'),
    ]),
    { status: 'badSeal', detail: 'live-order' },
  ),
  {
    name: 'here: a device tree for an architecture that has none',
    bytes: () => signed(treeParts('x86_64')),
    machine: changed({ 'sys/firmware/fdt': treeOf() }, sampleMachine),
    status: 'badSeal',
    detail: 'tree-foreign',
    tool: 'ok',
  },
  ...([32, 64] as const).map(
    (bits): Case => ({
      name: `i386: nothing, with a header of ${bits} bits`,
      bytes: i386Bundle(bits),
      machine: i386Machine,
      status: 'ok',
    }),
  ),
  ...(
    [
      [
        'a crash region above 512 MiB',
        { 'proc/iomem': highRegion },
        { status: 'noPlace', detail: 'region-too-high' },
      ],
      [
        'no crash region',
        { 'proc/iomem': i386Iomem.replace(/.*Crash kernel\n/, '') },
        { status: 'noCrashRegion' },
      ],
      [
        'notes above 4 GiB',
        { 'sys/devices/system/cpu/cpu2/crash_notes': '101000000\n' },
        { status: 'wrongMachine', detail: 'memory-above-header' },
      ],
      [
        'no entry of low memory',
        { 'proc/kcore': i386Kcore(i386Loads.slice(0, 1)) },
        { status: 'hiddenAddresses' },
      ],
      [
        'memory above 4 GiB',
        { 'proc/iomem': `${i386Iomem}100000000-13fffffff : System RAM\n` },
        { status: 'wrongMachine', detail: 'memory-above-header' },
      ],
      [
        'a running kernel of 64 bits',
        { 'proc/kcore': sampleMachine['proc/kcore'] },
        { status: 'wrongKernel', detail: 'kernel-is-wider' },
      ],
    ] as const
  ).map(
    ([name, files, row]): Case => ({
      name: `i386: ${name}`,
      bytes: i386Bundle(32),
      machine: changed(files, i386Machine),
      tool: 'ok',
      ...row,
    }),
  ),
];
