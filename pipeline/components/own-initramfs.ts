/** A finished initramfs is taken as it is; what a capture kernel could not start from is refused before it is sealed. */
import type { Host } from '../host/host.ts';
import { isModule, moduleName } from '../inputs/module-index.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { alignUp } from '../units/units.ts';
import { unpackInitramfs } from './initramfs-files.ts';

export type OwnInitramfs = {
  /** Bytes of memory that its files take, whole pages each. */
  readonly unpackedSize: bigint;
  /** The kernel modules in it, by canonical name. */
  readonly modules: ReadonlySet<string>;
};

/** Linux, init/main.c: without this file the initramfs counts as none, and a root file system is sought. */
export const askedInit = (commandLine: string): string =>
  /(?:^| )rdinit=(\S+)/.exec(commandLine)?.[1] ?? '/init';

/** What is in it; undefined where it cannot be opened here. */
export async function checkOwnInitramfs(
  host: Host,
  initramfs: Uint8Array,
  commandLine: string,
  pageSize: number,
): Promise<Result<OwnInitramfs | undefined>> {
  const found = await unpackInitramfs(host, [initramfs]);
  if (!found.ok) return ok(undefined);
  const asked = askedInit(commandLine);
  // Below a linked folder it is for the links to say, which only the kernel follows.
  const path = asked.replace(/^\/+/, '');
  if (!path.includes('/') && !found.entries.has(path))
    return fail({ area: 'component', kind: 'initramfs-own-without-init', init: asked });
  const page = BigInt(pageSize);
  const sizes = [...found.entries.values()].map(({ entry }) =>
    entry.kind === 'file' ? entry.bytes.length : 0,
  );
  return ok({
    unpackedSize: sizes.reduce((sum, size) => sum + alignUp(BigInt(size), page), 0n),
    modules: new Set([...found.entries.keys()].filter(isModule).map(moduleName)),
  });
}
