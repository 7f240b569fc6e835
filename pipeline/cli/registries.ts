/** Registries and folders that a verb works with, from its options. */
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { type Place, showPlace } from '../registry/reference.ts';
import { openRepository } from '../registry/registry.ts';
import type { Repository } from '../registry/repository.ts';
import type { OptionsOf } from './verbs.ts';

/** What went over the network. */
export type Traffic = {
  readonly requests: number;
  readonly sent: number;
  readonly received: number;
};

export type Registries = {
  readonly repositoryOf: (place: Place) => Repository;
  readonly traffic: () => Traffic;
};

export async function openRegistries(
  host: Host,
  _options: Pick<OptionsOf<'list'>, 'json'>,
): Promise<Result<Registries>> {
  const opened = new Map<string, Repository>();
  return ok({
    repositoryOf: (place) => {
      const key = showPlace(place);
      const repository = opened.get(key) ?? openRepository(host, place);
      opened.set(key, repository);
      return repository;
    },
    traffic: () => ({ requests: 0, sent: 0, received: 0 }),
  });
}
