import { readIdentities } from '../../age/identity-file.ts';
import { encodeStatement } from '../../attest/statement.ts';
import { attestationBeside } from '../../attest/verify-attestation.ts';
import type { Host } from '../../host/host.ts';
import { sideBySide } from '../../host/side-by-side.ts';
import { refusalAsProblem } from '../../host/system-refusal.ts';
import { metWith, ok, type Result } from '../../problem/result.ts';
import type { Proof } from '../../prove/proof.ts';
import { statementOf } from '../../prove/proof-statement.ts';
import { type ProveWishes, proveBundle } from '../../prove/prove.ts';
import type { Signer } from '../../sign/sign.ts';
import { partsWishes } from '../parts-wishes.ts';
import { renderJunit } from '../render-junit.ts';
import { problemsAsData } from '../render-problems.ts';
import { renderProof } from '../render-test-crash.ts';
import { takeShard } from '../shard.ts';
import { type Signing, signerOf, signingFrom } from '../signing.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';
import { version } from '../version.ts';

export const run: VerbModule<OptionsOf<'test-crash'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { shard, junit, jobs } = options;
  const paths = takeShard(args, shard);
  if ('misuse' in paths) return paths;
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
  const tried = await sideBySide(paths, jobs, (path) =>
    progress.step(`trying ${path}`, async (say): Promise<Tried> => {
      const result = await refusalAsProblem(async () => {
        const proof = await proveBundle(host, path, wishes, say);
        if (!proof.ok || tester === undefined) return proof;
        const written = await writeAttestation(host, proof.value, tester.value, options.dsse);
        return written.ok ? proof : written;
      });
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

/** Tried before anything runs for an hour: a wrong PIN, and a key that may not attest. */
async function testerOf(host: Host, signing: Signing): Promise<Result<Signer>> {
  const signer = await signerOf(host, signing);
  if (!signer.ok) return signer;
  const { trySigner } = await import('../../sign/sign.ts');
  const tried = await trySigner(signer.value, host.now(), 'tester');
  return tried.ok ? signer : tried;
}

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
