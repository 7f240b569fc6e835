import { readIdentities } from '../../age/identity-file.ts';
import { ok } from '../../problem/result.ts';
import { listDumps, saveDumps } from '../../savecore/savecore.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderListing, renderSaved } from '../render-savecore.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'savecore'>>['run'] = async (
  { host, progress },
  [path = ''],
  { out, identity },
) => {
  if (out === undefined) {
    const listing = await listDumps(host, path);
    if (!listing.ok) return listing;
    return ok({ text: renderListing(listing.value), json: listing.value, good: true });
  }
  const identities = await readIdentities(host, identity);
  if (!identities.ok) return identities;
  const result = await saveDumps(host, progress, path, out, identities.value);
  if (!result.ok) return result;
  const { saved, problems } = result.value;
  return ok({
    text: renderSaved(result.value),
    json: { dumps: saved, problems: problemsAsData(problems) },
    problems,
    good:
      problems.length === 0 &&
      saved.length > 0 &&
      saved.every(({ report }) => report.dump.state !== 'cut'),
  });
};
