/** What a build would change, told without building: nothing is written, and no package is fetched. */
import type { Host } from '../host/host.ts';
import { sharedWork } from '../host/shared-work.ts';
import { readLock } from '../inputs/lock.ts';
import { ok, type Result } from '../problem/result.ts';
import { type BatchRequest, openPlace, parseAll, sameNames } from './batch.ts';
import { inLockFile } from './pins.ts';
import { differences, type RecipeFacts, recipeOf, recipeParts } from './recipe.ts';

/** Why a bundle would be made. `unknown`: what it is made of can only be read by building. */
export const changes = {
  missing: 'there is no bundle of it yet',
  bundle: 'the bundle is not as the last build has left it',
  unpinned: 'the lock file does not pin its inputs',
  ...recipeParts,
  unknown: 'only a build can tell: it reads files that are not pinned as packages are',
} as const;

export type Change = {
  readonly file: string;
  readonly profile: string | undefined;
  readonly path: string | undefined;
  /** Empty: the build would leave the bundle alone. A failure: the profile is refused. */
  readonly why: Result<readonly (keyof typeof changes)[]>;
};

export async function findChanges(
  host: Host,
  request: Pick<
    BatchRequest,
    'profiles' | 'out' | 'layout' | 'record' | 'lockFile' | 'tool' | 'buildDate'
  > & {
    /** Who would sign. What holds the key is not asked. */
    readonly signer: RecipeFacts['signer'];
    /** Whether what is built would be signed, by a signer that is still to be made if there is none. */
    readonly signed: boolean;
  },
): Promise<Result<readonly Change[]>> {
  const parsed = await parseAll(host, request.profiles);
  const twice = sameNames(parsed.flatMap(({ profile }) => (profile.ok ? [profile.value] : [])));
  if (twice !== undefined) return twice;
  const lock = await readLock(host, request.lockFile);
  if (!lock.ok) return inLockFile(lock, request.lockFile);
  const opened = await openPlace(host, request);
  if (!opened.ok) return opened;
  const place = opened.value;
  const shared = sharedWork(1 << 20);
  const found: Change[] = [];
  for (const { file, profile } of parsed) {
    if (!profile.ok) {
      found.push({ file, profile: undefined, path: undefined, why: profile });
      continue;
    }
    const { name } = profile.value;
    const named = place.nameOf(name, request.signed);
    if (!named.ok) {
      found.push({ file, profile: name, path: undefined, why: named });
      continue;
    }
    const bundle = named.value;
    const path = place.pathOf(bundle);
    const locked = lock.value?.profiles[name];
    const recipe = await recipeOf(host, shared, profile.value, { ...request, locked });
    const why: (keyof typeof changes)[] = [];
    const recorded = await place.asLeft(bundle);
    if (!(await place.has(bundle))) why.push('missing');
    else if (locked === undefined) why.push('unpinned');
    else if (recipe === undefined || place.recorded(bundle)?.recipe === null) why.push('unknown');
    else if (recorded === undefined || recorded.recipe === null) why.push('bundle');
    else why.push(...differences(recorded.recipe, recipe));
    found.push({ file, profile: name, path, why: ok(why) });
  }
  return ok(found);
}
