import { collect, ok } from '../../problem/result.ts';
import { verifyBundle } from '../../seal/verify.ts';
import { readDate } from '../option-date.ts';
import { renderVerify } from '../render-verify.ts';
import type { VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, args, options) => {
  const at = options.text('at');
  const now = at === undefined ? undefined : readDate(at);
  if (at !== undefined && now === undefined)
    return { misuse: `--at takes a date such as 2027-01-31, not "${at}"` };
  const trust = options.texts('trust');
  const verified = collect(
    await Promise.all(
      args.map((path) =>
        progress.step(`verifying ${path}`, () =>
          verifyBundle(host, path, { trust, ...(now === undefined ? {} : { now }) }),
        ),
      ),
    ),
  );
  if (!verified.ok) return verified;
  return ok({
    text: verified.value.map(renderVerify).join('\n'),
    json: { bundles: verified.value },
    good: true,
  });
};
