/** A good bundle of each architecture passes its first panic. `make test-matrix TESTS=test/matrix/test-crash-architectures.test.ts` */
import { expect, test } from 'vitest';
import { s390xKernel } from '../support/s390x/kernels.ts';
import { tryBundle, tryProfile } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test.each(['arm64', 'riscv64', 'i386', 'ppc64le'] as const)(
  'test-crash passes a good bundle: %s',
  (arch) =>
    withWorkFolder(`test-crash-${arch}`, async (folder) => {
      const name = `test-crash-${arch}`;
      // makedumpfile finds no log in the memory of arm64's 6.12, and there is no 6.1 for riscv64.
      const kernel = arch === 'riscv64' ? '6.12' : '6.1';
      const { proof, wrong } = await tryBundle(folder, { name, arch, kernel }, ['--quick']);
      expect(wrong).toEqual([]);
      expect(proof.outcome).toBe('passed');
    }),
);

test('test-crash passes a good bundle: s390x, whose kernel comes from no package', () =>
  withWorkFolder('test-crash-s390x', async (folder) => {
    const { image } = await s390xKernel('6.1');
    const profile = {
      name: 'test-crash-s390x',
      arch: 's390x',
      kernel: { from: 'files', image },
      crashkernel: '192M',
      target: { kind: 'raw', device: 'SERIAL=crashdump' },
      tools: { from: 'apt' },
      initramfs: { from: 'composed', compression: 'none', drivers: [] },
      dump: { format: 'elf' },
      console: 'sclp',
      finalAction: 'poweroff',
      failureAction: 'halt',
    };
    const { proof, wrong } = tryProfile(folder, profile, ['--quick', '--kernel', image]);
    expect(wrong).toEqual([]);
    expect(proof.outcome).toBe('passed');
  }));
