/**
 * That the additions to a device tree have the form of such. docs/format.md, "Device tree". This code is the
 * tool's own, as loader/bundle/tree_rules.c and loader/tree/additions.c are the loader's.
 */
import { decodeTree, type TreeNode } from '../format/device-tree.ts';
import { limits } from '../format/limits.ts';
import type { SealFaultFound } from '../problem/seal-problem.ts';
import { type Bundle, loadedBytes } from './bundle.ts';
import type { Seal } from './seal-codec.ts';

/** What is to be done with the properties below it, by the name of the first level, and what their values are. */
const deeds: Readonly<Record<string, (value: Uint8Array) => boolean>> = {
  set: () => true,
  text: (value) => value.includes(0),
  ranges: isPairs,
  delete: (value) => value.length === 0,
  reserve: isPairs,
};

const pairSize = 16;

function isPairs(value: Uint8Array): boolean {
  return value.length % pairSize === 0 && value.length / pairSize <= limits.treeRangesMax.value;
}

function areGood(node: TreeNode, path: string, fits: (value: Uint8Array) => boolean): boolean {
  return (
    path.length < limits.treePathMax.value &&
    node.properties.every(({ value }) => fits(value)) &&
    node.nodes.every((child) => areGood(child, `${path}/${child.name}`, fits))
  );
}

export function isAdditions(bytes: Uint8Array): boolean {
  const read = decodeTree(bytes);
  if (!read.ok) return false;
  const { root } = read.value;
  return (
    root.name === '' &&
    root.properties.length === 0 &&
    root.nodes.every((node) => {
      const fits = Object.hasOwn(deeds, node.name) ? deeds[node.name] : undefined;
      return fits !== undefined && areGood(node, `/${node.name}`, fits);
    })
  );
}

/** Every fault; none for a good one. Before: the members are those of the seal. */
export const checkAdditions = (
  seal: Seal,
  bundle: Pick<Bundle, 'members'>,
): readonly SealFaultFound[] =>
  seal.live.flatMap(({ source, segment: segmentIndex, arg0, arg1 }, index) => {
    const segment = seal.segments[segmentIndex];
    if (source !== 'deviceTree' || segment === undefined) return [];
    const bytes = loadedBytes(bundle, segment).subarray(Number(arg0), Number(arg0 + arg1));
    return isAdditions(bytes) ? [] : [{ fault: 'tree-form' as const, index, found: {} }];
  });
