import { z } from 'zod';
import { nameOf } from '../../arch/command-line-words.ts';
import type { Problem } from '../../problem/problem.ts';
import { text, word } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { arch, rulesOf } from './arch.ts';

export type CommandLineRules = {
  /** A command line to inherit words from (the system kernel's), cleaned of what must not reach a capture kernel. */
  readonly inherit: string | undefined;
  readonly append: readonly string[];
  /** Words (or `name=` prefixes) dropped from what is inherited or from our defaults. */
  readonly remove: readonly string[];
};

export const commandLine = profileKey('commandLine', {
  schema: z
    .strictObject(
      {
        inherit: text("a kernel command line, such as the system kernel's")
          .optional()
          .meta({
            description:
              "A command line to inherit words from, usually the system kernel's. Words that must not reach a capture kernel are left out.",
            defaultText: 'nothing is inherited',
            examples: ['root=/dev/vda1 ro intel_iommu=on'],
          }),
        append: z
          .array(word('a word such as `irqpoll` or `name="a b"`'), { error: 'a list of words' })
          .default([])
          .meta({
            description: 'Words after our own defaults; a later word wins over an earlier one.',
            examples: [['irqpoll', 'mce=off']],
          }),
        remove: z
          .array(word('a word such as `quiet`, or `name=`'), { error: 'a list of words' })
          .default([])
          .meta({
            description:
              'Words dropped from what is inherited and from our defaults. `name=` drops it with every value.',
            examples: [['quiet', 'hugepages=']],
          }),
      },
      { error: 'a map' },
    )
    .prefault({})
    .meta({
      description:
        "The capture kernel's command line: sane defaults for the architecture, plus what stands here.",
    }),
  settle: ({ inherit, append, remove }): CommandLineRules => ({ inherit, append, remove }),
  checks: [
    {
      with: [arch],
      find: ({ append }, written) =>
        append.flatMap((appended, index): readonly Problem[] => {
          const instead = rulesOf(written).loaderWords[nameOf(appended)];
          return instead === undefined
            ? []
            : [
                {
                  area: 'profile',
                  kind: 'own-word',
                  place: written.place('commandLine', 'append', index),
                  word: appended,
                  instead,
                },
              ];
        }),
    },
    {
      with: [],
      find: ({ append, remove }, { place }) =>
        append.flatMap((appended, index): readonly Problem[] => {
          const removed = remove.indexOf(appended);
          return removed < 0
            ? []
            : [
                {
                  area: 'profile',
                  kind: 'appended-and-removed',
                  place: place('commandLine', 'append', index),
                  word: appended,
                  removedAt: place('commandLine', 'remove', removed),
                },
              ];
        }),
    },
  ],
  problems: ['unknown-key', 'own-word', 'appended-and-removed', 'form-needs-word'],
});

/** Whether an entry of `remove` drops a word: `name=` drops it with every value. */
export const covers = (removed: string, word: string): boolean =>
  removed === word || (removed.endsWith('=') && word.startsWith(removed));
