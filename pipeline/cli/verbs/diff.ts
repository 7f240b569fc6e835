import { diffBundles } from '../../diff/diff.ts';
import { openForDiff, type Trust } from '../../diff/open.ts';
import { collect, metWith, ok } from '../../problem/result.ts';
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
  const opened = await progress.step('reading both bundles', () =>
    Promise.all(
      args.map(async (path) => {
        const side = await openForDiff(host, path, trust);
        return side.ok ? side : metWith(side, { doing: 'comparing', what: path });
      }),
    ),
  );
  const sides = collect(opened);
  if (!sides.ok) return sides;
  const [a, b] = sides.value;
  if (a === undefined || b === undefined) throw new Error('the table asks for two bundles');
  const diff = await progress.step('comparing', () => diffBundles(host, a, b));
  return ok({
    text: renderDiff(diff),
    json: diff,
    good: diff.same,
    differs: !diff.same,
  });
};
