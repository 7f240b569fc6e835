import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { writePem } from './certificate.ts';
import { presentLists, readTrustStores, revocationFile } from './trust.ts';
import { renderTrustStore, type TrustSettings } from './trust-store.ts';

/**
 * The one store that a loader takes, with the revocation list beside it: in a folder, for the loader to read.
 * `change`: settings that are to be others there.
 */
export async function copyTrust(
  host: Host,
  paths: readonly string[],
  folder: string,
  change: (settings: TrustSettings) => Partial<TrustSettings> = () => ({}),
): Promise<Result<string>> {
  await host.makeFolder(folder, 0o700);
  const store = join(folder, 'trust.pem');
  const [path = '', ...more] = paths;
  const stores = await readTrustStores(host, paths);
  const changed = stores.ok && isChanged(stores.value, change(stores.value));
  if (more.length === 0 && !changed) {
    // As it is: whether it is good is for the loader to say.
    const bytes = await host.readFile(path);
    if (bytes === undefined)
      return fail({ area: 'cli', kind: 'no-file', file: path, what: 'trust store' });
    await host.writeFile(store, bytes);
  } else {
    if (!stores.ok) return stores;
    const settings = { ...stores.value, ...change(stores.value) };
    const anchors = stores.value.anchors.map(({ der }) => writePem(der));
    await host.writeFile(store, new TextEncoder().encode(renderTrustStore(settings, anchors)));
  }
  const lists = await presentLists(host, paths);
  if (lists.length > 1) return fail({ area: 'sign', kind: 'revocation-several', paths: lists });
  for (const list of lists)
    await host.writeFile(
      join(folder, revocationFile),
      (await host.readFile(list)) ?? new Uint8Array(),
    );
  return ok(store);
}

const isChanged = (settings: TrustSettings, change: Partial<TrustSettings>): boolean =>
  Object.entries(change).some(([name, value]) => settings[name as keyof TrustSettings] !== value);
