/**
 * What is expensive to make, kept by what it is made from.
 * A key names the maker, its version and the digests of all it reads; equal keys mean equal bytes.
 * Safe to delete at any time; entries appear by rename, so parallel builds may share a store.
 */
import { createHash } from 'node:crypto';
import { ok, type Result } from '../problem/result.ts';
import { sha256Bytes } from '../units/sha256.ts';
import type { Host } from './host.ts';

export type Store = {
  /** The bytes for `key`, made by `make` when the store does not hold them yet. */
  readonly remember: (
    key: StoreKey,
    make: () => Promise<Result<Uint8Array>>,
  ) => Promise<Result<Uint8Array>>;
};

/** `maker` carries a version (`unpack-kernel-1`): raise it when the same input gives other bytes. */
export type StoreKey = { readonly maker: string; readonly from: readonly (string | Uint8Array)[] };

function keyName(key: StoreKey): string {
  const hash = createHash('sha256');
  for (const part of key.from) {
    hash.update(sha256Bytes(typeof part === 'string' ? new TextEncoder().encode(part) : part));
  }
  return `${key.maker}-${hash.digest('hex')}`;
}

export function folderStore(host: Host, folder: string): Store {
  return {
    async remember(key, make) {
      const path = `${folder}/${keyName(key)}`;
      const kept = await host.readFile(path);
      if (kept !== undefined) return ok(kept);
      const made = await make();
      if (!made.ok) return made;
      await host.makeFolder(folder);
      await host.writeFile(path, made.value);
      return made;
    },
  };
}

/** Keeps nothing: every value is made anew. */
export const noStore: Store = { remember: (_key, make) => make() };
