import * as z from 'zod';
import { path } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';

export const extendedFiles = 'the path of a profile, or a list of them';

/** Read before all other keys (profile.ts): what stands there is merged by the time that this is checked. */
export const extended = profileKey('extends', {
  schema: z
    .union([path('a profile'), z.array(path('a profile'), { error: 'a list of paths' })], {
      error: extendedFiles,
    })
    .optional()
    .meta({
      description:
        'Files whose settings are shared; a later one wins over an earlier one, this file over all.',
      examples: ['common.yaml'],
    }),
  settle: () => undefined,
  problems: ['no-file', 'extends-cycle', 'extends-too-many'],
});
