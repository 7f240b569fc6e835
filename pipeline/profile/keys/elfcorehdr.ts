import type { CaptureChoices } from '../../arch/capture-choices.ts';
import { firstOnEach, onlyOn } from '../../arch/in-words.ts';
import { choice } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { existsOnArch, firstOf, rulesOf } from './arch.ts';

export const elfcorehdr = profileKey('elfcorehdr', {
  schema: choice(['passed', 'none'])
    .optional()
    .meta({
      description: `Whether the capture kernel is handed an ELF core header. \`none\`: it makes its own${onlyOn((rules) => rules.elfcorehdr.includes('none'))}; only old ones there take one.`,
      defaultText: firstOnEach((rules) => rules.elfcorehdr),
      examples: ['passed'],
    }),
  settle: (asked, written): CaptureChoices['elfcorehdr'] =>
    firstOf(asked, rulesOf(written).elfcorehdr),
  checks: [existsOnArch('elfcorehdr', (rules) => rules.elfcorehdr)],
  problems: ['not-on-arch'],
});
