/** What a machine that has these trust stores would go by: the stores, and the list beside them. */
import { dirname, join } from 'node:path';
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { collect, fail, ok, type Result } from '../problem/result.ts';
import { mergeTrustStores, readTrustStore, type TrustStore } from './trust-store.ts';
import { type Trust, verifyRevocations } from './verify-signature.ts';

/** Beside the trust store. */
export const revocationFile = 'revoked';

export async function readTrust(
  host: Host,
  paths: readonly string[],
  now: number,
): Promise<Result<Trust>> {
  const store = await readTrustStores(host, paths);
  if (!store.ok) return store;
  const lists = listsBeside(paths);
  const there = await presentLists(host, paths);
  const [path, ...more] = there;
  if (more.length > 0) return fail({ area: 'sign', kind: 'revocation-several', paths: there });
  if (path === undefined)
    return store.value.revocationRequired
      ? fail({ area: 'sign', kind: 'revocation-missing', paths: lists })
      : ok({ ...store.value, revocations: undefined });
  const file = { path, bytes: (await host.readFile(path)) ?? new Uint8Array() };
  const revocations = verifyRevocations(file, store.value, now);
  if (revocations.ok) return ok({ ...store.value, revocations: revocations.value });
  const met = { doing: 'verifying the revocation list', what: path } as const;
  const about = (problem: Problem): Problem => ({ ...problem, met });
  const [first, ...others] = revocations.problems;
  return fail(about(first), ...others.map(about));
}

export async function readTrustStores(
  host: Host,
  paths: readonly string[],
): Promise<Result<TrustStore>> {
  if (paths.length === 0) return fail({ area: 'seal', kind: 'trust-missing' });
  const stores = collect(
    await Promise.all(
      paths.map(async (path) =>
        readTrustStore({ path, bytes: (await host.readFile(path)) ?? new Uint8Array() }),
      ),
    ),
  );
  return stores.ok ? ok(mergeTrustStores(stores.value)) : stores;
}

const listsBeside = (stores: readonly string[]): readonly string[] => [
  ...new Set(stores.map((path) => join(dirname(path), revocationFile))),
];

/** The lists that are there. */
export async function presentLists(
  host: Host,
  stores: readonly string[],
): Promise<readonly string[]> {
  const there: string[] = [];
  for (const path of listsBeside(stores))
    if ((await host.stat(path)) !== undefined) there.push(path);
  return there;
}
