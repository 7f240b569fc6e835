/** What no digest shows: this bundle is sealed and signed, and its capture kernel cannot reach its disk. */
import { expect, test } from 'vitest';
import { tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('test-crash-fails-without-its-driver', () =>
  withWorkFolder('test-crash-driver', async (folder) => {
    const { exitCode, proof, wrong } = await tryBundle(
      folder,
      {
        name: 'test-crash-driver',
        kernel: '6.1',
        profile: {
          target: { kind: 'raw', device: 'SERIAL=crashdump', waitSeconds: 2 },
          initramfs: { from: 'composed', compression: 'none', drivers: ['virtio_pci'] },
        },
      },
      ['--quick'],
    );
    expect([exitCode, proof.outcome]).toEqual([1, 'failed']);
    expect(wrong.join('\n')).toMatch(/crashdump/);
  }));
