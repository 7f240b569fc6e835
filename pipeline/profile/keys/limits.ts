import * as z from 'zod';
import { text, whole } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { arch, notOnArch, rulesOf, wordsOf } from './arch.ts';

type Settled = {
  readonly cpus: number;
  readonly memoryRanges: number;
  /** Bytes; none: as many as machines usually need. */
  readonly deviceTree?: bigint;
};

export const limits = profileKey('limits', {
  schema: z
    .strictObject(
      {
        cpus: whole(1, 8192).default(512).meta({
          description:
            'CPUs that the machine may have; each takes 56 bytes of the ELF core header.',
        }),
        deviceTree: text(
          'a size from 16K to 2M such as "256K"',
          /^(1[6-9]|[2-9][0-9]|[1-9][0-9]{2}|1[0-9]{3}|20[0-3][0-9]|204[0-8])K$|^[12]M$/,
        )
          .optional()
          .meta({
            description:
              "Room for the device tree of the capture kernel, which is the machine's with a little more. Only where there is one.",
            defaultText: '256K',
          }),
        memoryRanges: whole(1, 4096).default(128).meta({
          description: 'Ranges of System RAM that the machine may have, hot-plugged ones included.',
        }),
      },
      { error: 'a map' },
    )
    .prefault({})
    .meta({
      description:
        'Slots of the ELF core header template, and what else a bundle has room for. A machine with more is refused when it loads the bundle.',
    }),
  settle: ({ deviceTree, ...slots }): Settled =>
    deviceTree === undefined
      ? slots
      : {
          ...slots,
          deviceTree: BigInt(deviceTree.slice(0, -1)) << (deviceTree.endsWith('M') ? 20n : 10n),
        },
  checks: [
    {
      with: [arch],
      find: ({ deviceTree }, written) =>
        deviceTree === undefined || wordsOf(rulesOf(written).memoryMaps).includes('deviceTree')
          ? []
          : [notOnArch(written, ['limits', 'deviceTree'], deviceTree, [])],
    },
  ],
  problems: ['unknown-key', 'not-on-arch'],
});
