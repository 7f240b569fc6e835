import { fail, ok } from '../../problem/result.ts';
import { promote } from '../../registry/promote.ts';
import { isTag, readDigest } from '../../registry/reference.ts';
import { openBundleReference } from '../registries.ts';
import { renderPromoted } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'promote'>>['run'] = async (
  { host, progress },
  [reference = '', to = ''],
  options,
) => {
  if (!isTag(to))
    return fail({ area: 'registry', kind: 'reference-form', reference: to, why: 'tag' });
  const opened = await openBundleReference(host, reference, options);
  if (!opened.ok) return opened;
  const { name, place, repository } = opened.value;
  const promoted = await progress.step(`promoting ${reference}`, () =>
    promote(repository, place, name, to, readDigest(options.expect ?? '')),
  );
  if (!promoted.ok) return promoted;
  return ok({ text: renderPromoted(promoted.value), json: promoted.value, good: true });
};
