import { ok } from '../../problem/result.ts';
import { prunableIndexMax } from '../../registry/layout.ts';
import { prune } from '../../registry/prune.ts';
import { openReference } from '../registries.ts';
import { renderPruned } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'prune'>>['run'] = async (
  { host, progress },
  [reference = ''],
  options,
) => {
  const opened = await openReference(host, reference, options, {
    indexMost: prunableIndexMax,
  });
  if (!opened.ok) return opened;
  const { place, repository } = opened.value;
  const pruned = await progress.step(`looking at ${reference}`, () =>
    prune(repository, place, options.at ?? host.now(), options.remove),
  );
  if (!pruned.ok) return pruned;
  return ok({ text: renderPruned(pruned.value), json: pruned.value, good: true });
};
