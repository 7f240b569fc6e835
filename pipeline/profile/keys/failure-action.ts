import { action } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';

export const failureAction = profileKey('failureAction', {
  schema: action().default('reboot').meta({
    description: 'What it does when the dump cannot be saved.',
  }),
  settle: asWritten,
  problems: ['own-initramfs'],
});
