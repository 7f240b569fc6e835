import { text } from '../../schema/takes.ts';
import { readDate } from '../../units/time.ts';
import { profileKey } from '../key.ts';

const never = 'never';

/** A date lasts to its end. */
const lastOf = (value: string): number | undefined => readDate(value, 'end');

export const notAfter = profileKey('notAfter', {
  schema: text(
    'a date such as "2027-12-31", a time such as "2027-12-31T18:00:00Z", or `never`',
    /^(never|\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?)$/,
  )
    .refine((value) => value === never || lastOf(value) !== undefined, {
      error: 'a date of the calendar',
    })
    .default(never)
    .meta({
      description:
        'The last moment at which the bundle may be loaded. A date lasts to its end, in UTC.',
      examples: ['2027-12-31'],
    }),
  /** Seconds since 1970; undefined: without an end. */
  settle: (value): number | undefined => (value === never ? undefined : lastOf(value)),
});
