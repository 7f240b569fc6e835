import { join, resolve } from 'node:path';
import { build } from '../../batch/batch.ts';
import type { Host } from '../../host/host.ts';
import type { Progress } from '../../host/progress.ts';
import { refusalAsProblem } from '../../host/system-refusal.ts';
import { ok, type Result } from '../../problem/result.ts';
import { type Estimate, estimateBundle } from '../../prove/estimate.ts';
import { cacheFolder } from '../cache.ts';
import { makeDevelopmentKey } from '../development-key.ts';
import { purgatoryOf } from '../embedded-images.ts';
import { partsWishes } from '../parts-wishes.ts';
import { renderEstimate } from '../render-estimate.ts';
import { signerOf } from '../signing.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';
import { version } from '../version.ts';

type Options = OptionsOf<'estimate'>;

export const run: VerbModule<Options>['run'] = async ({ host, progress }, [path = ''], options) => {
  const result = await (/\.ya?ml$/.test(path)
    ? host.withTempFolder(async (folder) => {
        const built = await builtFor(host, progress, path, folder, options);
        return built.ok ? measured(host, progress, built.value, options) : built;
      })
    : measured(host, progress, { bundle: path, trust: options.trust }, options));
  if (!result.ok) return result;
  const estimate = { ...result.value, path };
  return ok({
    text: renderEstimate(estimate),
    json: estimate,
    good: estimate.confirmed.sizeMiB !== null,
  });
};

type Sealed = { readonly bundle: string; readonly trust: readonly string[] };

async function measured(
  host: Host,
  progress: Progress,
  { bundle, trust }: Sealed,
  options: Options,
): Promise<Result<Estimate>> {
  const common = await partsWishes(host, options);
  if (!common.ok) return common;
  return progress.step(`measuring ${bundle}`, (say) =>
    refusalAsProblem(() =>
      estimateBundle(
        host,
        bundle,
        {
          ...common.value,
          trust,
          memory: undefined,
          machineMemory: options.memory,
          disk: undefined,
          panicBy: 'sysrq',
          identities: [],
          serverKey: undefined,
          serverCertificate: undefined,
          serverHostKey: undefined,
        },
        say,
      ),
    ),
  );
}

/** A bundle of the profile as it would be built now, signed with a key for this alone. */
async function builtFor(
  host: Host,
  progress: Progress,
  profile: string,
  folder: string,
  options: Options,
): Promise<Result<Sealed>> {
  const keys = join(folder, 'key');
  const made = await makeDevelopmentKey(host, keys);
  if (!made.ok) return made;
  const signer = await signerOf(host, {
    key: { kind: 'file', path: join(keys, 'signer.key') },
    certificates: [join(keys, 'signer.pem')],
    passphrase: undefined,
    timeoutMs: 60_000,
  });
  if (!signer.ok) return signer;
  // What is pinned counts, and nothing is pinned by looking.
  const lockFile = join(folder, 'crashseal.lock');
  const pinned = await host.readFile(options.lock);
  if (pinned !== undefined) await host.writeFile(lockFile, pinned);
  const built = await build(host, {
    profiles: [profile],
    out: folder,
    store: resolve(host.cwd(), options.out, 'store'),
    packages: { cache: cacheFolder(host), archives: options.packages },
    lockFile,
    updateLock: false,
    signer: signer.value,
    buildDate: undefined,
    purgatoryOf,
    toolVersion: version,
    record: undefined,
    tool: undefined,
    jobs: 1,
    keepGoing: false,
    progress,
  });
  if (!built.ok) return built;
  const result = built.value[0]?.result;
  if (result === undefined || !result.ok) return result ?? ok({ bundle: '', trust: [] });
  return ok({ bundle: result.value.path, trust: [join(keys, 'trust.pem')] });
}
