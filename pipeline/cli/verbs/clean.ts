import { join } from 'node:path';
import { ok } from '../../problem/result.ts';
import { showSize } from '../../units/units.ts';
import { cacheFolder, cacheMost, clean, type Removed } from '../cache.ts';
import { textTable } from '../text-table.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

const words = ({ files, bytes }: Removed): string =>
  files === 0 ? 'nothing to remove' : `${showSize(bytes)} removed`;

export const run: VerbModule<OptionsOf<'clean'>>['run'] = async (
  { host, progress },
  _args,
  { out, all },
) => {
  const most = cacheMost(host);
  if (typeof most !== 'number') return most;
  const store = join(out, 'store');
  const cache = cacheFolder(host);
  const cleaned = await progress.step('cleaning', () => clean(host, { store, cache, most, all }));
  return ok({
    text: `${textTable([
      [store, words(cleaned.store)],
      [cache, words(cleaned.cache)],
    ]).join('\n')}\n`,
    json: {
      store: { path: store, ...cleaned.store },
      cache: { path: cache, ...cleaned.cache },
    },
    good: true,
  });
};
