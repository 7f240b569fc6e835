/** Where the directories of a machine are: on which file system, and where in it. Reads files only. */
import type { Host } from '../host/host.ts';
import { readText } from './machine-facts.ts';

export type Mount = {
  readonly at: string;
  /** `UUID=…` of the file system. */
  readonly device: string;
  /** What makes its device of disks. */
  readonly stack: readonly ('lvm' | 'md')[];
};

/** `/dev/vda2` where `path` is a link to it. */
async function resolved(host: Host, path: string): Promise<string> {
  const link = await host.readLink(path);
  if (link === undefined) return path;
  return link.startsWith('/') ? link : `/dev/${link.replace(/^(\.\.\/)+/, '')}`;
}

/** By the name that the mount has. */
function stackOf(source: string): Mount['stack'] {
  if (/^\/dev\/(mapper\/|dm-)/.test(source)) return ['lvm'];
  return /^\/dev\/md/.test(source) ? ['md'] : [];
}

/** File systems on devices of this machine that have a UUID. */
export async function mountedByUuid(host: Host): Promise<readonly Mount[]> {
  const folder = '/dev/disk/by-uuid';
  const uuids = new Map<string, string>();
  for (const uuid of (await host.list(folder)) ?? [])
    uuids.set(await resolved(host, `${folder}/${uuid}`), uuid);
  const mounts: Mount[] = [];
  for (const line of ((await readText(host, '/proc/self/mounts')) ?? '').split('\n')) {
    const [source = '', at = ''] = line.split(' ');
    const uuid = source.startsWith('/dev/') ? uuids.get(await resolved(host, source)) : undefined;
    if (uuid !== undefined) mounts.push({ at, device: `UUID=${uuid}`, stack: stackOf(source) });
  }
  return mounts;
}

const isBelow = (directory: string, at: string): boolean =>
  at === '/' || directory === at || directory.startsWith(`${at}/`);

/** The innermost that holds the directory. */
export function mountOf(
  mounts: readonly Mount[],
  directory: string,
): (Omit<Mount, 'at'> & { readonly directory: string }) | undefined {
  const [mount] = mounts
    .filter(({ at }) => isBelow(directory, at))
    .sort((a, b) => b.at.length - a.at.length);
  if (mount === undefined) return undefined;
  const rest = mount.at === '/' ? directory : directory.slice(mount.at.length);
  const { device, stack } = mount;
  return { device, stack, directory: rest === '' ? '/' : rest };
}
