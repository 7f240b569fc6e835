import { metWith, ok } from '../../problem/result.ts';
import type { Resigning, ResignReport } from '../../seal/resign.ts';
import { renderResign } from '../render-resign.ts';
import { signerOf, signingFrom } from '../signing.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'resign'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { out, add, drop } = options;
  const signing = signingFrom(options);
  const signer = signing === undefined ? undefined : await signerOf(host, signing);
  if (signer?.ok === false) return signer;
  const resigning: Resigning =
    signer === undefined
      ? { kind: 'drop', number: drop ?? 0 }
      : { kind: add ? 'add' : 'replace', signer: signer.value };

  const { resignBundle } = await import('../../seal/resign.ts');
  const reports: ResignReport[] = [];
  // One after the other: a token has one user, and bundles are large.
  for (const path of args) {
    const to = out ?? path.replace(/\.unsigned\.crashseal$/, '.crashseal');
    const signed = await progress.step(`signing ${path}`, () =>
      resignBundle(host, path, to, resigning),
    );
    if (!signed.ok)
      return args.length === 1 ? signed : metWith(signed, { doing: 'signing', what: path });
    reports.push(signed.value);
  }
  return ok({ text: reports.map(renderResign).join(''), json: { bundles: reports }, good: true });
};
