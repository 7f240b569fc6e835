import { archNames } from '../../arch/arch.ts';
import { diagnose } from '../../doctor/doctor.ts';
import { purposes } from '../../doctor/purposes.ts';
import { ok } from '../../problem/result.ts';
import { cacheFolder } from '../cache.ts';
import { loaderFolders } from '../parts-wishes.ts';
import { renderDoctor } from '../render-doctor.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'doctor'>>['run'] = async (
  { host, progress },
  _args,
  options,
) => {
  const arch = options.arch ?? archNames[0];
  if (!archNames.some((name) => name === arch))
    return { misuse: `--arch takes one of ${archNames.join(', ')}, not "${arch}"` };
  const diagnosis = await progress.step('trying what is needed', () =>
    diagnose(host, {
      purposes: options.for.length === 0 ? purposes : options.for,
      arch,
      cache: cacheFolder(host),
      loaderFolders: loaderFolders(),
    }),
  );
  return ok({
    text: renderDoctor(diagnosis),
    json: diagnosis,
    good: diagnosis.checks.every(({ mark }) => mark !== 'lacking'),
  });
};
