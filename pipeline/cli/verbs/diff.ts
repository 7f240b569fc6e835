import { diffBundles } from '../../diff/diff.ts';
import { openForDiff, type Trust } from '../../diff/open.ts';
import { fail, ok } from '../../problem/result.ts';
import { renderDiff } from '../render-diff.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'diff'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { at: now, unverified } = options;
  const trust: Trust = unverified
    ? undefined
    : { trust: options.trust, ...(now === undefined ? {} : { now }) };
  const [a, b] = await progress.step('reading both bundles', () =>
    Promise.all(args.map((path) => openForDiff(host, path, trust))),
  );
  if (a === undefined || b === undefined) throw new Error('the table asks for two bundles');
  if (!a.ok || !b.ok) {
    const [first, ...more] = [a, b].flatMap((side, index) =>
      side.ok
        ? []
        : side.problems.map((problem) => ({
            ...problem,
            met: { doing: 'comparing', what: args[index] ?? '' } as const,
          })),
    );
    if (first === undefined) throw new Error('a failure without a problem');
    return fail(first, ...more);
  }
  const diff = await progress.step('comparing', () => diffBundles(host, a.value, b.value));
  return ok({
    text: renderDiff(diff),
    json: diff,
    good: diff.same,
    differs: !diff.same,
  });
};
