/**
 * The files below a folder that stands for `/`, opened as chroot would: every link, absolute or with `..`,
 * means a place below that folder. Somebody else made it, so nothing of the build machine is reached through it,
 * and nothing is opened but plain files of a bounded size.
 */
import type { FileStat, Host, NotRead } from '../host/host.ts';

export type Tree = {
  readonly folder: string;
  /** The same thing by a path that holds no link; it need not exist. Undefined where links go round. */
  readonly place: (path: string) => Promise<string | undefined>;
  readonly stat: (path: string) => Promise<FileStat | undefined>;
  readonly read: (path: string, most: number) => Promise<Uint8Array | NotRead | undefined>;
  readonly list: (path: string) => Promise<readonly string[] | undefined>;
  /** What a link says, for messages; undefined when there is none at that path. */
  readonly linkAt: (path: string) => Promise<string | undefined>;
};

const linksMax = 40;

const partsOf = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');

export function treeBelow(host: Host, root: string): Tree {
  const folder = root.replace(/\/+$/, '');
  /** A tree stands still while it is read. */
  const links = new Map<string, Promise<string | undefined>>();
  const linkAt = (place: string): Promise<string | undefined> => {
    const known = links.get(place);
    if (known !== undefined) return known;
    const asked = host.readLink(`${folder}/${place}`);
    links.set(place, asked);
    return asked;
  };

  const place = async (path: string): Promise<string | undefined> => {
    const real: string[] = [];
    const waiting = partsOf(path).reverse();
    let followed = 0;
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      if (part === '..') {
        real.pop();
        continue;
      }
      const target = await linkAt([...real, part].join('/'));
      if (target === undefined) {
        real.push(part);
        continue;
      }
      if (++followed > linksMax) return undefined;
      if (target.startsWith('/')) real.length = 0;
      waiting.push(...partsOf(target).reverse());
    }
    return `${folder}/${real.join('/')}`;
  };
  const at = async <T>(
    path: string,
    look: (real: string) => Promise<T>,
  ): Promise<T | undefined> => {
    const real = await place(path);
    return real === undefined ? undefined : look(real);
  };
  return {
    folder,
    place,
    stat: (path) => at(path, host.stat),
    read: (path, most) => at(path, (real) => host.readSmallFile(real, most)),
    list: (path) =>
      at(path, async (real) =>
        (await host.stat(real))?.kind === 'directory' ? host.list(real) : undefined,
      ),
    linkAt: async (path) => {
      const parts = partsOf(path);
      const last = parts.pop();
      const above = await place(parts.join('/'));
      return above === undefined || last === undefined
        ? undefined
        : host.readLink(`${above}/${last}`);
    },
  };
}
