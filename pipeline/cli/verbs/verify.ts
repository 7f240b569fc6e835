import { collect, fail, ok, type Result } from '../../problem/result.ts';
import { verifyBundle } from '../../seal/verify.ts';
import { renderVerify } from '../render-verify.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'verify'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { trust, at: now } = options;
  const verified = collect(
    await Promise.all(
      args.map((path) =>
        progress.step(`verifying ${path}`, async () => {
          const verified = await verifyBundle(host, path, {
            trust,
            ...(now === undefined ? {} : { now }),
          });
          return args.length > 1 ? named(verified, path) : verified;
        }),
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

/** Of several bundles, which one it is about. */
function named<T>(result: Result<T>, path: string): Result<T> {
  if (result.ok) return result;
  const met = { doing: 'verifying', what: path } as const;
  const [first, ...more] = result.problems;
  return fail({ met, ...first }, ...more.map((problem) => ({ met, ...problem })));
}
