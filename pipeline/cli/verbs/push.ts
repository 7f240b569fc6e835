import type { Problem } from '../../problem/problem.ts';
import { metWith, ok } from '../../problem/result.ts';
import { type KnownMembers, profileOf, sliceBundle } from '../../registry/open-bundle.ts';
import { type Pushing, pushAll } from '../../registry/push.ts';
import { referenceFor, showReference } from '../../registry/reference.ts';
import { attachmentsOf } from '../../registry/referrers.ts';
import { openRegistries } from '../registries.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderPushed } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'push'>>['run'] = async (
  { host, progress },
  [reference = '', ...paths],
  options,
) => {
  const registries = await openRegistries(host, options);
  if (!registries.ok) return registries;
  const pushings: Pushing[] = [];
  const problems: Problem[] = [];
  const byReference = new Map<string, string[]>();
  for (const path of paths) {
    const profile = await profileOf(host, path);
    if (!profile.ok) {
      problems.push(...metWith(profile, { doing: 'pushing', what: path }).problems);
      continue;
    }
    const read = referenceFor(reference, profile.value);
    // The same mistake for every bundle.
    if (!read.ok) return read;
    const { place, tag } = read.value;
    const shown = showReference(place, { tag });
    byReference.set(shown, [...(byReference.get(shown) ?? []), path]);
    pushings.push({ path, place, tag });
  }
  for (const [shown, several] of byReference)
    if (several.length > 1)
      problems.push({
        area: 'registry',
        kind: 'two-for-one-tag',
        reference: shown,
        paths: several,
      });
  const single = new Set([...byReference.values()].flatMap((all) => (all.length === 1 ? all : [])));
  const wanted = pushings.filter(({ path }) => single.has(path));

  const known: KnownMembers = new Map();
  const outcomes = await progress.step(`pushing to ${reference}`, (say) =>
    pushAll(
      {
        repositoryOf: registries.value.repositoryOf,
        slice: (path) => sliceBundle(host, path, known),
        attachments: (path) => attachmentsOf(host, path, options.signatures),
        tell: (done) => say(`${done} of ${wanted.length}`),
      },
      wanted,
    ),
  );
  const pushed = outcomes.flatMap(({ result }) => (result.ok ? [result.value] : []));
  problems.push(...outcomes.flatMap(({ result }) => (result.ok ? [] : result.problems)));
  const { traffic } = registries.value;
  return ok({
    text: renderPushed(pushed, problems.length, traffic()),
    json: { bundles: pushed, refused: problemsAsData(problems), traffic: traffic() },
    problems,
    good: problems.length === 0,
  });
};
