/** Registries and folders that a verb works with, from its options. */
import type { Host } from '../host/host.ts';
import { type HttpTraffic, httpClient } from '../host/http-client.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { type Name, type Place, readReference } from '../registry/reference.ts';
import { type RegistrySettings, repositories } from '../registry/registry.ts';
import type { Repository } from '../registry/repository.ts';
import type { ValuesOf } from './option.ts';
import type { registryOptions } from './registry-options.ts';

export type Registries = {
  readonly repositoryOf: (place: Place) => Repository;
  /** What went over the network. */
  readonly traffic: () => HttpTraffic;
};

export type Opened = Pick<Registries, 'traffic'> & {
  readonly place: Place;
  /** Undefined: the reference names the repository as a whole. A digest wins over a tag. */
  readonly name: Name | undefined;
  readonly repository: Repository;
};

const caMax = 4 << 20;

type More = Pick<RegistrySettings, 'indexMost'>;

export async function openRegistries(
  host: Host,
  options: ValuesOf<typeof registryOptions>,
  more: More = {},
): Promise<Result<Registries>> {
  const path = options.ca ?? host.env('SSL_CERT_FILE');
  const ca = path === undefined || path === '' ? undefined : await host.readSmallFile(path, caMax);
  if (path && (ca === undefined || typeof ca === 'string'))
    return fail({ area: 'cli', kind: 'no-file', file: path, what: 'file with authorities' });
  const client = httpClient({ env: host.env, ...(ca instanceof Uint8Array ? { ca } : {}) });
  const repositoryOf = repositories(host, {
    client,
    plain: options['plain-http'],
    ...(options.authfile === undefined ? {} : { logins: options.authfile }),
    ...more,
  });
  return ok({ repositoryOf, traffic: client.traffic });
}

/** What one reference names, and the repository that it is in. */
export async function openReference(
  host: Host,
  reference: string,
  options: ValuesOf<typeof registryOptions>,
  more: More = {},
): Promise<Result<Opened>> {
  const read = readReference(reference);
  if (!read.ok) return read;
  const registries = await openRegistries(host, options, more);
  if (!registries.ok) return registries;
  const { digest, place, tag } = read.value;
  const { repositoryOf, traffic } = registries.value;
  return ok({
    place,
    name: digest !== undefined ? { digest } : tag !== undefined ? { tag } : undefined,
    repository: repositoryOf(place),
    traffic,
  });
}

/** The same of a reference that must name one bundle. */
export async function openBundleReference(
  host: Host,
  reference: string,
  options: ValuesOf<typeof registryOptions>,
): Promise<Result<Opened & { readonly name: Name }>> {
  const opened = await openReference(host, reference, options);
  if (!opened.ok) return opened;
  const { name } = opened.value;
  return name === undefined
    ? fail({ area: 'registry', kind: 'reference-without-tag', reference })
    : ok({ ...opened.value, name });
}
