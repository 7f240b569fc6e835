import { ok } from '../../problem/result.ts';
import { listNames, listTags } from '../../registry/list.ts';
import { readReference } from '../../registry/reference.ts';
import { openRegistries } from '../registries.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderList } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'list'>>['run'] = async (
  { host, progress },
  [reference = ''],
  options,
) => {
  const read = readReference(reference);
  if (!read.ok) return read;
  const registries = await openRegistries(host, options);
  if (!registries.ok) return registries;
  const { digest, place, tag } = read.value;
  const repository = registries.value.repositoryOf(place);
  const listing = await progress.step(`listing ${reference}`, () =>
    digest !== undefined
      ? listNames(repository, place, [{ digest }])
      : tag !== undefined
        ? listNames(repository, place, [{ tag }])
        : listTags(repository, place),
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
