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
  nodeAt,
  propertyOf,
} from '../../pipeline/format/device-tree.ts';
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
