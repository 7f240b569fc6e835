import * as z from 'zod';
import { architectureOf } from '../../arch/arch.ts';
import {
  isOf,
  nameOf,
  neverInherited,
  removes,
  splitWords,
} from '../../arch/command-line-words.ts';
import type { Problem } from '../../problem/problem.ts';
import { text, word } from '../../schema/takes.ts';
import { profileKey, type Written } from '../key.ts';
import { againstKey } from '../word-against-key.ts';
import { arch, rulesOf } from './arch.ts';
import { failureAction } from './failure-action.ts';
import { initramfs } from './initramfs.ts';

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
            description: `A command line to inherit words from, usually the system kernel's. Left out are words ${neverInherited.map(({ about }) => about).join('; ')}.`,
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
      with: [arch, initramfs, failureAction],
      find: (rules, written) => {
        const appended = rules.append.map((word, index) => ({
          word,
          place: written.place('commandLine', 'append', index),
        }));
        const inherited = wordsInherited(rules, written).map((word) => ({
          word,
          place: written.place('commandLine', 'inherit'),
        }));
        return [...inherited, ...appended].flatMap(({ word, place }): readonly Problem[] => {
          const against = againstKey(word, written);
          return against === undefined
            ? []
            : [{ area: 'profile', kind: 'word-against-key', place, word, ...against }];
        });
      },
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
  problems: [
    'unknown-key',
    'own-word',
    'appended-and-removed',
    'word-against-key',
    'form-needs-word',
  ],
});

/** What comes over from the system kernel. */
function wordsInherited(
  {
    inherit = '',
    remove,
  }: { readonly inherit?: string | undefined; readonly remove: readonly string[] },
  written: Written,
): readonly string[] {
  const { neverInherited: families } = architectureOf(written.of(arch)).commandLine;
  return (splitWords(inherit) ?? []).filter(
    (word) =>
      !remove.some((rule) => removes(rule, word)) && !families.some((family) => isOf(family, word)),
  );
}
