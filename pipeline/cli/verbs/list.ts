import { ok } from '../../problem/result.ts';
import { listNames, listTags } from '../../registry/list.ts';
import { openReference } from '../registries.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderList } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'list'>>['run'] = async (
  { host, progress },
  [reference = ''],
  options,
) => {
  const opened = await openReference(host, reference, options);
  if (!opened.ok) return opened;
  const { name, place, repository } = opened.value;
  const listing = await progress.step(`listing ${reference}`, () =>
    name === undefined ? listTags(repository, place) : listNames(repository, place, [name]),
  );
  if (!listing.ok) return listing;
  const { bundles, others, problems } = listing.value;
  return ok({
    text: renderList(listing.value),
    json: { bundles, others, problems: problemsAsData(problems) },
    problems,
    good: problems.length === 0,
  });
};
