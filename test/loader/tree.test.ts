/**
 * The loader's device trees: it refuses what the tool's reader refuses, and what it makes of a tree and
 * additions reads as the two say.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TreeAddition } from '../../pipeline/arch/device-tree.ts';
import {
  type DeviceTree,
  decodeTree,
  encodeTree,
  nodeAt,
  propertyOf,
  type TreeNode,
} from '../../pipeline/format/device-tree.ts';
import { limits } from '../../pipeline/format/limits.ts';
import { isAdditions } from '../../pipeline/seal/tree-rules.ts';
import {
  additionsOf,
  everyAddition,
  longs,
  node,
  sampleTree,
  text,
  words,
} from '../fixtures/sample-tree.ts';
import { loaderDriver } from '../support/loader-host.ts';
import { run } from './running.ts';

const folder = 'out/test/loader-tree';
let driver: string;
beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  driver = loaderDriver('tree');
});

function make(tree: Uint8Array, additions: readonly TreeAddition[], size = 1 << 14) {
  const paths = ['tree', 'additions', 'made'].map((name) => `${folder}/${name}`);
  const [treePath = '', additionsPath = '', made = ''] = paths;
  writeFileSync(treePath, tree);
  writeFileSync(additionsPath, additionsOf(additions));
  const { stdout, code } = run(driver, 'make', treePath, additionsPath, String(size), made);
  expect(code).toBe(0);
  return { detail: stdout.trim(), bytes: Uint8Array.from(readFileSync(made)) };
}

function made(tree: Uint8Array, additions: readonly TreeAddition[]): DeviceTree {
  const { detail, bytes } = make(tree, additions);
  expect(detail).toBe('none');
  const read = decodeTree(bytes);
  if (!read.ok) throw new Error(read.fault);
  return read.value;
}

describe('additions to a tree', () => {
  test('are set, made, deleted and reserved; the old initramfs is reserved no more', () => {
    const tree = made(sampleTree(), everyAddition);
    const chosen = nodeAt(tree, '/chosen');
    expect(propertyOf(chosen, 'bootargs')).toEqual(text('nr_cpus=1'));
    expect(propertyOf(chosen, 'linux,initrd-start')).toEqual(longs(0x5000_0000n));
    // Untouched.
    expect(propertyOf(chosen, 'linux,initrd-end')).toEqual(longs(0x4812_3456n));
    expect(propertyOf(chosen, 'kaslr-seed')).toBeUndefined();
    expect(propertyOf(chosen, 'linux,usable-memory-range')).toEqual(
      longs(0x8000_0000n, 0x1000_0000n, 0x4000_0000n, 0x10_0000n),
    );
    expect(propertyOf(nodeAt(tree, '/new/node@1'), 'four')).toEqual(words(7));
    expect(propertyOf(nodeAt(tree, ''), 'model')).toEqual(text('changed'));
    expect(propertyOf(nodeAt(tree, '/psci'), 'method')).toEqual(text('hvc'));
    expect(nodeAt(tree, '/nowhere')).toBeUndefined();
    expect(tree.reservations).toEqual([{ start: 0x5000_0000n, size: 0x1000n }]);
  });

  test('zeros follow the tree, and dtc reads it without a complaint', () => {
    const { bytes } = make(sampleTree(), everyAddition);
    const total = new DataView(bytes.buffer).getUint32(4);
    expect(bytes.subarray(total).every((byte) => byte === 0)).toBe(true);
    const dtc = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts', '-'], {
      input: bytes.subarray(0, total),
      encoding: 'utf8',
    });
    expect(dtc.status).toBe(0);
    expect(dtc.stdout).toContain('/memreserve/\t0x0000000050000000 0x0000000000001000;');
    expect(dtc.stdout).toContain('bootargs = "nr_cpus=1";');
  });

  test('an initramfs that was reserved in whole pages is reserved no more either', () => {
    const reservations = [
      { start: 0x4800_0000n, size: 0x12_4000n },
      { start: 0x9000_0000n, size: 0x1000n },
    ];
    expect(made(sampleTree({ reservations }), []).reservations).toEqual(reservations.slice(1));
  });

  test('ranges are in as many cells as the root says', () => {
    const ranges = everyAddition.filter(({ kind }) => kind === 'ranges');
    const read = (cells: readonly [number, number]) =>
      propertyOf(
        nodeAt(made(sampleTree({ cells }), ranges), '/chosen'),
        'linux,usable-memory-range',
      );
    expect(read([1, 1])).toEqual(words(0x8000_0000, 0x1000_0000, 0x4000_0000, 0x10_0000));
    expect(read([2, 1])).toEqual(words(0, 0x8000_0000, 0x1000_0000, 0, 0x4000_0000, 0x10_0000));
  });

  test.each<[string, readonly [number, number], bigint]>([
    ['an address above 4 GiB in one cell', [1, 1], 0x1_0000_0000n],
    ['no cells that are known', [3, 2], 0n],
    ['no cells', [0, 1], 0n],
  ])('%s: refused', (_, cells, start) => {
    const ranges = [{ start, size: 0x1000n }];
    const addition: TreeAddition = { kind: 'ranges', path: '/chosen', name: 'x', ranges };
    expect(make(sampleTree({ cells }), [addition]).detail).toBe('tree-cells');
  });

  test('a tree that does not fit is refused, whatever the room', () => {
    const { bytes } = make(sampleTree(), everyAddition);
    const needed = new DataView(bytes.buffer).getUint32(4);
    for (let size = 64; size < needed + 64; size += 8)
      if (size < needed - 64 || size >= needed + 8)
        expect([size, make(sampleTree(), everyAddition, size).detail]).toEqual([
          size,
          size < needed ? 'tree-room' : 'none',
        ]);
  }, 60_000);
});

/**
 * Of 2 MiB, the largest that are read. A reader that searches again for each range or node takes minutes or hours,
 * so that the test ends by its limit; one walk takes far less than a second.
 */
describe('what a tree reserves is found in one walk', () => {
  const many = 20_000;
  const properties = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, new Uint8Array()]));
  const reserved = (tree: Uint8Array): string => {
    expect(tree.length).toBeLessThanOrEqual(limits.treeMax.value);
    writeFileSync(`${folder}/reserved`, tree);
    return run(driver, 'reserved', `${folder}/reserved`).stdout.trim();
  };
  const below = (...nodes: readonly TreeNode[]) =>
    encodeTree({
      root: node(
        '',
        { '#address-cells': words(2), '#size-cells': words(2), ...properties(many) },
        node('reserved-memory', {}, ...nodes),
      ),
      reservations: [],
      bootCpu: 0,
    }).bytes;

  test('in one node, after many properties', () => {
    const reg = longs(...Array.from({ length: 2 * many }, (_, i) => BigInt(i)));
    const tree = below(node('one', { ...properties(many), reg }));
    expect(reserved(tree)).toBe(String(many));
  });

  test('in many nodes, each after many properties of the root', () => {
    const nodes = Array.from({ length: many }, (_, i) => node(`n${i}`, { reg: longs(1n, 1n) }));
    expect(reserved(below(...nodes))).toBe(String(many));
  });

  test('properties that share one long name are refused at the first', () => {
    const nodes = Array.from({ length: many }, (_, i) => node(`n${i}`, { last: words(1) }));
    const tree = below(...nodes);
    // The last of the strings is "last": it becomes longer.
    const longer = Buffer.concat([
      tree.subarray(0, -1),
      Buffer.alloc(1 << 19, 'x'),
      Buffer.alloc(1),
    ]);
    for (const at of [0x04, 0x20]) longer.writeUInt32BE(longer.readUInt32BE(at) + (1 << 19), at);
    expect(reserved(longer)).toBe('tree-structure');
  });

  test.each([
    [limits.treeNameMax.value - 1, '0'],
    [limits.treeNameMax.value, 'tree-structure'],
  ])('the name of a property has %s bytes: %s', (length, said) => {
    expect(
      reserved(sampleTree({ reservations: [], chosen: { ['x'.repeat(length)]: words(1) } })),
    ).toBe(said);
  });
});

/** What the driver says of each of these changes of a file. */
function verdicts(verb: 'check' | 'additions', file: Uint8Array, changes: readonly Change[]) {
  const path = `${folder}/${verb}`;
  writeFileSync(path, file);
  const input = changes.map((change) => `${change.flat().join(' ')}\n`).join('');
  const done = spawnSync(driver, [verb, path], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout.trim().split('\n');
}

type Change = readonly (readonly [at: number, value: number])[];

/** Every byte in turn, and some bytes together. */
function changesOf(file: Uint8Array): readonly Change[] {
  const values = [0, 1, 2, 3, 4, 9, 0x2f, 0x40, 0xff];
  const singles = [...file.keys()].flatMap((at) => values.map((value): Change => [[at, value]]));
  const some = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), {
    minLength: 2,
    maxLength: 5,
  });
  return [[], ...singles, ...fc.sample(some, 3000)];
}

const changed = (file: Uint8Array, change: Change): Uint8Array => {
  const bytes = Uint8Array.from(file);
  for (const [at, value] of change) bytes[at] = value;
  return bytes;
};

test('the loader and the tool refuse the same trees, for the same reason', () => {
  const tree = sampleTree({ nodes: [node('deep', {}, node('er', { x: words(1, 2) }))] });
  const changes = changesOf(tree);
  const said = verdicts('check', tree, changes);
  for (const [index, change] of changes.entries()) {
    const read = decodeTree(changed(tree, change));
    expect([change, said[index]]).toEqual([change, read.ok ? 'none' : read.fault]);
  }
  expect(new Set(said)).toEqual(new Set(['none', 'tree-header', 'tree-structure']));
}, 120_000);

test('and the same additions', () => {
  const additions = additionsOf(everyAddition);
  const changes = changesOf(additions);
  const said = verdicts('additions', additions, changes);
  for (const [index, change] of changes.entries())
    expect([change, said[index]]).toEqual([
      change,
      isAdditions(changed(additions, change)) ? '1' : '0',
    ]);
  expect(new Set(said)).toEqual(new Set(['0', '1']));
}, 120_000);
