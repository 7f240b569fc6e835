import { those } from '../../arch/in-words.ts';
import { yesOrNo } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';
import { arch, notOnArch, rulesOf } from './arch.ts';

export const testing = profileKey('testing', {
  schema: yesOrNo()
    .default(false)
    .meta({
      description: `${those((rules) => rules.testing)}: **never for production.** Purgatory may IPL by DIAG 308 subcode 3, the only one that QEMU has; on a real machine that clears the memory that was to be dumped.`,
    }),
  settle: asWritten<boolean>,
  checks: [
    {
      with: [arch],
      find: (value, written) =>
        !value || rulesOf(written).testing
          ? []
          : [notOnArch(written, ['testing'], 'true', ['false'])],
    },
  ],
  problems: ['not-on-arch'],
});
