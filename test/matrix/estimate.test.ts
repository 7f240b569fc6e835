/**
 * What is recommended is enough 20 times of 20, and a fifth less than the smallest never.
 * `make test-matrix TESTS=test/matrix/estimate.test.ts`; out/estimate.txt has what was found.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { EstimatedBundle } from '../support/estimated.ts';
import { testSystems } from '../support/systems/systems.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rounds = 20;
/** For a row that boots thirty machines, on a host that has much else to do. */
const limitMs = 4 * 60 * 60_000;
const fewer = 5;

test.each([
  ['x86_64', '6.1'],
  ['x86_64', '6.12'],
  ['arm64', '6.1'],
  ['arm64', '6.12'],
] as const)(
  'estimate is right: %s, %s',
  (arch, kernel) =>
    withWorkFolder('estimate', async (folder) => {
      const name = `estimate-${arch}-${kernel}`;
      const bundle = await EstimatedBundle.of(folder, {
        name,
        arch,
        kernel,
        profile: {
          initramfs: { from: 'composed', compression: 'none', drivers: virtioDisk },
          // Where makedumpfile does not know the kernel's addresses, memory is saved as it is.
          dump: testSystems[arch].kernels[kernel]?.withoutMakedumpfile
            ? { format: 'elf' }
            : { level: 31 },
        },
      });
      const { smallestMiB, recommendedMiB } = bundle.estimate;
      const tooSmall = Math.floor(smallestMiB * 0.8);
      const note = (text: string): void =>
        appendFileSync(join('out', 'estimate.txt'), `${name} | ${text}\n`);
      note(`smallest ${smallestMiB}, recommended ${recommendedMiB}`);
      let [saved, lost] = [0, 0];
      for (let round = 0; round < rounds; round += 1) {
        if (await bundle.captureIn(recommendedMiB)) saved += 1;
        note(`${recommendedMiB}M: ${saved} of ${round + 1} saved`);
      }
      for (let round = 0; round < fewer; round += 1) {
        if (!(await bundle.captureIn(tooSmall))) lost += 1;
        note(`${tooSmall}M: ${lost} of ${round + 1} not saved`);
      }
      expect([saved, lost]).toEqual([rounds, fewer]);
    }),
  limitMs,
);

test('a machine that is too large to be made: growth is measured between two smaller ones', () =>
  withWorkFolder('estimate', async (folder) => {
    const { estimate } = await EstimatedBundle.of(
      folder,
      { name: 'estimate-growth', kernel: '6.12', profile: { dump: { level: 31 } } },
      ['--memory', '1048576'],
    );
    const { growth, smallestMiB, recommendedMiB } = estimate;
    expect(growth).toMatchObject({ memoryMiB: 1_048_576, marginPercent: 50 });
    expect(growth?.perGiB).toBeGreaterThanOrEqual(64);
    // Two bitmaps of 32 MiB, and half of it again, on top of what saving takes.
    expect(smallestMiB).toBeGreaterThan(120);
    expect(recommendedMiB).toBeGreaterThan(smallestMiB);
  }));
