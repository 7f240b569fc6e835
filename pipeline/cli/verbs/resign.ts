import { fail, ok } from '../../problem/result.ts';
import type { Resigning, ResignReport } from '../../seal/resign.ts';
import { renderResign } from '../render-resign.ts';
import { readSigning, signerOf } from '../signing.ts';
import type { Misuse, Options, VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, args, options) => {
  const out = options.text('out');
  if (out !== undefined && args.length > 1) return { misuse: '--out is for one bundle' };
  const asked = readAsked(options);
  if ('misuse' in asked) return asked;
  const { signing } = asked;
  const signer = signing === undefined ? undefined : await signerOf(host, signing);
  if (signer?.ok === false) return signer;
  const resigning: Resigning =
    signer === undefined
      ? { kind: 'drop', number: asked.drop }
      : { kind: asked.add ? 'add' : 'replace', signer: signer.value };

  const { resignBundle } = await import('../../seal/resign.ts');
  const reports: ResignReport[] = [];
  // One after the other: a token has one user, and bundles are large.
  for (const path of args) {
    const to = out ?? path.replace(/\.unsigned\.crashseal$/, '.crashseal');
    const signed = await progress.step(`signing ${path}`, () =>
      resignBundle(host, path, to, resigning),
    );
    if (!signed.ok) {
      if (args.length === 1) return signed;
      const met = { doing: 'signing', what: path } as const;
      const [first, ...more] = signed.problems;
      return fail({ ...first, met }, ...more.map((problem) => ({ ...problem, met })));
    }
    reports.push(signed.value);
  }
  return ok({ text: reports.map(renderResign).join(''), json: { bundles: reports }, good: true });
};

type Asked = {
  /** Undefined: one is taken away. */
  readonly signing: Exclude<ReturnType<typeof readSigning>, Misuse>;
  readonly add: boolean;
  readonly drop: number;
};

function readAsked(options: Options): Asked | Misuse {
  const signing = readSigning(options);
  if (signing !== undefined && 'misuse' in signing) return signing;
  const add = options.flag('add');
  if (add && options.flag('replace')) return { misuse: 'one of --add, --replace' };
  const given = options.text('drop');
  if ((given === undefined) === (signing === undefined) || (given !== undefined && add))
    return { misuse: 'say what to do: --key or --signer-command with --cert, or --drop NUMBER' };
  const drop = Number(given ?? 0);
  if (!Number.isInteger(drop)) return { misuse: '--drop takes the number of a signature' };
  return { signing, add, drop };
}
