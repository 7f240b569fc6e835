import { z } from 'zod';
import { whole } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';

export const limits = profileKey('limits', {
  schema: z
    .strictObject(
      {
        cpus: whole(1, 8192).default(512).meta({
          description:
            'CPUs that the machine may have; each takes 56 bytes of the ELF core header.',
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
        'Slots of the ELF core header template. A machine with more is refused when it loads the bundle.',
    }),
  settle: asWritten,
  problems: ['unknown-key'],
});
