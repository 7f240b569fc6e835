/** Captures on riscv64 that are not in test/e2e. */
import { expect, test } from 'vitest';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { capture } from '../support/capture.ts';
import { withWorkFolder } from '../support/work-folder.ts';

test('panic-captures-vmcore: one hart', () =>
  withWorkFolder('riscv64-1', async (folder) => {
    const captured = await capture(folder, {
      name: 'riscv64-1',
      arch: 'riscv64',
      kernel: '6.12',
    });
    expect(complaintsAbout(captured.disk, { ...captured, cpus: 1 })).toEqual([]);
  }));
