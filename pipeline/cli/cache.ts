/** What builds keep for later ones: packages below the cache, which is bounded, and what was made of them, in OUT/store. */
import { join } from 'node:path';
import type { FileStat, Host } from '../host/host.ts';
import type { Misuse } from './verb.ts';

export function cacheFolder(host: Host): string {
  const own = host.env('CRASHSEAL_CACHE');
  if (own !== undefined && own !== '') return own;
  const user = host.env('XDG_CACHE_HOME');
  return user !== undefined && user !== ''
    ? join(user, 'crashseal')
    : join(host.env('HOME') ?? '/', '.cache', 'crashseal');
}

const GiB = 2 ** 30;
/** Kernels of some twenty releases with their tools. */
const usualMost = 4 * GiB;
const units: Readonly<Record<string, number>> = { M: 2 ** 20, G: GiB, T: 1024 * GiB };

/** Bytes of packages that are kept at most. */
export function cacheMost(host: Host): number | Misuse {
  const text = host.env('CRASHSEAL_CACHE_MAX');
  if (text === undefined || text === '') return usualMost;
  const [, count, unit = ''] = /^(\d{1,6})([MGT])$/.exec(text) ?? [];
  return count === undefined
    ? { misuse: `CRASHSEAL_CACHE_MAX is "${text}", and takes a size such as 500M, 4G or 1T` }
    : Number(count) * (units[unit] ?? 1);
}

export type Removed = { readonly files: number; readonly bytes: number };

type Kept = { readonly path: string; readonly size: number; readonly mtimeMs: number };

/** Only what has a name that we give: others may keep things in the same folder. */
async function keptIn(host: Host, folder: string, ours: RegExp): Promise<readonly Kept[]> {
  const names = ((await host.list(folder)) ?? []).filter((name) => ours.test(name));
  const found = await Promise.all(
    names.map(async (name): Promise<readonly Kept[]> => {
      const path = `${folder}/${name}`;
      const stat = await host.stat(path);
      return stat === undefined
        ? []
        : [{ path, size: await sizeOf(host, path, stat), mtimeMs: stat.mtimeMs }];
    }),
  );
  return found.flat();
}

async function sizeOf(host: Host, path: string, stat: FileStat | undefined): Promise<number> {
  if (stat?.kind !== 'directory') return stat?.size ?? 0;
  let size = 0;
  for (const name of (await host.list(path)) ?? []) {
    const one = `${path}/${name}`;
    size += await sizeOf(host, one, await host.stat(one));
  }
  return size;
}

async function remove(host: Host, kept: readonly Kept[]): Promise<Removed> {
  for (const { path } of kept) await host.remove(path);
  return { files: kept.length, bytes: kept.reduce((sum, { size }) => sum + size, 0) };
}

const together = (...parts: readonly Removed[]): Removed => ({
  files: parts.reduce((sum, { files }) => sum + files, 0),
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
});

const packageFile = /^[0-9a-f]{64}\.deb$/;

/** Removes the packages that no build has used for the longest time, until no more than `most` bytes are left. */
export async function trimPackages(host: Host, cache: string, most: number): Promise<Removed> {
  const kept = await keptIn(host, `${cache}/debs`, packageFile);
  const oldestFirst = kept.toSorted((a, b) => a.mtimeMs - b.mtimeMs);
  let over = kept.reduce((sum, { size }) => sum + size, 0) - most;
  const gone: Kept[] = [];
  for (const one of oldestFirst) {
    if (over <= 0) break;
    gone.push(one);
    over -= one.size;
  }
  return remove(host, gone);
}

/** A build that was killed leaves its working folder; a day later nobody works there any more. */
const leftOverMs = 24 * 3600 * 1000;

async function leftOvers(host: Host, folder: string): Promise<readonly Kept[]> {
  const before = host.now() * 1000 - leftOverMs;
  return (await keptIn(host, folder, /^crashseal-/)).filter(({ mtimeMs }) => mtimeMs < before);
}

export type Cleaned = { readonly store: Removed; readonly cache: Removed };

/** All that can be made again from the packages; with `all`, the packages and their indexes as well. */
export async function clean(
  host: Host,
  { store, cache, most, all }: { store: string; cache: string; most: number; all: boolean },
): Promise<Cleaned> {
  const ofStore = await remove(
    host,
    await keptIn(host, store, /^[a-z0-9-]+-[0-9a-f]{64}$|^crashseal-/),
  );
  if ((await host.list(store))?.length === 0) await host.remove(store);
  const working = await remove(host, await leftOvers(host, `${cache}/tmp`));
  const packages = await trimPackages(host, cache, all ? 0 : most);
  const indexes = all
    ? await remove(host, await keptIn(host, cache, /^apt$/))
    : { files: 0, bytes: 0 };
  return { store: ofStore, cache: together(working, packages, indexes) };
}
