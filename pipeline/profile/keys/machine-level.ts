import { machineLevels } from '../../arch/arch.ts';
import { those } from '../../arch/in-words.ts';
import { choice } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';
import { existsOnArch } from './arch.ts';

export const machineLevel = profileKey('machineLevel', {
  schema: choice(machineLevels)
    .optional()
    .meta({
      description: `${those((rules) => rules.machineLevels.length > 0)}: the oldest machine that may load the bundle. A kernel whose configuration says that it was built for a newer one is refused.`,
      defaultText: 'any',
      examples: ['z14'],
    }),
  settle: asWritten,
  checks: [existsOnArch('machineLevel', (rules) => rules.machineLevels)],
  problems: ['not-on-arch'],
});
