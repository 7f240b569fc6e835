import { readIdentities } from '../../age/identity-file.ts';
import { refusalAsProblem } from '../../host/system-refusal.ts';
import { metWith, ok, type Result } from '../../problem/result.ts';
import type { Proof } from '../../prove/proof.ts';
import { type ProveWishes, proveBundle } from '../../prove/prove.ts';
import { partsWishes } from '../parts-wishes.ts';
import { renderJunit } from '../render-junit.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderProof } from '../render-test-crash.ts';
import { sideBySide, takeShard } from '../shard.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'test-crash'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { shard, junit, jobs } = options;
  const paths = takeShard(args, shard);
  if ('misuse' in paths) return paths;
  const common = await partsWishes(host, options);
  if (!common.ok) return common;
  const identities = await readIdentities(host, options.identity);
  if (!identities.ok) return identities;
  const wishes: ProveWishes = {
    ...common.value,
    trust: options.trust,
    memory: options.memory,
    disk: options.disk,
    panicBy: options.panic === 'nmi' ? 'nmi' : 'sysrq',
    identities: identities.value,
    serverKey: options['server-key'],
    serverCertificate: options['server-cert'],
    quick: options.quick,
  };
  const tried = await sideBySide(paths, jobs, (path) =>
    progress.step(`trying ${path}`, async (say): Promise<Tried> => {
      const result = await refusalAsProblem(() => proveBundle(host, path, wishes, say));
      return { path, result };
    }),
  );
  const proofs = tried.flatMap(({ result }) => (result.ok ? [result.value] : []));
  const refused = tried.flatMap(({ path, result }) =>
    result.ok
      ? []
      : [{ path, problems: metWith(result, { doing: 'trying', what: path }).problems }],
  );
  if (junit !== undefined)
    await host.writeFile(junit, new TextEncoder().encode(renderJunit(proofs, refused)));
  const [only] = tried;
  if (tried.length === 1 && only?.result.ok === false) return only.result;
  const failed = refused.length > 0 || proofs.some(({ outcome }) => outcome === 'failed');
  return ok({
    text: proofs.map(renderProof).join('\n'),
    json: {
      bundles: proofs,
      refused: refused.map(({ path, problems }) => ({ path, problems: problemsAsData(problems) })),
    },
    problems: refused.flatMap(({ problems }) => problems),
    good: !failed,
    unproven: !failed && proofs.some(({ outcome }) => outcome === 'not proven'),
  });
};

type Tried = { readonly path: string; readonly result: Result<Proof> };
