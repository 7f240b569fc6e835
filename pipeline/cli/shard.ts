/** Many things at once: those of one job among several, and so many side by side. */
import type { Misuse } from './verb.ts';

/** `2/4`: the second of each four. All of them without a shard. */
export function takeShard(
  all: readonly string[],
  shard: string | undefined,
): readonly string[] | Misuse {
  if (shard === undefined) return all;
  const [part = 0, of = 0] = shard.split('/').map(Number);
  if (part > of) return { misuse: `--shard ${shard}: there are ${of} shards, from 1 to ${of}` };
  return all.filter((_, index) => index % of === part - 1);
}

/** Results in the order of what was given. */
export async function sideBySide<T, R>(
  all: readonly T[],
  jobs: number,
  work: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++)
      results[index] = await work(all[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, all.length) }, worker));
  return results;
}
