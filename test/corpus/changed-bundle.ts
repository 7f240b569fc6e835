/**
 * Bundles that a signer could have signed: a full one, changed where the declarations say that it has something.
 * Records come, go, change places; texts and names become others; every number of every declared layout, in the
 * seal and in purgatory's first page, becomes another that a reader may judge. Digests are taken anew after most
 * changes. Nothing here names a field: one that is declared later is changed by itself.
 */
import type { CodeTable } from '../../pipeline/format/code-table.ts';
import { declaredCodes, innerCodes } from '../../pipeline/format/declared.ts';
import { decodeTree, encodeTree, type TreeNode } from '../../pipeline/format/device-tree.ts';
import type { Layout } from '../../pipeline/format/layout.ts';
import { limits } from '../../pipeline/format/limits.ts';
import { sealProbe } from '../../pipeline/format/probe-layout.ts';
import {
  purgatoryHead,
  purgatoryMaxRegions,
  purgatoryMaxSteps,
  purgatoryRegion,
  purgatoryStep,
} from '../../pipeline/format/purgatory-layout.ts';
import {
  sealHeader,
  sealLive,
  sealMatch,
  sealMember,
  sealSegment,
} from '../../pipeline/format/seal-layout.ts';
import type { BundleMember } from '../../pipeline/seal/archive.ts';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { digestStatic } from '../fixtures/purgatory-head.ts';
import { sealedNumber } from '../fixtures/sealed-live.ts';
import type { Random } from '../support/random.ts';
import {
  additions,
  type Draft,
  type Fullness,
  freeBytes,
  fullDraft,
  retold,
  told,
  withDigests,
} from './full-bundle.ts';

export type ChangedBundle = {
  readonly seal: Uint8Array;
  readonly members: readonly BundleMember[];
};

const tables: readonly CodeTable[] = [...declaredCodes, ...innerCodes].map(({ codes }) => codes);
const all64 = (1n << 64n) - 1n;
/** Numbers at which a reader may change its mind. */
const telling: readonly bigint[] = [
  ...tables.flatMap((table) => Object.values(table).map(({ code }) => BigInt(code))),
  ...Object.values(limits).map(({ value }) => BigInt(value)),
  ...[purgatoryMaxRegions, purgatoryMaxSteps].map(BigInt),
  ...[8, 12, 16, 31, 32, 48, 63].map((bits) => 1n << BigInt(bits)),
  ...[0n, 0n, 0n, 1n, all64],
];
const steps = [-4096n, -20n, -8n, -1n, 1n, 8n, 20n, 4096n];

/** Where one record stands. */
export type FieldRecord = { readonly layout: Layout; readonly at: number };

/** Of an encoded seal; its counts are right here. */
export function recordsOf(seal: Seal): readonly FieldRecord[] {
  const rows: readonly (readonly [Layout, number])[] = [
    [sealHeader, 1],
    [sealMember, seal.members.length],
    [sealSegment, seal.segments.length],
    [sealLive, seal.live.length],
    [sealMatch, seal.match.length],
    [sealProbe, seal.probes.length],
  ];
  let start = 0;
  return rows.flatMap(([layout, count]) =>
    Array.from({ length: count }, () => {
      const record = { layout, at: start };
      start += layout.size;
      return record;
    }),
  );
}

/** Of purgatory's first page, as much as there is room for. */
export const pageRecords: readonly FieldRecord[] = [
  { layout: purgatoryHead, at: 0 },
  ...Array.from({ length: purgatoryMaxSteps }, (_, index) => ({
    layout: purgatoryStep,
    at: purgatoryHead.fields.steps.offset + index * purgatoryStep.size,
  })),
  ...Array.from({ length: purgatoryMaxRegions }, (_, index) => ({
    layout: purgatoryRegion,
    at: purgatoryHead.fields.regions.offset + index * purgatoryRegion.size,
  })),
];

type Place = { readonly at: number; readonly size: number };
const read = (bytes: Uint8Array, { at, size }: Place): bigint =>
  bytes.slice(at, at + size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
function write(bytes: Uint8Array, { at, size }: Place, value: bigint): void {
  for (let index = 0; index < size; index++)
    bytes[at + index] = Number((value >> BigInt(8 * index)) & 0xffn);
}

/**
 * One field of one record. Every layout is as likely as the others, then every kind of record (that is its first
 * number), then every field.
 */
export function changeField(
  bytes: Uint8Array,
  records: readonly FieldRecord[],
  random: Random,
): void {
  const layout = random.of([...new Set(records.map((record) => record.layout))]);
  const alike = records.filter((record) => record.layout === layout);
  const kindOf = ({ at }: FieldRecord): bigint => read(bytes, { at, size: 2 });
  const kind = random.of([...new Set(alike.map(kindOf))]);
  const { at } = random.of(alike.filter((record) => kindOf(record) === kind));
  const { type, offset, size } = random.of(Object.values(layout.fields));
  if (random.chance(0.05)) {
    // What no field covers, too.
    const where = at + random.below(layout.size);
    bytes[where] = (bytes[where] ?? 0) ^ (1 << random.below(8));
    return;
  }
  if (type === 'bytes' || type === 'text') {
    const where = at + offset + random.below(size);
    bytes[where] = random.of([0, 1, 0x20, 0x2e, 0x2f, 0x61, 0x7f, 0xff]);
    return;
  }
  const place = { at: at + offset, size };
  const now = read(bytes, place);
  const sibling = read(bytes, { at: random.of(alike).at + offset, size });
  const elsewhere = random.of(Object.values(layout.fields).filter((field) => field.size === size));
  const value = random.of([
    () => random.of(telling) + random.of([-1n, 0n, 0n, 0n, 1n]),
    () => now + random.of(steps),
    () => now ^ (1n << BigInt(random.below(8 * size))),
    () => sibling + random.of([0n, 0n, ...steps]),
    () => read(bytes, { at: at + elsewhere.offset, size }) + random.of([0n, 0n, ...steps]),
  ])();
  write(bytes, place, value & all64);
}

const long = (length: number): string => 'a/'.repeat(length).slice(0, length);
const texts = (random: Random): string =>
  random.of([
    ...['', 'x', ' ', 'with space', '/', '/x', 'x/', 'a//b', '.', '..', 'a/../b', 'sys/./x', 'é'],
    ...['\u0001', '\u007f', 'zero\0', '0.0.0150', '0.4.0150', '0.0.015A', 'sys/kernel/notes'],
    long(limits.sealPathMax.value - 1 + random.below(3)),
    'x'.repeat(random.below(64)),
  ]);

/** A name of a table becomes another of it, any other text another text. */
function otherText(value: string, random: Random): string {
  const named = tables.filter((table) => Object.hasOwn(table, value));
  return named.length === 0 || random.chance(0.1)
    ? texts(random)
    : random.of(Object.keys(random.of(named)));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A text somewhere in a plain value; flags that are not set can come, too. */
function withOtherText<T>(value: T, random: Random): T {
  if (typeof value === 'string') return otherText(value, random) as T;
  if (value instanceof Uint8Array || !isObject(value)) return value;
  const keys = Object.keys(value).filter((key) => {
    const inside = (value as Readonly<Record<string, unknown>>)[key];
    return typeof inside === 'string' || isObject(inside);
  });
  if (keys.length === 0) return value;
  const key = random.of(keys);
  const inside = (value as Readonly<Record<string, unknown>>)[key];
  const changed = withOtherText(inside, random);
  return Array.isArray(value)
    ? (value.with(Number(key), changed) as T)
    : { ...value, [key]: changed };
}

type Rows = 'members' | 'segments' | 'live' | 'match' | 'probes';
const rowKeys = (seal: Seal): readonly Rows[] =>
  Object.entries(seal).flatMap(([key, value]) =>
    Array.isArray(value) && isObject(value[0]) ? [key as Rows] : [],
  );

/** Records go, come twice, change places, or take a value from another. */
function withOtherRows<T extends object>(rows: readonly T[], random: Random): readonly T[] {
  const index = random.below(rows.length);
  const other = random.chance(0.5) ? random.below(rows.length) : Math.max(index - 1, 0);
  const [one, two] = [rows[index], rows[other]];
  if (one === undefined || two === undefined) return rows;
  const key = random.of(Object.keys(one));
  return random.of([
    () => rows.toSpliced(index, 1),
    () => rows.toSpliced(other, 0, one),
    () => rows.with(index, two).with(other, one),
    () => rows.with(index, { ...one, [key]: (two as Readonly<Record<string, unknown>>)[key] }),
  ])();
}

/** Match rules, probes and live values to their limit, or one beyond: good ones, which may stand beside others. */
function toLimit(seal: Seal, random: Random): Seal {
  const beyond = random.of([-1, 0, 0, 1]);
  const fill = <T>(rows: readonly T[], most: number, more: (index: number) => T): readonly T[] => [
    ...Array.from({ length: Math.max(0, most + beyond - rows.length) }, (_, index) => more(index)),
    ...rows,
  ];
  const { sealMatchMax, sealProbesMax, sealLiveMax, sealTargetsMax } = limits;
  const params = seal.segments.findIndex(({ kind }) => kind === 'bootParams');
  const [rule, probe] = [seal.match[0], seal.probes[0]];
  return random.of([
    () => ({ ...seal, targetCount: sealTargetsMax.value + beyond }),
    () =>
      rule === undefined
        ? seal
        : { ...seal, match: fill(seal.match, sealMatchMax.value, () => rule) },
    () =>
      probe === undefined
        ? seal
        : { ...seal, probes: fill(seal.probes, sealProbesMax.value, () => probe) },
    () => ({
      ...seal,
      live: fill(seal.live, sealLiveMax.value, (index) =>
        sealedNumber('crashLowStart', params, freeBytes.start + index, 1),
      ),
    }),
    // The strings, up to the largest seal: this text stands nowhere else.
    () => {
      const rest = encodeSeal({ ...seal, commandLine: '' }).length;
      return { ...seal, commandLine: 'y'.repeat(limits.sealBytesMax.value - rest + beyond) };
    },
  ])();
}

const longPath = (below: string, random: Random): string =>
  'p'.repeat(Math.max(1, limits.treePathMax.value - below.length - random.below(6)));

/** The tree with something changed below one of its nodes. */
function changeTree(node: TreeNode, random: Random, path = ''): TreeNode {
  if (node.nodes.length > 0 && random.chance(0.7)) {
    const index = random.below(node.nodes.length);
    const child = node.nodes[index] ?? node;
    const changed = changeTree(child, random, `${path}/${child.name}`);
    return { ...node, nodes: node.nodes.with(index, changed) };
  }
  const name = (): string =>
    random.of([
      'set',
      'text',
      'ranges',
      'delete',
      'reserve',
      'sets',
      '',
      'a/b',
      'é',
      longPath(path, random),
    ]);
  const size = random.of([
    0,
    1,
    4,
    15,
    16,
    17,
    16 * (limits.treeRangesMax.value - 1 + random.below(3)),
  ]);
  const value = new Uint8Array(size).fill(random.of([0, 0, 1]));
  const [first, ...others] = node.properties;
  return random.of([
    () => ({ ...node, name: name() }),
    () => ({ ...node, nodes: node.nodes.slice(1) }),
    () => ({ ...node, nodes: [...node.nodes, ...node.nodes] }),
    () => ({
      ...node,
      nodes: [...node.nodes, { name: name(), properties: [{ name: 'p', value }], nodes: [] }],
    }),
    () => ({
      ...node,
      properties: [{ name: random.of(['p', name()]), value }, ...node.properties],
    }),
    () => (first === undefined ? node : { ...node, properties: [{ ...first, value }, ...others] }),
    () => ({ ...node, properties: [] }),
    () => {
      let inner: TreeNode = { name: 'n', properties: [], nodes: [] };
      const depth = path.split('/').length;
      for (let left = limits.treeDepthMax.value - depth - random.below(4); left > 0; left--)
        inner = { name: 'n', properties: [], nodes: [inner] };
      return { ...node, nodes: [...node.nodes, inner] };
    },
  ])();
}

function changedAdditions(random: Random): Uint8Array {
  const tree = decodeTree(additions);
  if (!tree.ok) throw new Error('the additions are no tree');
  let { root } = tree.value;
  for (let left = random.below(3); left > 0; left--) root = changeTree(root, random);
  const reservations = random.chance(0.1) ? [{ start: 0n, size: all64 }] : [];
  const bytes = encodeTree({ root, reservations, bootCpu: 0 }).bytes;
  const view = new DataView(bytes.buffer);
  if (random.chance(0.25)) {
    // A word of its header, or of what comes after it.
    const word = random.chance(0.5) ? random.below(10) : random.below(bytes.length >> 2);
    const now = BigInt(view.getUint32(4 * word));
    const other = random.of([now + random.of(steps), random.of(telling), BigInt(random.below(10))]);
    view.setUint32(4 * word, Number(other & 0xffff_ffffn));
  }
  if (random.chance(0.1)) return bytes.slice(0, bytes.length - random.below(20));
  if (random.chance(0.9)) return bytes;
  const padded = new Uint8Array(limits.treeAdditionsMax.value - 1 + random.below(3));
  padded.set(bytes.subarray(0, padded.length));
  return padded;
}

function fullness(random: Random): Fullness {
  const [pieces, headPages] = random.of([
    [1, 2],
    [1, 2],
    [1, 1],
    [3, 2],
    [8, 1],
  ] as const);
  return {
    pieces,
    headPages,
    oneGroup: random.chance(0.5),
    ...(random.chance(0.3) ? { additions: changedAdditions(random) } : {}),
    ...(random.chance(0.1) ? { mapEntries: limits.sealE820Max.value - random.below(3) + 1 } : {}),
    ...(random.chance(0.01)
      ? { treeRoom: limits.treeMax.value + random.of([-8, 0, 8]) }
      : random.chance(0.1)
        ? { treeRoom: 0x400 + random.of([-8, -4, -1, 1, 4]) }
        : {}),
  };
}

/** The archive's members: one is not there, or not as it was, whether its signer saw that or not. */
function withOtherMember({ seal, members }: Draft, random: Random): Draft {
  const index = random.below(members.length);
  const member = members[index];
  if (member === undefined) return { seal, members };
  const bytes = Uint8Array.from(member.bytes);
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  const changed = random.of([
    () => members.toSpliced(index, 1),
    () => members.with(index, { ...member, bytes }),
    () => members.with(index, { ...member, bytes: bytes.subarray(0, -1) }),
  ])();
  return { seal: random.chance(0.7) ? withDigests(seal, changed) : seal, members: changed };
}

function changedRows({ seal, members }: Draft, random: Random): Draft {
  const key = random.of(rowKeys(seal));
  return {
    members,
    seal: random.of([
      () => ({ ...seal, [key]: withOtherRows<object>(seal[key], random) }),
      () => ({ ...seal, [key]: withOtherText(seal[key], random) }),
      () => withOtherText(seal, random),
    ])(),
  };
}

function changedPage(draft: Draft, random: Random): Draft {
  const { seal } = draft;
  const changed = retold(draft, (image) => {
    changeField(image, pageRecords, random);
    if (random.chance(0.9)) digestStatic(image);
  });
  return random.chance(0.98) ? changed : { ...changed, seal };
}

/** A region that ends sooner, and says so to who takes its digest: its last byte is not checked. */
function withShortRegion(draft: Draft, random: Random): Draft {
  const { seal } = draft;
  const { digest, size } = purgatoryRegion.fields;
  const regions = pageRecords.filter(({ layout }) => layout === purgatoryRegion);
  const taken = seal.live.flatMap((live, index) => {
    const at = regions.find((region) => BigInt(region.at + digest.offset) === live.offset)?.at;
    return at === undefined || live.source !== 'digest' || live.arg1 < 2n
      ? []
      : [{ live, index, at }];
  });
  if (taken.length === 0) return draft;
  const { live, index, at } = random.of(taken);
  const shorter = { ...live, arg1: live.arg1 - 1n };
  const changed = { ...draft, seal: { ...seal, live: seal.live.with(index, shorter) } };
  return retold(changed, (image) => write(image, { at: at + size.offset, size: 8 }, shorter.arg1));
}

/** `change`, or the draft as it was where what comes of it cannot be written: no signer signs that. */
function attempt(draft: Draft, change: (draft: Draft) => Draft): Draft {
  try {
    const changed = change(draft);
    encodeSeal(changed.seal);
    return changed;
  } catch {
    return draft;
  }
}

export function changedBundle(random: Random): ChangedBundle {
  let draft = fullDraft(fullness(random));
  if (random.chance(0.3)) draft = attempt(draft, (one) => changedRows(one, random));
  draft = attempt(draft, told);
  if (random.chance(0.05))
    draft = attempt(draft, (one) => ({ ...one, seal: toLimit(one.seal, random) }));
  if (random.chance(0.3)) draft = attempt(draft, (one) => changedRows(one, random));
  if (random.chance(0.3)) draft = attempt(draft, (one) => changedPage(one, random));
  if (random.chance(0.05)) draft = attempt(draft, (one) => withOtherMember(one, random));
  if (random.chance(0.02)) draft = attempt(draft, (one) => withShortRegion(one, random));
  const seal = encodeSeal(draft.seal);
  if (random.chance(0.01))
    return { seal: seal.slice(0, 1 + random.below(seal.length - 1)), members: draft.members };
  if (random.chance(0.4))
    for (let left = 1 + random.below(2); left > 0; left--)
      changeField(seal, recordsOf(draft.seal), random);
  return { seal, members: draft.members };
}
