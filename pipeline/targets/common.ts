/** What a profile may say of every kind of target. */
import { choice, whole } from '../schema/takes.ts';

export const commonKeys = {
  timeout: whole(1, 86400)
    .default(600)
    .meta({
      description:
        'Seconds that an attempt with this target may take, from looking for it to the end of the dump. Then the next target is tried.',
      examples: [300],
    }),
  what: choice(['vmcore', 'dmesg']).default('vmcore').meta({
    description:
      "What goes there: the dump with the kernel's log before it, or the log alone. After a target for the log the list goes on.",
  }),
};
