import { action } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';

export const finalAction = profileKey('finalAction', {
  schema: action().default('reboot').meta({
    description: 'What the capture kernel does after the dump is saved.',
  }),
  settle: asWritten,
  problems: ['own-initramfs'],
});
