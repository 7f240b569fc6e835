/**
 * How little suffices, with the defaults: a filtered dump of a machine of 1 GiB. Rounds and other profiles:
 * test/matrix/capture-at-the-smallest-region.test.ts.
 */
import { expect, test } from 'vitest';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { examples } from '../support/examples.ts';
import { roundsIn } from '../support/small-region.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rows = [
  { kernel: '6.12', region: 74 },
  { kernel: '6.1', region: 82 },
] as const;

test.each(examples(rows, 1))(
  'capture-at-the-smallest-region: $kernel, $region MiB',
  ({ kernel, region }) =>
    withWorkFolder(`smallest-${kernel}`, async (folder) => {
      const rounds = await roundsIn(folder, {
        name: `smallest-${kernel.replace('.', '-')}`,
        kernel,
        region,
        rounds: 2,
        profile: { initramfs: { from: 'composed', drivers: virtioDisk } },
      });
      expect(rounds.map(({ reason, saved }) => ({ reason, saved }))).toEqual(
        rounds.map(() => ({ reason: 'guest-shutdown', saved: true })),
      );
      expect(rounds.length).toBe(2);
    }),
);
