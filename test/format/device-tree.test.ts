import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DeviceTree,
  decodeTree,
  encodeTree,
  nodeAt,
  propertyOf,
  type TreeNode,
} from '../../pipeline/format/device-tree.ts';
import { limits } from '../../pipeline/format/limits.ts';
import { longs, node, sampleTree, text, words } from '../fixtures/sample-tree.ts';

const decoded = (bytes: Uint8Array): DeviceTree => {
  const read = decodeTree(bytes);
  if (!read.ok) throw new Error(read.fault);
  return read.value;
};

const name = fc
  .string({ unit: fc.constantFrom(...'abcxyz019,._+-#?'), minLength: 1, maxLength: 12 })
  // dtc wants a name that begins with a letter to be a node's.
  .map((end) => `n${end.replaceAll('#', '').replaceAll('?', '')}`);

const anyNode = (depth: number): fc.Arbitrary<TreeNode> =>
  fc.record({
    name,
    properties: fc.uniqueArray(fc.record({ name, value: fc.uint8Array({ maxLength: 20 }) }), {
      selector: ({ name: key }) => key,
      maxLength: 4,
    }),
    nodes:
      depth === 0
        ? fc.constant([])
        : fc.uniqueArray(anyNode(depth - 1), { selector: ({ name: key }) => key, maxLength: 3 }),
  });

const anyTree: fc.Arbitrary<DeviceTree> = fc.record({
  root: anyNode(3).map((root) => ({ ...root, name: '' })),
  reservations: fc.array(
    fc.record({
      start: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      size: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
    }),
    { maxLength: 3 },
  ),
  bootCpu: fc.nat(),
});

/** dtc's own reading and writing of a tree, without sorting or padding. */
function throughDtc(bytes: Uint8Array): Uint8Array {
  const run = (input: Uint8Array, from: string, to: string): Uint8Array => {
    const done = spawnSync('dtc', ['-q', '-q', '-I', from, '-O', to, '-'], { input });
    if (done.status !== 0) throw new Error(`dtc: ${done.stderr}`);
    return Uint8Array.from(done.stdout);
  };
  return run(run(bytes, 'dtb', 'dts'), 'dts', 'dtb');
}

describe('what is written is read again', () => {
  test('by this tool', () => {
    fc.assert(
      fc.property(anyTree, (tree) => void expect(decoded(encodeTree(tree).bytes)).toEqual(tree)),
    );
  });
  test('by dtc, whose own writing means the same', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        // Its text does not say which CPU boots.
        expect(decoded(throughDtc(encodeTree(tree).bytes))).toEqual({ ...tree, bootCpu: 0 });
      }),
      { numRuns: 25 },
    );
  });
});

test('a property is where it is said to be', () => {
  const root = node('', {}, node('a', { x: words(1) }, node('b', { x: longs(7n) })));
  const { bytes, placeOf } = encodeTree({ root, reservations: [], bootCpu: 0 });
  const view = new DataView(bytes.buffer);
  expect(view.getUint32(placeOf('/a/x'))).toBe(1);
  expect(view.getBigUint64(placeOf('/a/b/x'))).toBe(7n);
  expect(() => placeOf('/a/y')).toThrow();
});

test('a node and a property are found by path and name', () => {
  const tree = decoded(sampleTree());
  expect(propertyOf(nodeAt(tree, '/psci'), 'method')).toEqual(text('hvc'));
  expect(propertyOf(nodeAt(tree, ''), '#size-cells')).toEqual(words(2));
  expect(nodeAt(tree, '/psci/x')).toBeUndefined();
});

/** The sample with one word of its header, or of its structure, another. */
function changed(at: number | 'structure', value: number): Uint8Array {
  const bytes = Uint8Array.from(sampleTree());
  const view = new DataView(bytes.buffer);
  view.setUint32(at === 'structure' ? view.getUint32(8) : at, value);
  return bytes;
}

test.each([
  ['empty', new Uint8Array(), 'tree-header'],
  ['without its magic', changed(0, 0), 'tree-header'],
  ['cut', sampleTree().subarray(0, -1), 'tree-header'],
  ['of version 16', changed(0x14, 16), 'tree-header'],
  ['of a version that only later readers know', changed(0x18, 18), 'tree-header'],
  ['with its structure outside', changed(0x08, 0xffff_fffc), 'tree-header'],
  ['with strings outside', changed(0x20, 0xffff_ffff), 'tree-header'],
  ['with reservations without an end', changed(0x10, sampleTree().length & ~7), 'tree-header'],
  ['that begins with a property', changed('structure', 3), 'tree-structure'],
  ['that begins with its end', changed('structure', 9), 'tree-structure'],
  ['of an unknown token', changed('structure', 5), 'tree-structure'],
  ['whose structure is cut', changed(0x24, 16), 'tree-structure'],
  ['without strings', changed(0x20, 0), 'tree-structure'],
])('a tree %s is refused', (_, bytes, fault) => {
  expect(decodeTree(bytes)).toEqual({ ok: false, fault });
});

test('nodes lie in one another as deep as Linux reads, and no deeper', () => {
  const deep = (count: number): TreeNode => {
    let inner = node('n', {});
    for (let i = 2; i < count; i++) inner = node('n', {}, inner);
    return node('', {}, inner);
  };
  const tree = (count: number) =>
    decodeTree(encodeTree({ root: deep(count), reservations: [], bootCpu: 0 }).bytes);
  expect(tree(limits.treeDepthMax.value).ok).toBe(true);
  expect(tree(limits.treeDepthMax.value + 1)).toEqual({ ok: false, fault: 'tree-structure' });
});

test('the name of a property has a limit', () => {
  const tree = (length: number) =>
    decodeTree(sampleTree({ chosen: { ['x'.repeat(length)]: words(1) } }));
  expect(tree(limits.treeNameMax.value - 1).ok).toBe(true);
  expect(tree(limits.treeNameMax.value)).toEqual({ ok: false, fault: 'tree-structure' });
});

test('any bytes are a tree or are refused', () => {
  const sample = sampleTree();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      (changes) => {
        const bytes = Uint8Array.from(sample);
        for (const [at, value] of changes) bytes[at] = value;
        const read = decodeTree(bytes);
        expect(read.ok || /^tree-(header|structure)$/.test(read.fault)).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});
