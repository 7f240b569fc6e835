/** The whole flow on one page: profile -> inputs -> components -> plan -> seal -> signature -> bundle. */

import type { ArchName } from './arch/arch.ts';
import { architectureOf } from './arch/arch.ts';
import { buildComponents } from './components/build-components.ts';
import type { Host } from './host/host.ts';
import type { Progress } from './host/progress.ts';
import { folderStore } from './host/store.ts';
import { refusalAsProblem } from './host/system-refusal.ts';
import { type AptOf, type PackagePlaces, sharedApt } from './inputs/apt.ts';
import { type MissingFirmware, resolveInputs } from './inputs/inputs.ts';
import {
  checkAgainstLock,
  LOCK_VERSION,
  type Lock,
  type LockedProfile,
  mergeLocks,
  readLock,
  renderLock,
} from './inputs/lock.ts';
import { type Plan, planSegments } from './plan/plan.ts';
import { isLockProblem } from './problem/input-problem.ts';
import type { Problem } from './problem/problem.ts';
import { fail, metWith, ok, type Result, unlessProblems } from './problem/result.ts';
import type { Profile } from './profile/keys/keys.ts';
import { parseProfile } from './profile/profile.ts';
import { packBundleChunks } from './seal/archive.ts';
import { type Ending, endingsSoon } from './seal/endings.ts';
import { type SealedBundle, seal } from './seal/seal.ts';
import { type Signer, signDetached } from './sign/sign.ts';

export type BuildRequest = {
  readonly profiles: readonly string[];
  /** Folder for the bundles. */
  readonly out: string;
  /** Folder for what is expensive to make; safe to delete. */
  readonly store: string;
  /** Where packages come from, and where they are kept. */
  readonly packages: PackagePlaces;
  readonly lockFile: string;
  /** Pin what is new or has changed, instead of refusing it. */
  readonly updateLock: boolean;
  /** Without one the bundles are `.unsigned`. */
  readonly signer: Signer | undefined;
  /** Seconds since 1970 that the bundle states as its build date; undefined states none. */
  readonly buildDate: number | undefined;
  /** One for each architecture that the tool was built for. */
  readonly purgatoryImages: Readonly<Partial<Record<ArchName, Uint8Array>>>;
  readonly toolVersion: string;
  readonly progress: Progress;
};

export type BuiltBundle = {
  readonly path: string;
  readonly size: number;
  readonly signed: boolean;
  readonly plan: Plan;
  readonly sealed: SealedBundle;
  /** Firmware that drivers ask for and the initramfs does not hold. */
  readonly missingFirmware: readonly MissingFirmware[];
  /** Good still, but not for long. */
  readonly expiring: readonly Ending[];
};

/** What became of one profile; what is wrong with it keeps no other one from being built. */
export type ProfileOutcome = {
  readonly file: string;
  /** Its name; undefined where the profile itself is refused. */
  readonly profile: string | undefined;
  readonly result: Result<BuiltBundle>;
};

/** An outcome for each profile, in the order of the request; a failure where none can be built. */
export async function build(
  host: Host,
  request: BuildRequest,
): Promise<Result<readonly ProfileOutcome[]>> {
  const parsed = await Promise.all(
    request.profiles.map(async (file) => ({
      file,
      profile: await refusalAsProblem(() => parseProfile(host, file)),
    })),
  );
  const twice = sameNames(parsed.flatMap(({ profile }) => (profile.ok ? [profile.value] : [])));
  if (twice !== undefined) return twice;

  const lock = await readLock(host, request.lockFile);
  if (!lock.ok) return inLockFile(lock, request.lockFile);
  const outcomes: ProfileOutcome[] = [];
  const apt = sharedApt(host, request.packages);
  let locks: Lock | undefined = lock.value;
  // One after the other: a bundle's parts are large, and they share what the store keeps.
  for (const { file, profile } of parsed) {
    if (!profile.ok) {
      outcomes.push({ file, profile: undefined, result: profile });
      continue;
    }
    const { name } = profile.value;
    const built = inLockFile(
      await refusalAsProblem(() => buildOne(host, request, apt, profile.value, locks)),
      request.lockFile,
    );
    if (built.ok) locks = built.value.lock;
    const result = built.ok
      ? ok(built.value.bundle)
      : parsed.length > 1
        ? metWith(built, { doing: 'building profile', what: name })
        : built;
    outcomes.push({ file, profile: name, result });
  }
  return ok(outcomes);
}

async function buildOne(
  host: Host,
  request: BuildRequest,
  apt: AptOf,
  profile: Profile,
  lock: Lock | undefined,
): Promise<Result<{ readonly bundle: BuiltBundle; readonly lock: Lock }>> {
  const { progress } = request;
  const arch = architectureOf(profile.arch);
  const purgatory = request.purgatoryImages[profile.arch];
  if (purgatory === undefined)
    return fail({ area: 'component', kind: 'no-purgatory', arch: profile.arch });
  const store = folderStore(host, request.store);

  const resolved = await resolveInputs(host, profile, {
    store: request.store,
    apt,
    locked: request.updateLock ? undefined : lock?.profiles[profile.name],
    progress,
  });
  if (!resolved.ok) return resolved;
  const { inputs } = resolved.value;

  const components = await buildComponents(host, inputs, purgatory, progress, store);
  if (!components.ok) return components;
  const plan = planSegments(components.value, arch.placement);
  if (!plan.ok) return plan;
  const sealed = seal(plan.value, {
    notBefore: request.buildDate,
    toolVersion: request.toolVersion,
  });
  if (!sealed.ok) return sealed;

  const signature =
    request.signer === undefined
      ? ok(undefined)
      : await signDetached(sealed.value.sealBytes, request.signer, host.now());
  if (!signature.ok) return signature;
  const archive = await packBundleChunks([
    { name: 'seal.bin', bytes: sealed.value.sealBytes },
    ...(signature.value === undefined
      ? []
      : [{ name: 'seal.p7s' as const, bytes: signature.value }]),
    ...sealed.value.members,
  ]);

  const signed = signature.value !== undefined;
  const path = `${request.out}/${profile.name}${signed ? '' : '.unsigned'}.crashseal`;
  // Before the bundle, so that there is none whose inputs are nowhere pinned.
  const pinned = await pin(host, request, profile.name, resolved.value.pinned);
  if (!pinned.ok) return pinned;
  await host.makeFolder(request.out);
  await host.writeFile(path, archive, 0o644);
  return ok({
    bundle: {
      path,
      size: archive.reduce((sum, piece) => sum + piece.length, 0),
      signed,
      plan: plan.value,
      sealed: sealed.value,
      missingFirmware: resolved.value.missingFirmware,
      expiring: endingsSoon(
        sealed.value.seal,
        { signers: signed && request.signer !== undefined ? [request.signer.certificates] : [] },
        host.now(),
      ),
    },
    lock: pinned.value,
  });
}

/** Lets problems of the lock file say which one it is. */
function inLockFile<T>(result: Result<T>, lockFile: string): Result<T> {
  if (result.ok) return result;
  const named = (problem: Problem): Problem =>
    problem.area === 'input' && isLockProblem(problem) ? { ...problem, lockFile } : problem;
  const [first, ...more] = result.problems;
  return fail(named(first), ...more.map(named));
}

/**
 * Pins what was found for one profile, and leaves the rest of the file as it is by now: another build may have
 * pinned its own since we read it. What it has pinned for the same profile is what we must have found too.
 */
async function pin(
  host: Host,
  { lockFile, updateLock }: BuildRequest,
  name: string,
  ours: LockedProfile,
): Promise<Result<Lock>> {
  const merged = async (): Promise<Result<{ readonly lock: Lock; readonly same: boolean }>> => {
    const now = await readLock(host, lockFile);
    if (!now.ok) return now;
    const theirs = now.value?.profiles[name];
    const differs = theirs === undefined || updateLock ? [] : checkAgainstLock(name, theirs, ours);
    const lock = mergeLocks(now.value, { version: LOCK_VERSION, profiles: { [name]: ours } });
    const same =
      now.value !== undefined && Buffer.compare(renderLock(now.value), renderLock(lock)) === 0;
    return unlessProblems(differs, () => ({ lock, same }));
  };
  // A build that pins nothing new writes nothing, so that it works where nothing can be written.
  const before = await merged();
  if (!before.ok) return before;
  if (before.value.same) return ok(before.value.lock);
  return host.exclusively(`${lockFile}.busy`, async () => {
    const after = await merged();
    if (!after.ok) return after;
    await host.writeFile(lockFile, renderLock(after.value.lock));
    return ok(after.value.lock);
  });
}

/** Two profiles of one name would write one file. */
function sameNames(profiles: readonly Profile[]): ReturnType<typeof fail> | undefined {
  const seen = new Map<string, Profile>();
  for (const profile of profiles) {
    const before = seen.get(profile.name);
    if (before !== undefined)
      return fail({
        area: 'profile',
        kind: 'same-name-twice',
        place: profile.placeOf('name'),
        other: before.placeOf('name'),
        name: profile.name,
      });
    seen.set(profile.name, profile);
  }
  return undefined;
}
