/** The step `vmcmd` of `onCorruption`: give z/VM's CP commands, as dumpconf's ON_PANIC=vmcmd has the kernel do. */
import * as z from 'zod';
import type { VmcmdStep } from '../../arch/policy-step.ts';
import { commandBytesMaximum, commandsMaximum } from '../../format/cp-commands.ts';
import { showFound } from '../../schema/show-found.ts';
import { shape } from '../../schema/takes.ts';
import type { At } from '../at.ts';
import { inCall } from './policy-call.ts';

export const vmcmdStepSchema = z.strictObject({
  step: shape('vmcmd'),
  commands: z
    .array(z.string({ error: 'text' }), {
      error: 'a list of CP commands such as ["VMDUMP", "IPL 4711"]',
    })
    .min(1, { error: 'at least one command' })
    .max(commandsMaximum, { error: `at most ${commandsMaximum} commands` })
    .optional()
    .meta({
      description: `Commands for CP, one after the other; together at most ${commandBytesMaximum} characters, line ends among them. CP takes commands in capital letters alone.`,
      defaultText:
        'what `/sys/firmware/vmcmd/on_panic` holds when the bundle is loaded, which is refused where that file does not exist or is empty',
      examples: [['MESSAGE OPERATOR dump of LINUX1', 'VMDUMP', 'IPL 4711']],
    }),
  in: inCall(),
});

/** Printable, and the command itself without small letters. */
export const commandForm = /^[!-`{-~]+( [ -~]*)?$/;
export const commandFormWords = 'printable ASCII that begins with a command in capital letters';

export type CommandMistake =
  | { readonly kind: 'text-characters'; readonly found: string; readonly allowed: string }
  | { readonly kind: 'text-too-long'; readonly length: number; readonly maximum: number };

/** What is wrong with the commands of a step: by their number, and with all of them. */
export function commandMistakes(
  commands: readonly string[],
): readonly { readonly index: number | undefined; readonly mistake: CommandMistake }[] {
  const odd = [...commands.entries()].filter(([, command]) => !commandForm.test(command));
  const { length } = commands.join('\n');
  return [
    ...odd.map(([index, command]) => ({
      index,
      mistake: {
        kind: 'text-characters' as const,
        found: showFound(command),
        allowed: commandFormWords,
      },
    })),
    ...(length <= commandBytesMaximum
      ? []
      : [
          {
            index: undefined,
            mistake: { kind: 'text-too-long' as const, length, maximum: commandBytesMaximum },
          },
        ]),
  ];
}

/** Tells `at.report` of everything that is wrong. */
export function settleVmcmdStep(commands: readonly string[] | undefined, at: At): VmcmdStep {
  for (const { index, mistake } of commandMistakes(commands ?? [])) {
    const path = index === undefined ? ['commands'] : ['commands', index];
    at.report({ ...mistake, place: at.place(...path), key: at.key(...path) });
  }
  return { kind: 'vmcmd', commands };
}
