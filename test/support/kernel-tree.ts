/** The test kernels as a machine has them: each package is unpacked once. */
import { join } from 'node:path';
import { type KernelTree, kernelTree } from '../../pipeline/guest/kernel-tree.ts';
import { type TestKernelName, testCache, testKernelDeb } from './kernels.ts';

/** The same trees for every run of one process. */
const trees = new Map<TestKernelName, Promise<KernelTree>>();

/** The test kernel of that series, fetched and unpacked where it is not yet. */
export function testKernelTree(name: TestKernelName): Promise<KernelTree> {
  const known =
    trees.get(name) ??
    testKernelDeb(name).then(({ path }) => kernelTree(path, join(testCache(), 'unpacked')));
  trees.set(name, known);
  return known;
}
