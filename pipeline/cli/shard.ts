/** Many things shared out among several jobs. */
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
