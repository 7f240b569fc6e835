import { ok } from '../../problem/result.ts';
import { findBundle, pullBundle } from '../../registry/pull.ts';
import { openBundle, sealOf } from '../../seal/bundle.ts';
import { verifyBundle } from '../../seal/verify.ts';
import { openBundleReference } from '../registries.ts';
import { renderPulled } from '../render-registry.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'pull'>>['run'] = async (
  { host, progress },
  [reference = ''],
  options,
) => {
  const opened = await openBundleReference(host, reference, options);
  if (!opened.ok) return opened;
  const { name, place, repository } = opened.value;
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
  const traffic = opened.value.traffic();
  return ok({
    text: renderPulled(pulled.value, verified),
    json: { ...pulled.value, verified, traffic },
    good: true,
  });
};
