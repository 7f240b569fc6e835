import { fail, ok } from '../../problem/result.ts';
import { findBundle, pullBundle } from '../../registry/pull.ts';
import { readReference } from '../../registry/reference.ts';
import { openBundle, sealOf } from '../../seal/bundle.ts';
import { verifyBundle } from '../../seal/verify.ts';
import { openRegistries } from '../registries.ts';
import { renderPulled } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'pull'>>['run'] = async (
  { host, progress },
  [reference = ''],
  options,
) => {
  const read = readReference(reference);
  if (!read.ok) return read;
  const registries = await openRegistries(host, options);
  if (!registries.ok) return registries;
  const { digest, place, tag } = read.value;
  if (digest === undefined && tag === undefined)
    return fail({ area: 'registry', kind: 'reference-without-tag', reference });
  const name = digest === undefined ? { tag: tag ?? '' } : { digest };
  const repository = registries.value.repositoryOf(place);
  const found = await progress.step(`asking for ${reference}`, () =>
    findBundle(repository, place, name),
  );
  if (!found.ok) return found;
  const { profile } = found.value.facts;
  const path = options.output ?? `${profile}.crashseal`;
  const { trust } = options;
  const pulled = await progress.step(`pulling ${reference}`, () =>
    pullBundle(host, repository, found.value, path, async (beside) => {
      if (trust.length > 0) return verifyBundle(host, beside, { trust });
      const bundle = await openBundle(host, beside);
      return bundle.ok ? sealOf(bundle.value) : bundle;
    }),
  );
  if (!pulled.ok) return pulled;
  const verified = trust.length > 0;
  const traffic = registries.value.traffic();
  return ok({
    text: renderPulled(pulled.value, verified),
    json: { ...pulled.value, verified, traffic },
    good: true,
  });
};
