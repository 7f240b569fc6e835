/**
 * depmod's text indexes and what modprobe would load by them: dependencies, aliases, soft
 * dependencies and built-ins. Pure; the words and matching rules are kmod's.
 */

export type ModuleIndex = {
  /** By canonical name. */
  readonly modules: ReadonlyMap<string, IndexedModule>;
  /** Canonical names of what is built into the kernel. */
  readonly builtins: ReadonlySet<string>;
  /** Names of the modules with an alias that matches, in file order. */
  readonly byAlias: (asked: string) => readonly string[];
  readonly softDependencies: ReadonlyMap<string, readonly string[]>;
};

export type IndexedModule = {
  readonly name: string;
  /** As in modules.dep: below lib/modules/RELEASE/. */
  readonly path: string;
  readonly dependencies: readonly string[];
};

export type IndexTexts = {
  readonly dep: string;
  readonly alias: string;
  readonly softdep: string;
  readonly builtin: string;
  /** NUL-separated `module.key=value`; what built-ins are also called. */
  readonly builtinModinfo: string;
};

/** kmod takes `-` and `_` for the same; the kernel says `_`. */
export const canonicalName = (name: string): string => name.replaceAll('-', '_');

const moduleEnd = /\.ko(\.(xz|zst|gz))?$/;
export const isModule = (path: string): boolean => moduleEnd.test(path);

/** `kernel/drivers/block/virtio-blk.ko.xz` is `virtio_blk`. */
export const moduleName = (path: string): string =>
  canonicalName(path.slice(path.lastIndexOf('/') + 1).replace(moduleEnd, ''));

/** An alias pattern (fnmatch without flags) as an expression over the whole word. */
function aliasPattern(alias: string): RegExp {
  let source = '';
  for (let at = 0; at < alias.length; at++) {
    const letter = alias[at] ?? '';
    if (letter === '*') source += '.*';
    else if (letter === '?') source += '.';
    else if (letter === '[') {
      const end = alias.indexOf(']', at + 2);
      if (end < 0) source += '\\[';
      else {
        const inside = alias.slice(at + 1, end).replaceAll('\\', '\\\\');
        source += `[${inside.startsWith('!') ? `^${inside.slice(1)}` : inside}]`;
        at = end;
      }
    } else source += letter.replace(/[\\^$.|+(){}\]]/, '\\$&');
  }
  return new RegExp(`^${source}$`, 's');
}

/** Dashes outside of brackets become underscores, as kmod writes and looks up aliases. */
const canonicalAlias = (alias: string): string =>
  alias.replace(/\[[^\]]*\]|-/g, (part) => (part === '-' ? '_' : part));

/**
 * One pass over 20,000 lines. Nearly all of them fall at their first letter, so that no table is
 * worth making for the one or two names of a build that are no module's own.
 */
function modulesByAlias(text: string, asked: string): readonly string[] {
  const found: string[] = [];
  const first = asked[0] ?? '';
  const start = 'alias '.length;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const letter = text[at + start] ?? '';
    if ((letter === first || /[-*?[]/.test(letter)) && text.startsWith('alias ', at)) {
      const space = text.lastIndexOf(' ', end - 1);
      const alias = canonicalAlias(text.slice(at + start, space));
      const wild = alias.search(/[*?[]/);
      const matches =
        wild < 0
          ? alias === asked
          : asked.startsWith(alias.slice(0, wild)) && aliasPattern(alias).test(asked);
      if (matches) found.push(canonicalName(text.slice(space + 1, end)));
    }
    at = end + 1;
  }
  return found;
}

/** Aliases of built-ins, so that asking for one of them is no mistake. */
function builtinNames(texts: IndexTexts): Set<string> {
  const names = new Set<string>();
  for (const line of texts.builtin.split('\n')) if (line !== '') names.add(moduleName(line));
  for (const entry of texts.builtinModinfo.split('\0')) {
    const found = /^([^.]+)\.alias=([^*?[]+)$/.exec(entry);
    if (found?.[1] !== undefined) names.add(canonicalName(found[1]));
    if (found?.[2] !== undefined) names.add(canonicalAlias(found[2]));
  }
  return names;
}

/** `softdep NAME pre: a b post: c`; words before the first `pre:` or `post:` count for nothing. */
function parseSoftDependencies(text: string): Map<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const words = line.split(/\s+/).filter((word) => word !== '');
    if (words[0] !== 'softdep' || words[1] === undefined) continue;
    const name = canonicalName(words[1]);
    const listed: string[] = found.get(name) ?? [];
    let counts = false;
    for (const word of words.slice(2))
      if (word === 'pre:' || word === 'post:') counts = true;
      else if (counts) listed.push(canonicalAlias(word));
    found.set(name, listed);
  }
  return found;
}

export function parseModuleIndex(texts: IndexTexts): ModuleIndex {
  const modules = new Map<string, IndexedModule>();
  for (const line of texts.dep.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const path = line.slice(0, colon);
    const rest = line.slice(colon + 1).trim();
    const name = moduleName(path);
    modules.set(name, { name, path, dependencies: rest === '' ? [] : rest.split(' ') });
  }
  return {
    modules,
    builtins: builtinNames(texts),
    byAlias: (asked) => modulesByAlias(texts.alias, canonicalAlias(asked)),
    softDependencies: parseSoftDependencies(texts.softdep),
  };
}

export type Lookup =
  | { readonly kind: 'modules'; readonly names: readonly string[] }
  | { readonly kind: 'builtin' }
  | { readonly kind: 'unknown' };

/** kmod's order: a module's own name, then aliases, then what is built in. */
export function lookUpModule(index: ModuleIndex, asked: string): Lookup {
  const name = canonicalAlias(asked);
  if (index.modules.has(name)) return { kind: 'modules', names: [name] };
  const names = index.byAlias(name).filter((module) => index.modules.has(module));
  if (names.length > 0) return { kind: 'modules', names: [...new Set(names)] };
  return { kind: index.builtins.has(name) ? 'builtin' : 'unknown' };
}

/** The named modules, all they depend on, and all their soft dependencies that exist. */
export function moduleClosure(
  index: ModuleIndex,
  names: Iterable<string>,
): ReadonlyMap<string, IndexedModule> {
  const closure = new Map<string, IndexedModule>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const module = index.modules.get(name);
    if (module === undefined || closure.has(name)) continue;
    closure.set(name, module);
    waiting.push(...module.dependencies.map(moduleName));
    // One that the kernel does not have is no mistake: soft dependencies are wishes.
    for (const wish of index.softDependencies.get(name) ?? []) {
      const found = lookUpModule(index, wish);
      if (found.kind === 'modules') waiting.push(...found.names);
    }
  }
  return closure;
}

/**
 * The word `storage`: every driver through which a disk may be reached. Controllers and the buses
 * they sit on; what only pretends to be a disk, or serves one to others, is left out.
 */
const storageFolders = [
  'ata',
  'block',
  'cdrom',
  'memstick',
  'message/fusion',
  'mmc',
  'nvdimm',
  'nvme/common',
  'nvme/host',
  'scsi',
  'ufs',
  'usb/storage',
];
const storageBuses = [
  'ehci_pci',
  'ehci_platform',
  'hv_vmbus',
  'ohci_pci',
  'ohci_platform',
  'pci_hyperv',
  'uhci_hcd',
  'virtio_mmio',
  'virtio_pci',
  'vmd',
  'xhci_pci',
  'xhci_plat_hcd',
];
const notStorage = new Set([
  'aoe',
  'brd',
  'drbd',
  'floppy',
  'loop',
  'mptctl',
  'mptlan',
  'nbd',
  'null_blk',
  'pktcdvd',
  'rbd',
  'rnbd_client',
  'rnbd_server',
  'scsi_debug',
  'ublk_drv',
  'xen_blkback',
  'zloop',
  'zram',
]);

/** Whether a module's path is that of a driver for disks. `more`: folders that only the kernel's architecture has. */
export const isForStorage = (path: string, more: readonly string[]): boolean =>
  [...storageFolders, ...more].some((folder) => path.startsWith(`kernel/drivers/${folder}/`));

/** `more`: as of {@link isForStorage}. */
export function storageDrivers(index: ModuleIndex, more: readonly string[]): readonly string[] {
  const names = [...index.modules.values()]
    .filter(({ name, path }) => !notStorage.has(name) && isForStorage(path, more))
    .map(({ name }) => name);
  return [...new Set([...names, ...storageBuses.filter((bus) => index.modules.has(bus))])].sort();
}

const trigrams = (word: string): Set<string> => {
  const padded = `  ${canonicalName(word.toLowerCase())} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, at) => padded.slice(at, at + 3)));
};

/** Names that share most of their letter triples with `asked`, best first. */
export function nearNames(index: ModuleIndex, asked: string, count = 3): readonly string[] {
  const wanted = trigrams(asked);
  return [...index.modules.keys(), ...index.builtins]
    .map((name) => {
      const own = trigrams(name);
      const shared = [...own].filter((triple) => wanted.has(triple)).length;
      return { name, likeness: shared / (own.size + wanted.size - shared) };
    })
    .filter(({ likeness }) => likeness >= 0.3)
    .sort((a, b) => b.likeness - a.likeness || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

/** Uncompressed files keep their place; only the ending changes. */
export const uncompressedPath = (path: string): string => path.replace(/\.ko\.(xz|zst|gz)$/, '.ko');

/**
 * The indexes that depmod would write for exactly these modules, cut out of those it wrote for all.
 * Lines come in the same order, because that is modules.order's. Within a line of modules.dep the
 * order is the one over all modules, which serves a few as well: dependencies stand after dependents.
 */
export function cutIndexes(
  texts: IndexTexts,
  closure: ReadonlyMap<string, IndexedModule>,
): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const dep: string[] = [];
  for (const line of texts.dep.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0 || !closure.has(moduleName(line.slice(0, colon)))) continue;
    const [path, ...rest] = line.split(' ');
    dep.push(
      [(path ?? '').slice(0, -1), ...rest]
        .map(uncompressedPath)
        .map((one, at) => (at === 0 ? `${one}:` : one))
        .join(' '),
    );
  }
  const ofClosure = (text: string, word: 1 | -1): string[] =>
    text.split('\n').filter((line) => {
      if (line.startsWith('#')) return true;
      const name = word === 1 ? line.split(' ', 2)[1] : line.slice(line.lastIndexOf(' ') + 1);
      return name !== undefined && name !== '' && closure.has(canonicalName(name));
    });
  const file = (name: string, lines: readonly string[]) => ({
    name,
    bytes: new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')),
  });
  return [
    file('modules.alias', ofClosure(texts.alias, -1)),
    { name: 'modules.builtin', bytes: new TextEncoder().encode(texts.builtin) },
    file('modules.dep', dep),
    file('modules.softdep', ofClosure(texts.softdep, 1)),
  ];
}
