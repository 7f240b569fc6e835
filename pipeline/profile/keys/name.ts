import { text } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';
import { profileName } from '../profile-name.ts';

export const name = profileKey('name', {
  schema: text(`a name of ${profileName.what}`, profileName.form).meta({
    description: 'Name of the profile: in file names, in the seal and in messages.',
    examples: ['cloud-guest'],
  }),
  settle: asWritten,
  problems: ['same-name-twice'],
  standIn: 'x',
});
