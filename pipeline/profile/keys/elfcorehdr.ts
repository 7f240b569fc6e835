import type { CaptureChoices } from '../../arch/capture-choices.ts';
import { firstOnEach, onlyOn } from '../../arch/in-words.ts';
import { choice } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { existsOnArch, firstOf, rulesOf } from './arch.ts';

export const elfcorehdr = profileKey('elfcorehdr', {
  schema: choice(['passed', 'elf32', 'none'])
    .optional()
    .meta({
      description: `Whether the capture kernel is handed an ELF core header. \`none\`: it makes its own${onlyOn((rules) => rules.elfcorehdr.includes('none'))}; only old ones there take one. \`elf32\`: one of 32 bits${onlyOn((rules) => rules.elfcorehdr.includes('elf32'))}, for tools that know no other; the loader refuses a machine with memory above 4 GiB.`,
      defaultText: firstOnEach((rules) => rules.elfcorehdr),
      examples: ['passed'],
    }),
  settle: (asked, written): CaptureChoices['elfcorehdr'] =>
    firstOf(asked, rulesOf(written).elfcorehdr),
  checks: [existsOnArch('elfcorehdr', (rules) => rules.elfcorehdr)],
  problems: ['not-on-arch'],
});
