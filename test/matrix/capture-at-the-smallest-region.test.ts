/**
 * What `crashseal estimate` recommends for the drivers of each default profile saves a filtered dump 20 times of 20; and
 * how far below that a dump is still saved.
 * `make test-matrix TESTS=test/matrix/capture-at-the-smallest-region.test.ts`; out/capture-at-the-smallest-region.txt has
 * what was found.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startersOf } from '../../pipeline/arch/starter-list.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { EstimatedBundle } from '../support/estimated.ts';
import { roundsIn } from '../support/small-region.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rounds = 20;
/** For a row that boots thirty machines, on a host that has much else to do. */
const limitMs = 4 * 60 * 60_000;
/** MiB. */
const step = 2;

const rows = (['6.12', '6.1'] as const).flatMap((kernel) =>
  Object.entries(startersOf.x86_64.classes).map(([machine, { drivers }]) => ({
    kernel,
    machine,
    // The dump goes to a disk that this machine can make.
    drivers: [...new Set([...virtioDisk, ...drivers])],
  })),
);

test.each(rows)(
  'capture-at-the-smallest-region: $machine, $kernel',
  (row) =>
    withWorkFolder(`smallest-${row.machine}-${row.kernel}`, async (folder) => {
      const { kernel, machine, drivers } = row;
      const name = `smallest-${machine}-${kernel.replace('.', '-')}`;
      const profile = {
        initramfs: { from: 'composed', drivers },
        dump: { level: 31 },
      };
      const { estimate } = await EstimatedBundle.of(folder, { name, kernel, profile });
      const note = (text: string): void =>
        appendFileSync(
          join('out', 'capture-at-the-smallest-region.txt'),
          `${kernel} | ${machine} | ${text}\n`,
        );
      const savedIn = async (region: number, wanted: number): Promise<number> => {
        const scenario = { name: `${name}-${region}`, kernel, profile, region, plannedFor: '256M' };
        const found = await roundsIn(folder, { ...scenario, rounds: wanted });
        const saved = found.filter((one) => one.saved).length;
        note(`${region}M: ${saved} of ${wanted} saved`);
        return saved;
      };
      const { recommendedMiB } = estimate;
      expect(await savedIn(recommendedMiB, rounds)).toBe(rounds);
      let region = recommendedMiB - step;
      while ((await savedIn(region, 1)) === 1) region -= step;
      expect(region).toBeGreaterThan(recommendedMiB / 2);
    }),
  limitMs,
);
