/** Before the first guest: what all of them need is made once, as the files of tests run side by side. */
import { join } from 'node:path';
import { developmentKeys } from '../support/crashseal.ts';
import { testKernelTree } from '../support/kernel-tree.ts';

export async function setup(): Promise<void> {
  developmentKeys(join('out', 'e2e'));
  await testKernelTree('6.1');
  await testKernelTree('6.12');
}
