import * as z from 'zod';
import type { Problem } from '../../problem/problem.ts';
import { text } from '../../schema/takes.ts';
import { type Reservation, reservationOf } from '../crashkernel.ts';
import { profileKey } from '../key.ts';
import { arch, rulesOf } from './arch.ts';

/** Blanks are refused by the reader of options, who knows what was meant. */
const option = () => text('text such as "256M"', /\S/);

const optionsOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

export const crashkernel = profileKey('crashkernel', {
  schema: z
    .union(
      [
        option(),
        z
          .array(option(), { error: 'a list of texts such as "256M,high"' })
          .min(1, { error: 'at least one text such as "256M"' }),
      ],
      { error: 'text such as "256M", or a list of such' },
    )
    .meta({
      description:
        'What the system kernel reserves: the text after `crashkernel=`, or a list with one text for each such option. All forms of the kernel: `SIZE[@OFFSET]`, `START-[END]:SIZE[,…][@OFFSET]`, `SIZE,high`, `SIZE,low`. The bundle must fit the smallest region these can give.',
      examples: ['256M', '2G-16G:192M,16G-:256M', ['512M,high', '128M,low']],
    }),
  settle: (value, written): Reservation => {
    const { reservation } = reservationOf(optionsOf(value), rulesOf(written).crashkernel);
    if (reservation === undefined) throw new Error('crashkernel= was to be checked before');
    return reservation;
  },
  checks: [
    {
      with: [arch],
      find: (value, written) => {
        const options = optionsOf(value);
        return reservationOf(options, rulesOf(written).crashkernel).mistakes.map(
          ({ index, mistake }): Problem => ({
            area: 'profile',
            kind: 'crashkernel',
            place: written.place('crashkernel', index),
            option: options[index] ?? '',
            mistake,
          }),
        );
      },
    },
  ],
  problems: ['crashkernel'],
  standIn: '256M',
});
