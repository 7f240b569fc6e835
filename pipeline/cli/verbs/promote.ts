import { fail, ok } from '../../problem/result.ts';
import { promote } from '../../registry/promote.ts';
import { isTag, readDigest, readReference } from '../../registry/reference.ts';
import { openRegistries } from '../registries.ts';
import { renderPromoted } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'promote'>>['run'] = async (
  { host, progress },
  [reference = '', to = ''],
  options,
) => {
  const read = readReference(reference);
  if (!read.ok) return read;
  if (!isTag(to))
    return fail({ area: 'registry', kind: 'reference-form', reference: to, why: 'tag' });
  const registries = await openRegistries(host, options);
  if (!registries.ok) return registries;
  const { digest, place, tag } = read.value;
  if (digest === undefined && tag === undefined)
    return fail({ area: 'registry', kind: 'reference-without-tag', reference });
  const from = digest === undefined ? { tag: tag ?? '' } : { digest };
  const promoted = await progress.step(`promoting ${reference}`, () =>
    promote(
      registries.value.repositoryOf(place),
      place,
      from,
      to,
      readDigest(options.expect ?? ''),
    ),
  );
  if (!promoted.ok) return promoted;
  return ok({ text: renderPromoted(promoted.value), json: promoted.value, good: true });
};
