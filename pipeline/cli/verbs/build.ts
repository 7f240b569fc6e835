import { join, resolve } from 'node:path';
import { build, type ProfileOutcome } from '../../batch/batch.ts';
import type { BuiltBundle } from '../../batch/bundle-place.ts';
import { findProfiles } from '../../batch/find-profiles.ts';
import type { Host } from '../../host/host.ts';
import type { Progress } from '../../host/progress.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { referenceFor, showPlace } from '../../registry/reference.ts';
import { endingsSoon } from '../../seal/endings.ts';
import type { Signer } from '../../sign/sign.ts';
import { sha256 } from '../../units/sha256.ts';
import { buildDate } from '../build-date.ts';
import { cacheFolder, cacheMost, trimPackages } from '../cache.ts';
import { purgatoryOf } from '../embedded-images.ts';
import { type BuiltView, renderBuild } from '../render-build.ts';
import { problemsAsData } from '../render-problems.ts';
import { type Signing, signerCertificates, signerOf, signingFrom } from '../signing.ts';
import { toolIdentity } from '../tool-identity.ts';
import type { Outcome, VerbModule } from '../verb.ts';
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

  const layout = layoutOf(options.to, options.unsigned);
  if (!layout.ok) return layout;
  const found = await findProfiles(host, args);
  if (!found.ok) return found;
  const request = {
    profiles: found.value,
    out,
    layout: layout.value,
    record: join(out, 'store', recordOf(host, layout.value)),
    lockFile: options.lock,
    tool: await toolIdentity(host),
    buildDate: date,
  };
  if (options.changed) {
    const wouldSign = await wouldSignWith(host, out, signing);
    if (!wouldSign.ok) return wouldSign;
    const { runChanged } = await import('../changed.ts');
    return runChanged(host, {
      ...request,
      signer: wouldSign.value,
      signed: signing !== undefined,
    });
  }
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
    ...request,
    store: join(out, 'store'),
    packages: { cache, archives: options.packages },
    updateLock: options['update-lock'],
    signer: signer.value,
    purgatoryOf,
    toolVersion: version,
    jobs: options.jobs ?? host.cpus(),
    keepGoing: options['keep-going'],
    progress,
  });
  // Whatever became of the profiles: a batch that fails every night must not fill the disk.
  await trimPackages(host, cache, most);
  if (!built.ok) return built;
  return outcomeOf(host, built.value, signer.value);
};

type Layout = { readonly folder: string; readonly reference: string };

/** The folder of `--to`, which is one for all profiles. */
function layoutOf(to: string | undefined, unsigned: boolean): Result<Layout | undefined> {
  if (to === undefined) return ok(undefined);
  if (unsigned) return fail({ area: 'seal', kind: 'bundle-not-signed' });
  const read = referenceFor(to, 'a-profile');
  if (!read.ok) return read;
  const { place } = read.value;
  const other = referenceFor(to, 'another');
  return place.kind === 'layout' && other.ok && showPlace(other.value.place) === showPlace(place)
    ? ok({ folder: place.folder, reference: to })
    : fail({ area: 'registry', kind: 'reference-for-build', reference: to });
}

/** What lies in a folder, and what lies in each layout, is known apart. */
const recordOf = (host: Host, layout: Layout | undefined): string =>
  layout === undefined
    ? 'built.json'
    : `built-${sha256(new TextEncoder().encode(resolve(host.cwd(), layout.folder))).slice(0, 16)}.json`;

function outcomeOf(
  host: Host,
  outcomes: readonly ProfileOutcome[],
  signer: Signer | undefined,
): Result<Outcome> {
  const [only] = outcomes;
  if (outcomes.length === 1 && only?.result?.ok === false) return only.result;
  const views = outcomes.flatMap(({ result }) =>
    result?.ok ? [viewOf(host, result.value, signer)] : [],
  );
  const refused = outcomes.flatMap(({ file, profile, result }) =>
    result === undefined || result.ok ? [] : [{ file, profile, problems: result.problems }],
  );
  const notTried = outcomes.flatMap(({ file, profile, result }) =>
    result === undefined ? [{ file, profile }] : [],
  );
  return ok({
    text: renderBuild(views, refused, notTried),
    json: {
      bundles: views,
      refused: refused.map((one) => ({ ...one, problems: problemsAsData(one.problems) })),
      notTried,
    },
    problems: refused.flatMap(({ problems }) => problems),
    good: refused.length === 0,
  });
}

type Wish = Signing | 'development' | undefined;

function developmentFiles(out: string) {
  const folder = join(out, 'development-key');
  return { folder, key: join(folder, 'signer.key'), certificates: [join(folder, 'signer.pem')] };
}

/** Undefined as well for a development key that is still to be made. */
async function wouldSignWith(
  host: Host,
  out: string,
  signing: Wish,
): Promise<Result<Pick<Signer, 'certificates'> | undefined>> {
  if (signing === undefined) return ok(undefined);
  if (signing !== 'development') return signerCertificates(host, signing);
  const development = developmentFiles(out);
  return (await host.stat(development.key)) === undefined
    ? ok(undefined)
    : signerCertificates(host, development);
}

async function signerFrom(
  host: Host,
  progress: Progress,
  out: string,
  signing: Wish,
): Promise<Result<Signer | undefined>> {
  if (signing === undefined) return ok(undefined);
  if (signing !== 'development') return signerOf(host, signing);
  const { folder, key, certificates } = developmentFiles(out);
  if ((await host.stat(key)) === undefined) {
    const { makeDevelopmentKey } = await import('../development-key.ts');
    const made = await progress.step('making a development key', () =>
      makeDevelopmentKey(host, folder),
    );
    if (!made.ok) return made;
  }
  return signerOf(host, {
    key: { kind: 'file', path: key },
    certificates,
    passphrase: undefined,
    timeoutMs: 60_000,
  });
}

function viewOf(
  host: Host,
  { path, unchanged, facts }: BuiltBundle,
  signer: Signer | undefined,
): BuiltView {
  return {
    path,
    profile: facts.profile,
    release: facts.release ?? undefined,
    size: facts.size,
    unchanged,
    signed: facts.signed,
    development: signer?.certificates.some((one) => one.development) === true,
    testing: facts.testing,
    shownOnly: facts.shownOnly ?? undefined,
    sealDigest: facts.seal,
    markerName: facts.markerName ?? undefined,
    needs: BigInt(facts.needs),
    hangsOnPanic: facts.hangsOnPanic,
    reserved: BigInt(facts.reserved),
    withoutModules: facts.withoutModules,
    missingMemoryDrivers: facts.missingMemoryDrivers,
    missingFirmware: facts.missingFirmware,
    limits: facts.limits,
    expiring: endingsSoon(
      { profile: facts.profile, notAfter: facts.notAfter ?? undefined },
      { signers: signer === undefined ? [] : [signer.certificates] },
      host.now(),
    ),
  };
}
