import { ok } from '../../problem/result.ts';
import { prune } from '../../registry/prune.ts';
import { readReference } from '../../registry/reference.ts';
import { openRegistries } from '../registries.ts';
import { renderPruned } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'prune'>>['run'] = async (
  { host, progress },
  [reference = ''],
  options,
) => {
  const read = readReference(reference);
  if (!read.ok) return read;
  const registries = await openRegistries(host, options);
  if (!registries.ok) return registries;
  const { place } = read.value;
  const pruned = await progress.step(`looking at ${reference}`, () =>
    prune(registries.value.repositoryOf(place), place, options.at ?? host.now(), options.remove),
  );
  if (!pruned.ok) return pruned;
  return ok({ text: renderPruned(pruned.value), json: pruned.value, good: true });
};
