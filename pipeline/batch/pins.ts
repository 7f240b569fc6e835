/** The lock file of a batch: read once, and written once for many profiles. */
import type { Host } from '../host/host.ts';
import {
  checkAgainstLock,
  LOCK_VERSION,
  type Lock,
  type LockedProfile,
  mergeLocks,
  readLock,
  renderLock,
} from '../inputs/lock.ts';
import { isLockProblem } from '../problem/input-problem.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';

export type Pin = { readonly name: string; readonly pinned: LockedProfile };

/** Lets problems of the lock file say which one it is. */
export function inLockFile<T>(result: Result<T>, lockFile: string): Result<T> {
  if (result.ok) return result;
  const named = (problem: Problem): Problem =>
    problem.area === 'input' && isLockProblem(problem) ? { ...problem, lockFile } : problem;
  const [first, ...more] = result.problems;
  return fail(named(first), ...more.map(named));
}

/**
 * Pins what was found for some profiles, and leaves the rest of the file as it is by now: another build may have
 * pinned its own since we read it. What it has pinned for the same profile is what we must have found too.
 * An answer for each, in order; a failure where the file is not written.
 */
export async function pinAll(
  host: Host,
  { lockFile, updateLock }: { readonly lockFile: string; readonly updateLock: boolean },
  ours: readonly Pin[],
): Promise<Result<readonly Result<void>[]>> {
  type Merged = {
    readonly lock: Lock;
    readonly same: boolean;
    readonly answers: readonly Result<void>[];
  };
  const merged = async (): Promise<Result<Merged>> => {
    const now = await readLock(host, lockFile);
    if (!now.ok) return now;
    const answers = ours.map(({ name, pinned }): Result<void> => {
      const theirs = now.value?.profiles[name];
      const [first, ...more] =
        theirs === undefined || updateLock ? [] : checkAgainstLock(name, theirs, pinned);
      return first === undefined ? ok(undefined) : fail(first, ...more);
    });
    const agreed = ours.filter((_, at) => answers[at]?.ok);
    const lock = mergeLocks(now.value, {
      version: LOCK_VERSION,
      profiles: Object.fromEntries(agreed.map(({ name, pinned }) => [name, pinned])),
    });
    const same =
      now.value !== undefined && Buffer.compare(renderLock(now.value), renderLock(lock)) === 0;
    return ok({ lock, same, answers });
  };
  // A build that pins nothing new writes nothing, so that it works where nothing can be written.
  const before = await merged();
  if (!before.ok) return before;
  const nothingToPin = before.value.answers.every(({ ok: agreed }) => !agreed);
  if (before.value.same || nothingToPin) return ok(before.value.answers);
  return host.exclusively(`${lockFile}.busy`, async () => {
    const after = await merged();
    if (!after.ok) return after;
    if (after.value.answers.some(({ ok: agreed }) => agreed))
      await host.writeFile(lockFile, renderLock(after.value.lock));
    return ok(after.value.answers);
  });
}
