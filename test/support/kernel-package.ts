import { realHost } from '../../pipeline/host/real-host.ts';
import { readDeb, unpackDeb } from '../../pipeline/inputs/deb.ts';
import { runDepmod } from '../../pipeline/inputs/modules.ts';
import { must } from '../fixtures/results.ts';
import { type TestKernelName, testKernelDeb } from './kernels.ts';

/** Below out/, because everything built is; shared by test runs. */
export const testStore = 'out/test/store';

export type TestKernelTree = {
  /** Holds boot/ and lib/modules/, as below `/`, with depmod's indexes. */
  readonly root: string;
  readonly release: string;
};

/** A test kernel as it would lie on a machine that has it installed. */
export async function testKernelTree(name: TestKernelName): Promise<TestKernelTree> {
  const host = realHost();
  const { path, release } = await testKernelDeb(name);
  const deb = must(await readDeb(host, path, undefined));
  const { root } = must(
    await unpackDeb(host, testStore, 'test-kernel-1', deb, (folder) =>
      runDepmod(host, folder, release),
    ),
  );
  return { root: `${host.cwd()}/${root}`, release };
}
