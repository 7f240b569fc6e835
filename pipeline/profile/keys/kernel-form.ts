import { type KernelForm, kernelForms } from '../../arch/arch.ts';
import { removes } from '../../arch/command-line-words.ts';
import { firstOnEach, meanings } from '../../arch/in-words.ts';
import { choice } from '../../schema/takes.ts';
import { profileKey, type Written } from '../key.ts';
import { arch, existsOnArch, firstOf, rulesOf, wordsOf } from './arch.ts';
import { backend, doneBySegments } from './backend.ts';
import { commandLine } from './command-line.ts';

export const kernelForm = profileKey('kernelForm', {
  schema: choice(kernelForms)
    .optional()
    .meta({
      description: `How the capture kernel is packed and entered. ${meanings((rules) => rules.kernelForms)}`,
      defaultText: `${firstOnEach((rules) => rules.kernelForms)}; where it cannot be, the next one of the architecture`,
      examples: ['compressed'],
    }),
  settle: formOf,
  checks: [
    existsOnArch('kernelForm', (rules) => wordsOf(rules.kernelForms)),
    doneBySegments('kernelForm', (rules) => rules.kernelForms),
    {
      with: [arch, commandLine, backend],
      find: (asked, written) => {
        const form = formOf(asked, written);
        const needs = rulesOf(written).kernelForms[form]?.needsWord;
        const { remove } = written.of(commandLine);
        const index =
          needs === undefined ? -1 : remove.findIndex((one) => removes(one, needs.word));
        return needs === undefined || index < 0
          ? []
          : [
              {
                area: 'profile',
                kind: 'form-needs-word',
                place: written.place('commandLine', 'remove', index),
                ...needs,
                form,
                formPlace: written.place('kernelForm'),
              },
            ];
      },
    },
  ],
  problems: ['not-on-arch', 'form-needs-word', 'needs-segments'],
});

/** What is asked for, else the first form that backend and command line allow. */
function formOf(asked: KernelForm | undefined, written: Written): KernelForm {
  const rules = rulesOf(written);
  const segments = written.of(backend) === 'segments';
  const { remove } = written.of(commandLine);
  const own = wordsOf<KernelForm>(rules.kernelForms);
  const possible = own.filter((form) => {
    const { needsWord, needsSegments } = rules.kernelForms[form] ?? {};
    const hasWord = needsWord === undefined || !remove.some((one) => removes(one, needsWord.word));
    return hasWord && (segments || needsSegments === undefined);
  });
  return firstOf(asked, [...possible, ...own]);
}
