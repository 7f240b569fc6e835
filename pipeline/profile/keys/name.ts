import { text } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';

export const name = profileKey('name', {
  schema: text(
    'a name of at most 63 lower-case letters, digits, ".", "_" and "-"',
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
  ).meta({
    description: 'Name of the profile: in file names, in the seal and in messages.',
    examples: ['cloud-guest'],
  }),
  settle: asWritten,
  problems: ['same-name-twice'],
  standIn: 'x',
});
