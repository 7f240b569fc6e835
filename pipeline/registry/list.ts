/** What a repository holds: a line for each tag, or one for what a reference names. */

import { sideBySide } from '../host/side-by-side.ts';
import type { Problem } from '../problem/problem.ts';
import type { Result } from '../problem/result.ts';
import { metWith, ok } from '../problem/result.ts';
import { type Found, findBundle } from './pull.ts';
import type { Name, Place } from './reference.ts';
import type { Repository } from './repository.ts';

export type Listing = {
  readonly bundles: readonly (Found & { readonly tag: string | undefined })[];
  /** Tags of what is no bundle. */
  readonly others: readonly string[];
  /** Why a tag could not be read. */
  readonly problems: readonly Problem[];
};

const atOnce = 6;

export async function listTags(repository: Repository, place: Place): Promise<Result<Listing>> {
  const tags = await repository.tags();
  if (!tags.ok) return tags;
  return listNames(
    repository,
    place,
    tags.value.map((tag) => ({ tag })),
  );
}

export async function listNames(
  repository: Repository,
  place: Place,
  names: readonly Name[],
): Promise<Result<Listing>> {
  const found = await sideBySide(names, atOnce, (name) => findBundle(repository, place, name));
  const bundles: (Found & { readonly tag: string | undefined })[] = [];
  const others: string[] = [];
  const problems: Problem[] = [];
  for (const [index, name] of names.entries()) {
    const result = found[index] as Result<Found>;
    const tag = 'tag' in name ? name.tag : undefined;
    if (result.ok) bundles.push({ ...result.value, tag });
    else if (result.problems[0].kind === 'not-a-bundle' && names.length > 1) others.push(tag ?? '');
    // It was deleted since the tags were listed.
    else if (result.problems[0].kind === 'not-there' && names.length > 1) continue;
    else if (names.length === 1) return result;
    else problems.push(...metWith(result, { doing: 'listing', what: tag ?? '' }).problems);
  }
  return ok({ bundles, others, problems });
}
