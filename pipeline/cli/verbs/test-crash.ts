import { readIdentities } from '../../age/identity-file.ts';
import { encodeStatement } from '../../attest/statement.ts';
import { attestationBeside } from '../../attest/verify-attestation.ts';
import type { Host } from '../../host/host.ts';
import { sideBySide } from '../../host/side-by-side.ts';
import { refusalAsProblem } from '../../host/system-refusal.ts';
import { collect, metWith, ok, type Result } from '../../problem/result.ts';
import { isInconclusive, type Outcome } from '../../prove/finding.ts';
import type { Proof } from '../../prove/proof.ts';
import { statementOf } from '../../prove/proof-statement.ts';
import { type ProveWishes, proveBundle } from '../../prove/prove.ts';
import { readReference } from '../../registry/reference.ts';
import type { Signer } from '../../sign/sign.ts';
import { readTrust } from '../../sign/trust.ts';
import { partsWishes } from '../parts-wishes.ts';
import { openRegistries } from '../registries.ts';
import { renderJunit } from '../render-junit.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderProof, renderThere } from '../render-test-crash.ts';
import { readShard, type Shard, takeShard } from '../shard.ts';
import { type Signing, signerOf, signingFrom } from '../signing.ts';
import { type TriedThere, tryThere } from '../try-there.ts';
import type { Misuse, VerbContext, VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';
import { version } from '../version.ts';

type Options = OptionsOf<'test-crash'>;

export const run: VerbModule<Options>['run'] = async (context, paths, options) => {
  const { host } = context;
  const there = options.from.length > 0;
  if (there && paths.length > 0)
    return { misuse: 'bundles are named by their files or by --from, not both' };
  if (!there && paths.length === 0)
    return { misuse: 'name the bundles to try, or --from REF where they are' };
  const shard = readShard(options.shard, host.env, there);
  if ('misuse' in shard || !shard.ok) return shard;
  const signing = signingFrom(options);
  if (signing !== undefined && !options.attest) return { misuse: 'a key is for --attest' };
  const tester = signing === undefined ? undefined : await testerOf(host, signing);
  if (tester?.ok === false) return tester;
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
    serverHostKey: options['server-host-key'],
    quick: options.quick,
  };
  if (there && tester !== undefined)
    return runThere(context, options, shard.value, wishes, tester.value);
  const tried = await tryFiles(
    context,
    takeShard(paths, shard.value),
    options,
    wishes,
    tester?.value,
  );
  const [only] = tried;
  const summary = await summarize(host, tried, options.junit);
  return tried.length === 1 && only?.result.ok === false ? only.result : ok(summary);
};

type Tried = { readonly path: string; readonly result: Result<Proof> };

/** Tried before anything runs for an hour: a wrong PIN, and a key that may not attest. */
async function testerOf(host: Host, signing: Signing): Promise<Result<Signer>> {
  const signer = await signerOf(host, signing);
  if (!signer.ok) return signer;
  const { trySigner } = await import('../../sign/sign.ts');
  const tried = await trySigner(signer.value, host.now(), 'tester');
  return tried.ok ? signer : tried;
}

const tryFiles = (
  { host, progress }: VerbContext,
  paths: readonly string[],
  { dsse, jobs }: Options,
  wishes: ProveWishes,
  tester: Signer | undefined,
): Promise<readonly Tried[]> =>
  sideBySide(paths, jobs, (path) =>
    progress.step(`trying ${path}`, async (say): Promise<Tried> => {
      const result = await refusalAsProblem(async () => {
        const proof = await proveBundle(host, path, wishes, say);
        if (!proof.ok || tester === undefined || isInconclusive(proof.value.findings)) return proof;
        const written = await writeAttestation(host, proof.value, tester, dsse);
        return written.ok ? proof : written;
      });
      return { path, result };
    }),
  );

/** Beside the bundle, in place of an older one. */
async function writeAttestation(
  host: Host,
  proof: Proof,
  tester: Signer,
  dsse: boolean,
): Promise<Result<void>> {
  const statement = encodeStatement(statementOf(proof, version));
  const { attest } = await import('../../attest/attest.ts');
  const file = await attest(statement, tester, host.now());
  if (!file.ok) return file;
  const path = attestationBeside(proof.path);
  if (dsse) {
    const { dsseEnvelope } = await import('../../attest/dsse.ts');
    const envelope = await dsseEnvelope(statement, tester, host.now());
    if (!envelope.ok) return envelope;
    await host.writeFile(`${path}.dsse.json`, envelope.value);
  }
  await host.writeFile(path, file.value);
  return ok(undefined);
}

async function runThere(
  { host, progress }: VerbContext,
  options: Options,
  shard: Shard | undefined,
  wishes: ProveWishes,
  tester: Signer,
): ReturnType<VerbModule<Options>['run']> {
  const from = collect(options.from.map(readReference));
  if (!from.ok) return from;
  const to = options.to === undefined ? undefined : readReference(options.to);
  if (to?.ok === false) return to;
  if (to?.value.tag !== undefined || to?.value.digest !== undefined)
    return { misuse: `--to ${options.to}: name a repository, without a tag or a digest` } as Misuse;
  const trust = await readTrust(host, options.trust, host.now());
  if (!trust.ok) return trust;
  const { isKnownTester } = await import('../../attest/attest.ts');
  // Else nobody would see that a bundle was tried, and each run would try it again.
  const known = await isKnownTester(tester, trust.value, host.now());
  if (!known.ok) return metWith(known, { doing: 'trying', what: 'the key for --attest' });
  const registries = await openRegistries(host, options);
  if (!registries.ok) return registries;
  const done = await tryThere(host, progress, {
    repositoryOf: registries.value.repositoryOf,
    from: from.value,
    to: to?.value.place,
    shard,
    trust: trust.value,
    tester,
    tool: version,
    quick: options.quick,
    again: options.again,
    jobs: options.jobs,
    prove: (path, say) => proveBundle(host, path, wishes, say),
  });
  if (!done.ok) return done;
  const { before, left, listed, own, tried } = done.value;
  const summary = await summarize(host, tried, options.junit, before);
  return ok({
    ...summary,
    // Whoever started this job starts it again: some of its part is still to be done.
    good: summary.good && left.length === 0,
    unproven: summary.unproven && left.length === 0,
    text: [summary.text, renderThere(done.value, shard)].filter((part) => part !== '').join('\n'),
    json: { ...summary.json, shard: shard ?? null, listed, own, before, left },
  });
}

/** What came of all, and in the file for CI systems if one is wanted. */
async function summarize(
  host: Host,
  tried: readonly Tried[],
  junit: string | undefined,
  before: TriedThere['before'] = [],
) {
  const proofs = tried.flatMap(({ result }) => (result.ok ? [result.value] : []));
  const refused = tried.flatMap(({ path, result }) =>
    result.ok
      ? []
      : [{ path, problems: metWith(result, { doing: 'trying', what: path }).problems }],
  );
  if (junit !== undefined)
    await host.writeFile(junit, new TextEncoder().encode(renderJunit(proofs, refused, before)));
  const came = (outcome: Outcome): boolean =>
    [...proofs, ...before].some((one) => one.outcome === outcome);
  const failed = refused.length > 0 || came('failed');
  return {
    text: proofs.map(renderProof).join('\n'),
    json: {
      bundles: proofs,
      refused: refused.map(({ path, problems }) => ({ path, problems: problemsAsData(problems) })),
    },
    problems: refused.flatMap(({ problems }) => problems),
    good: !failed,
    unproven: !failed && came('not proven'),
  };
}
