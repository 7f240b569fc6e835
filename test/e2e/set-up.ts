/** Before the first guest: what all of them need is fetched and unpacked once. */
import { testKernelTree } from '../support/kernel-tree.ts';

export async function setup(): Promise<void> {
  await testKernelTree('6.1');
  await testKernelTree('6.12');
}
