import { ok } from '../../problem/result.ts';
import { renderRevocations } from '../render-revocations.ts';
import { signerOf, signingFrom } from '../signing.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'revoke'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { list: path, trust, number } = options;
  const signing = signingFrom(options);
  const { revoke, showRevocations } = await import('../../seal/revoke.ts');
  if (signing === undefined) {
    const shown = await showRevocations(host, path, trust);
    if (!shown.ok) return shown;
    return ok({ text: renderRevocations(shown.value), json: shown.value, good: true });
  }
  const signer = await signerOf(host, signing);
  if (!signer.ok) return signer;
  const revoked = await progress.step(`writing ${path}`, () =>
    revoke(host, {
      path,
      revoke: args,
      trust,
      number,
      certificateOnly: options['certificate-only'],
      signer: signer.value,
    }),
  );
  if (!revoked.ok) return revoked;
  return ok({ text: renderRevocations(revoked.value), json: revoked.value, good: true });
};
