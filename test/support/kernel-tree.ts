/** The test kernels as a machine has them: each package is unpacked once. */
import { join } from 'node:path';
import { type KernelTree, kernelTree } from '../../pipeline/guest/kernel-tree.ts';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import { type TestKernelName, testCache, testKernelDeb } from './kernels.ts';

/** The same trees for every run of one process. */
const trees = new Map<string, Promise<KernelTree>>();

/** The test kernel of that series, fetched and unpacked where it is not yet. */
export function testKernelTree(
  name: TestKernelName,
  arch: GuestArch = 'x86_64',
): Promise<KernelTree> {
  const key = `${arch} ${name}`;
  const known =
    trees.get(key) ??
    testKernelDeb(name, arch).then(({ path }) => kernelTree(path, join(testCache(), 'unpacked')));
  trees.set(key, known);
  return known;
}
