import { whole } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';

export const budget = profileKey('budget', {
  schema: whole(10, 604800)
    .default(1800)
    .meta({
      description:
        'Seconds that the capture kernel may take for all of its work. When they are over, the failure action is taken, whatever else is still going on.',
      examples: [900],
    }),
  settle: asWritten,
  problems: ['own-initramfs'],
});
