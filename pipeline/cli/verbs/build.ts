import { join } from 'node:path';
import { architectureOf } from '../../arch/arch.ts';
import { hangsOnPanic } from '../../arch/command-line-words.ts';
import { type BuiltBundle, build } from '../../build.ts';
import type { Host } from '../../host/host.ts';
import type { Progress } from '../../host/progress.ts';
import { ok, type Result } from '../../problem/result.ts';
import type { Signer } from '../../sign/sign.ts';
import { targetLimits } from '../../targets/targets.ts';
import { sha256 } from '../../units/sha256.ts';
import { buildDate } from '../build-date.ts';
import { cacheFolder, cacheMost, trimPackages } from '../cache.ts';
import { makeDevelopmentKey } from '../development-key.ts';
import { purgatoryImages } from '../embedded-images.ts';
import { type BuiltView, renderBuild } from '../render-build.ts';
import { problemsAsData } from '../render-problems.ts';
import { type Signing, signerOf, signingFrom } from '../signing.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';
import { version } from '../version.ts';

export const run: VerbModule<OptionsOf<'build'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const signing = options['dev-key'] ? 'development' : signingFrom(options);
  const date = buildDate(host, options.date);
  if (date !== undefined && typeof date !== 'number') return date;
  const { out } = options;
  const cache = cacheFolder(host);
  const most = cacheMost(host);
  if (typeof most !== 'number') return most;

  const signer = await signerFrom(host, progress, out, signing);
  if (!signer.ok) return signer;
  if (signer.value !== undefined) {
    // A wrong PIN is told now, not after minutes of building.
    const given = signer.value;
    const { trySigner } = await import('../../sign/sign.ts');
    const tried = await progress.step('trying the signer', () => trySigner(given, host.now()));
    if (!tried.ok) return tried;
  }
  const built = await build(host, {
    profiles: args,
    out,
    store: join(out, 'store'),
    packages: { cache, archives: options.packages },
    lockFile: options.lock,
    updateLock: options['update-lock'],
    signer: signer.value,
    buildDate: date,
    purgatoryImages: await purgatoryImages(),
    toolVersion: version,
    progress,
  });
  // Whatever became of the profiles: a batch that fails every night must not fill the disk.
  await trimPackages(host, cache, most);
  if (!built.ok) return built;
  const development = signer.value?.certificates.some((one) => one.development) === true;
  const [only] = built.value;
  if (built.value.length === 1 && only?.result.ok === false) return only.result;
  const views = built.value.flatMap(({ result }) =>
    result.ok ? [viewOf(result.value, development)] : [],
  );
  const refused = built.value.flatMap(({ file, profile, result }) =>
    result.ok ? [] : [{ file, profile, problems: result.problems }],
  );
  return ok({
    text: renderBuild(views, refused),
    json: {
      bundles: views,
      refused: refused.map((one) => ({ ...one, problems: problemsAsData(one.problems) })),
    },
    problems: refused.flatMap(({ problems }) => problems),
    good: refused.length === 0,
  });
};

async function signerFrom(
  host: Host,
  progress: Progress,
  out: string,
  signing: Signing | 'development' | undefined,
): Promise<Result<Signer | undefined>> {
  if (signing === undefined) return ok(undefined);
  if (signing !== 'development') return signerOf(host, signing);
  const folder = join(out, 'development-key');
  const path = join(folder, 'signer.key');
  if ((await host.stat(path)) === undefined) {
    const made = await progress.step('making a development key', () =>
      makeDevelopmentKey(host, folder),
    );
    if (!made.ok) return made;
  }
  return signerOf(host, {
    key: { kind: 'file', path },
    certificates: [join(folder, 'signer.pem')],
    passphrase: undefined,
    timeoutMs: 60_000,
  });
}

function viewOf(bundle: BuiltBundle, development: boolean): BuiltView {
  const { seal, sealBytes } = bundle.sealed;
  const { inputs } = bundle.plan.components;
  return {
    path: bundle.path,
    profile: seal.profile,
    release: seal.release,
    size: bundle.size,
    signed: bundle.signed,
    development,
    testing: inputs.profile.testing,
    shownOnly: architectureOf(inputs.profile.arch).shownOnly,
    sealDigest: sha256(sealBytes),
    markerName: bundle.plan.components.markerName,
    needs: bundle.plan.needs,
    hangsOnPanic: hangsOnPanic(bundle.plan.components.commandLine),
    reserved: inputs.profile.crashkernel.smallest,
    withoutModules: inputs.modules?.files.length === 0,
    missingMemoryDrivers: bundle.plan.components.missingMemoryDrivers,
    missingFirmware: bundle.missingFirmware,
    limits: targetLimits(inputs.profile.targets),
    expiring: bundle.expiring,
  };
}
