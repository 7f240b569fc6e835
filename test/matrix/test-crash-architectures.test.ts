/** A good bundle of each architecture passes its first panic. `make test-matrix TESTS=test/matrix/test-crash-architectures.test.ts` */
import { expect, test } from 'vitest';
import { tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test.each(['arm64', 'riscv64', 'i386'] as const)('test-crash passes a good bundle: %s', (arch) =>
  withWorkFolder(`test-crash-${arch}`, async (folder) => {
    const name = `test-crash-${arch}`;
    const kernel = arch === 'i386' ? '6.1' : '6.12';
    const { proof, wrong } = await tryBundle(folder, { name, arch, kernel }, ['--quick']);
    expect(wrong).toEqual([]);
    expect(proof.outcome).toBe('passed');
  }),
);
