import { refusalAsProblem } from '../../host/system-refusal.ts';
import { metWith, ok, type Result } from '../../problem/result.ts';
import { type VerifyReport, verifyBundle } from '../../seal/verify.ts';
import { attestedBy } from '../../sign/trust-store.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderRefused, renderVerify } from '../render-verify.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'verify'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { trust, at: now, attestation, require } = options;
  const attested = require === undefined ? 'not required' : attestedBy[require];
  const verified = await Promise.all(
    args.map((path) =>
      progress.step(`verifying ${path}`, async (): Promise<Verified> => {
        const result = await refusalAsProblem(() =>
          verifyBundle(host, path, {
            trust,
            attested,
            ...(now === undefined ? {} : { now }),
            ...(attestation === undefined ? {} : { attestation }),
          }),
        );
        return { path, result };
      }),
    ),
  );
  const [only] = verified;
  if (verified.length === 1 && only?.result.ok === false) return only.result;

  const refused = verified.flatMap(({ path, result }) =>
    result.ok
      ? []
      : [{ path, problems: metWith(result, { doing: 'verifying', what: path }).problems }],
  );
  return ok({
    text: verified
      .map(({ path, result }) => (result.ok ? renderVerify(result.value) : renderRefused(path)))
      .join('\n'),
    json: {
      bundles: verified.flatMap(({ result }) => (result.ok ? [result.value] : [])),
      refused: refused.map(({ path, problems }) => ({ path, problems: problemsAsData(problems) })),
    },
    problems: refused.flatMap(({ problems }) => problems),
    good: refused.length === 0,
  });
};

type Verified = { readonly path: string; readonly result: Result<VerifyReport> };
