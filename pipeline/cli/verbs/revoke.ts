import { ok } from '../../problem/result.ts';
import { renderRevocations } from '../render-revocations.ts';
import { readSigning, signerOf } from '../signing.ts';
import type { VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, args, options) => {
  const path = options.text('list') ?? 'revoked';
  const trust = options.texts('trust');
  const given = options.text('number');
  const signing = readSigning(options);
  if (signing !== undefined && 'misuse' in signing) return signing;
  if (given !== undefined && !/^[1-9]\d{0,17}$/.test(given))
    return { misuse: '--number takes a whole number from 1' };
  const { revoke, showRevocations } = await import('../../seal/revoke.ts');
  if (signing === undefined) {
    if (args.length > 0 || given !== undefined)
      return { misuse: 'say how to sign the list: --key or --signer-command, with --cert' };
    const shown = await showRevocations(host, path, trust);
    if (!shown.ok) return shown;
    return ok({ text: renderRevocations(shown.value), json: shown.value, good: true });
  }
  const signer = await signerOf(host, signing);
  if (!signer.ok) return signer;
  const number = given === undefined ? undefined : BigInt(given);
  const revoked = await progress.step(`writing ${path}`, () =>
    revoke(host, { path, revoke: args, trust, number, signer: signer.value }),
  );
  if (!revoked.ok) return revoked;
  return ok({ text: renderRevocations(revoked.value), json: revoked.value, good: true });
};
