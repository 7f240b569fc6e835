/**
 * A machine that reserves less than its bundle was built for: what does not suffice ends, and the machine comes back. The
 * kernel runs out of memory before it has a process, so that what ends it is its own panic and `panic=`.
 */
import { expect, test } from 'vitest';
import { examples } from '../support/examples.ts';
import { roundsIn } from '../support/small-region.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const rows = [
  { kernel: '6.1', region: 72 },
  { kernel: '6.12', region: 64 },
] as const;

test.each(examples(rows, 1))(
  'too-small-region-ends-in-failure-action: $kernel, $region MiB',
  ({ kernel, region }) =>
    withWorkFolder(`too-small-${kernel}`, async (folder) => {
      const [round] = await roundsIn(folder, {
        name: `too-small-${kernel.replace('.', '-')}`,
        kernel,
        region,
        plannedFor: '256M',
        rounds: 1,
      });
      expect(round?.saved).toBe(false);
      // It is the capture kernel that ended the machine, wherever memory ran out: while unpacking, or even before.
      expect(round?.console).toMatch(/out of memory|page allocation failure|oom-killer/i);
      expect(round?.console).toContain('Kernel panic - not syncing: ');
      expect(round?.console).toContain('Rebooting in 10 seconds');
      expect(round?.reason).toBe('guest-reset');
    }),
);
