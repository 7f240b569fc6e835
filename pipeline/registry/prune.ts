/** Bundles that have ended, removed. */
import { ok, type Result } from '../problem/result.ts';
import { readDate } from '../units/time.ts';
import type { Digest } from '../units/units.ts';
import { tagOf } from './layout.ts';
import { listTags } from './list.ts';
import type { Place } from './reference.ts';
import type { Repository } from './repository.ts';

export type Pruned = {
  readonly ended: readonly { readonly reference: string; readonly digest: Digest }[];
  readonly removed: boolean;
  /** Bytes that a folder got rid of. */
  readonly freed: number;
};

/** `at` in seconds since 1970. A digest that a tag of a bundle that has not ended names stays. */
export async function prune(
  repository: Repository,
  place: Place,
  at: number,
  remove: boolean,
): Promise<Result<Pruned>> {
  const listing = await listTags(repository, place);
  if (!listing.ok) return listing;
  const ended = listing.value.bundles
    .filter(({ facts: { notAfter } }) => {
      const end = notAfter === undefined ? undefined : readDate(notAfter);
      return end !== undefined && end < at;
    })
    .map(({ digest, reference }) => ({ digest, reference }));
  if (!remove) return ok({ ended, removed: false, freed: 0 });
  for (const digest of new Set(ended.map((one) => one.digest))) {
    const referrers = await repository.referrers(digest);
    if (!referrers.ok) return referrers;
    // First what refers to it: of a bundle that is gone, nobody would find it any more, unless it has a tag.
    const unnamed = referrers.value.filter((each) => tagOf(each) === undefined);
    for (const one of [...unnamed.map((each) => each.digest), digest]) {
      const gone = await repository.remove(one);
      if (!gone.ok) return gone;
    }
  }
  const freed = await repository.sweep();
  return freed.ok ? ok({ ended, removed: true, freed: freed.value }) : freed;
}
