import * as z from 'zod';
import { text } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';

/** Becomes match rules (match.ts). */
export const systemKernel = profileKey('systemKernel', {
  schema: z
    .strictObject(
      {
        release: text('a kernel release such as 6.12.48, or its start and `*`', /^(?!\*)[!-~]+$/)
          .optional()
          .meta({
            description: 'What `uname -r` says; with `*` at the end, what it starts with.',
            examples: ['6.12.*'],
          }),
        buildId: text('a GNU build id, 40 lower-case hex digits', /^[0-9a-f]{40}$/)
          .optional()
          .meta({
            description: 'The build id in `/sys/kernel/notes`.',
            examples: ['5b0e2c1f7a7f4d0c8a1d5b0e2c1f7a7f4d0c8a1d'],
          }),
      },
      { error: 'a map with `release`, `buildId` or both' },
    )
    .default({})
    .meta({
      description:
        'Which kernel must be running, the one that may panic; the loader refuses the bundle under any other. Without it any kernel is taken.',
      examples: [{ release: '6.12.*' }],
    }),
  settle: () => undefined,
});
