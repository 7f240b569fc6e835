/** The door of this folder: the repository at a place. */
import { setTimeout } from 'node:timers/promises';
import type { Host } from '../host/host.ts';
import type { HttpClient } from '../host/http-client.ts';
import { credentialsFor } from './credentials.ts';
import { type Exchange, exchangeWith } from './exchange.ts';
import { openLayout } from './layout.ts';
import { loginTo } from './login.ts';
import { type Place, showPlace } from './reference.ts';
import { openRemote, type RegistryTraits } from './remote.ts';
import type { Repository } from './repository.ts';

export type RegistrySettings = {
  readonly client: HttpClient;
  /** File with logins, instead of those of Docker and podman. */
  readonly logins?: string;
  /** Without encryption: for a registry on this machine. */
  readonly plain?: boolean;
  /** Bytes of the largest index of a folder, if it is not the usual. */
  readonly indexMost?: number;
  /** Before a request is made again. */
  readonly wait?: (ms: number) => Promise<void>;
};

/** Repositories by their place. What was learned of a registry holds for all of its repositories. */
export function repositories(host: Host, settings: RegistrySettings): (place: Place) => Repository {
  const { client, indexMost, logins, plain = false, wait = (ms) => setTimeout(ms) } = settings;
  const opened = new Map<string, Repository>();
  const registries = new Map<
    string,
    { readonly origin: URL; readonly exchange: Exchange; readonly traits: RegistryTraits }
  >();

  function registryOf(name: string, repository: string) {
    const origin = new URL(`${plain ? 'http' : 'https'}://${name}`);
    const login = loginTo(client, origin, () => credentialsFor(host, name, repository, logins));
    const exchange = exchangeWith({ client, origin, login, wait, now: host.now });
    return { origin, exchange, traits: {} };
  }

  function open(place: Place): Repository {
    if (place.kind === 'layout') return openLayout(host, place.folder, indexMost);
    const { host: name, repository } = place;
    const registry = registries.get(name) ?? registryOf(name, repository);
    registries.set(name, registry);
    return openRemote({ ...registry, repository, wait });
  }

  return (place) => {
    const key = showPlace(place);
    const repository = opened.get(key) ?? open(place);
    opened.set(key, repository);
    return repository;
  };
}
