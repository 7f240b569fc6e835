/** Registries and folders that a verb works with, from its options. */
import type { Host } from '../host/host.ts';
import { type HttpTraffic, httpClient } from '../host/http-client.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Place } from '../registry/reference.ts';
import { repositories } from '../registry/registry.ts';
import type { Repository } from '../registry/repository.ts';
import type { ValuesOf } from './option.ts';
import type { registryOptions } from './registry-options.ts';

export type Registries = {
  readonly repositoryOf: (place: Place) => Repository;
  /** What went over the network. */
  readonly traffic: () => HttpTraffic;
  readonly close: () => void;
};

const caMax = 4 << 20;

export async function openRegistries(
  host: Host,
  options: ValuesOf<typeof registryOptions>,
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
  });
  return ok({ repositoryOf, traffic: client.traffic, close: client.close });
}
