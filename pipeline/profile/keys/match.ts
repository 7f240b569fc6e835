import * as z from 'zod';
import type { Problem } from '../../problem/problem.ts';
import { text, yesOrNo } from '../../schema/takes.ts';
import { profileKey, type Written } from '../key.ts';
import { systemKernel } from './system-kernel.ts';

export type MatchRule = {
  /** Below the root, no leading slash: `sys/class/dmi/id/product_name`. */
  readonly file: string;
  readonly test:
    | { readonly kind: 'equals' | 'prefix' | 'buildId'; readonly value: string }
    | { readonly kind: 'present' | 'absent' };
};

const line = () => text('one line of text').optional();

export const match = profileKey('match', {
  schema: z
    .array(
      z.strictObject(
        {
          file: text(
            'the absolute path of a file, without `..`',
            /^(?!.*(?:^|\/)\.\.(?:\/|$))\/?[^\s/][^\n]*$/,
          ).meta({
            description: 'File of the machine; its first line is looked at.',
            examples: ['/sys/class/dmi/id/product_name'],
          }),
          equals: line().meta({
            description: 'The first line is exactly this.',
            examples: ['PowerEdge R760'],
          }),
          prefix: line().meta({
            description: 'The first line starts with this.',
            examples: ['PowerEdge'],
          }),
          exists: yesOrNo()
            .optional()
            .meta({
              description: 'The file is there, or is not.',
              examples: [true],
            }),
        },
        { error: 'a map with `file` and one of `equals`, `prefix`, `exists`' },
      ),
      { error: 'a list of rules' },
    )
    .max(64, { error: 'at most 64 rules' })
    .default([])
    .meta({
      description:
        'What must be true of a machine; the loader refuses the bundle anywhere else. All rules must hold.',
      examples: [[{ file: '/sys/class/dmi/id/sys_vendor', equals: 'QEMU' }]],
    }),
  settle: (rules, written): readonly MatchRule[] => [
    ...rules.map((rule): MatchRule => {
      const file = rule.file.replace(/^\/+/, '');
      if (rule.equals !== undefined) return { file, test: { kind: 'equals', value: rule.equals } };
      if (rule.prefix !== undefined) return { file, test: { kind: 'prefix', value: rule.prefix } };
      return { file, test: { kind: rule.exists === false ? 'absent' : 'present' } };
    }),
    ...systemKernelRules(written),
  ],
  checks: [
    {
      with: [],
      find: (rules, { place }) =>
        rules.flatMap((rule, index): readonly Problem[] => {
          const tests = (['equals', 'prefix', 'exists'] as const).filter(
            (test) => rule[test] !== undefined,
          );
          return tests.length === 1
            ? []
            : [{ area: 'profile', kind: 'match-tests', place: place('match', index), tests }];
        }),
    },
  ],
  problems: ['unknown-key', 'match-tests'],
});

function systemKernelRules({ of }: Written): readonly MatchRule[] {
  const { release, buildId } = of(systemKernel);
  const rules: MatchRule[] = [];
  if (release !== undefined) {
    const kind = release.endsWith('*') ? 'prefix' : 'equals';
    const value = release.replace(/\*$/, '');
    rules.push({ file: 'proc/sys/kernel/osrelease', test: { kind, value } });
  }
  if (buildId !== undefined)
    rules.push({ file: 'sys/kernel/notes', test: { kind: 'buildId', value: buildId } });
  return rules;
}
