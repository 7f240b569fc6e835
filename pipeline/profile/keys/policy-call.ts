import { those } from '../../arch/in-words.ts';
import { choice } from '../../schema/takes.ts';

/** In which call of purgatory a step is taken. */
export const inCall = () =>
  choice(['check', 'start', 'both'])
    .optional()
    .meta({
      description: `${those((rules) => rules.policyCalls.length > 1)}: in which of the two calls the step is taken: the crashed kernel asks whether the image is good (\`check\`), or has handed over (\`start\`).`,
      defaultText: '`both`; `check` for `return`',
      examples: ['start'],
    });
