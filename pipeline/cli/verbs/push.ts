import type { Problem } from '../../problem/problem.ts';
import { metWith, ok } from '../../problem/result.ts';
import { type Pushing, pushAll } from '../../registry/push.ts';
import { isTag, referenceFor, showReference } from '../../registry/reference.ts';
import { areOneBundle, type NamedSource, pushSources, referrersOfAll } from '../push-sources.ts';
import { openRegistries } from '../registries.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderPushed } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'push'>>['run'] = async (
  { host, progress },
  [reference = '', ...words],
  options,
) => {
  const registries = await openRegistries(host, options);
  if (!registries.ok) return registries;
  const found = await progress.step('reading what to push', () =>
    pushSources(host, words, options.signatures),
  );
  const problems: Problem[] = [...found.problems];
  const byReference = new Map<string, (Pushing & NamedSource)[]>();
  for (const source of found.sources) {
    const read = referenceFor(reference, source.profile, source.tag);
    if (!read.ok) {
      // The same mistake for every bundle, unless it is in a name that others gave.
      if (isTag(source.tag)) return read;
      problems.push(...metWith(read, { doing: 'pushing', what: source.path }).problems);
      continue;
    }
    const { place, tag } = read.value;
    const shown = showReference(place, { tag });
    const before = byReference.get(shown) ?? [];
    byReference.set(shown, [...before, { ...source, place, tag }]);
  }
  const wanted: Pushing[] = [];
  for (const [shown, several] of byReference) {
    const [first] = several;
    // One bundle may have several tags, or be a file and in a folder as well.
    if (first !== undefined && (await areOneBundle(several)))
      wanted.push({ ...first, referrers: referrersOfAll(several) });
    else
      problems.push({
        area: 'registry',
        kind: 'two-for-one-tag',
        reference: shown,
        paths: several.map(({ path }) => path),
      });
  }

  const outcomes = await progress.step(`pushing to ${reference}`, (say) =>
    pushAll(
      {
        repositoryOf: registries.value.repositoryOf,
        tell: (done) => say(`${done} of ${wanted.length}`),
      },
      wanted,
    ),
  );
  const pushed = outcomes.flatMap(({ result }) => (result.ok ? [result.value] : []));
  problems.push(...outcomes.flatMap(({ result }) => (result.ok ? [] : result.problems)));
  const { traffic } = registries.value;
  const { others } = found;
  return ok({
    text: renderPushed({ pushed, others, failed: problems.length }, traffic()),
    json: { bundles: pushed, others, refused: problemsAsData(problems), traffic: traffic() },
    problems,
    good: problems.length === 0,
  });
};
