/** A world of values, for tests: files in a map, commands as functions, a clock that stands still. */

import { fail, ok, type Result } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';
import type { CommandOptions, CommandOutput, FileStat, Host } from './host.ts';

export type MemoryFile = Uint8Array | string | { readonly link: string };

/** What a command does: it may read and write the same files. */
export type MemoryCommand = (
  args: readonly string[],
  options: CommandOptions,
  host: Host,
) => Promise<Partial<CommandOutput>> | Partial<CommandOutput>;

export type MemoryWorld = {
  readonly commands?: Readonly<Record<string, MemoryCommand>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly now?: number;
  readonly cwd?: string;
};

type Entry =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: string };

/** Paths are absolute, or below `cwd`; folders exist as far as something lies in them. */
export function memoryHost(
  files: Readonly<Record<string, MemoryFile>>,
  world: MemoryWorld = {},
): Host & { readonly paths: () => readonly string[] } {
  const cwd = world.cwd ?? '/';
  const entries = new Map<string, Entry>();
  const folders = new Set<string>(['/']);

  const plain = (path: string): string => {
    const parts: string[] = [];
    for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/'))
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    return `/${parts.join('/')}`;
  };
  const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const addFolder = (path: string): void => {
    for (let at = path; !folders.has(at); at = parent(at)) folders.add(at);
  };
  /** Follows links in the folders of a path, and in its last part too when `last` says so. */
  const follow = (path: string, last: boolean, depth = 0): string => {
    if (depth > 40) throw new Error(`too many links: ${path}`);
    const parts = plain(path).split('/').slice(1);
    let at = '';
    for (const [index, part] of parts.entries()) {
      const next = `${at}/${part}`;
      const entry = entries.get(next);
      if (entry?.kind === 'symlink' && (last || index < parts.length - 1)) {
        const rest = parts.slice(index + 1).join('/');
        const target = entry.target.startsWith('/') ? entry.target : `${at}/${entry.target}`;
        return follow(rest === '' ? target : `${target}/${rest}`, last, depth + 1);
      }
      at = next;
    }
    return at === '' ? '/' : at;
  };
  const put = (path: string, entry: Entry): void => {
    addFolder(parent(path));
    entries.set(path, entry);
  };
  for (const [path, content] of Object.entries(files)) {
    if (typeof content === 'string')
      put(plain(path), { kind: 'file', bytes: new TextEncoder().encode(content), mode: 0o644 });
    else if (content instanceof Uint8Array)
      put(plain(path), { kind: 'file', bytes: content, mode: 0o644 });
    else put(plain(path), { kind: 'symlink', target: content.link });
  }
  const below = (path: string): string[] =>
    [...entries.keys(), ...folders].filter((name) => name === path || name.startsWith(`${path}/`));

  let temporary = 0;
  /** By path, what is done when the last one that waits for it is done. */
  const held = new Map<string, Promise<unknown>>();
  const host: Host = {
    readFile: async (path) => {
      const entry = entries.get(follow(path, true));
      return entry?.kind === 'file' ? entry.bytes : undefined;
    },
    readSmallFile: async (path, most) => {
      const at = follow(path, true);
      const entry = entries.get(at);
      if (entry?.kind !== 'file') return folders.has(at) ? 'not-a-file' : undefined;
      return entry.bytes.length > most ? 'too-large' : entry.bytes;
    },
    openFile: async (path) => {
      const at = follow(path, true);
      const entry = entries.get(at);
      if (entry?.kind !== 'file') return folders.has(at) ? 'not-a-file' : undefined;
      const { bytes } = entry;
      return {
        kind: 'file',
        size: BigInt(bytes.length),
        read: async (from, size) => bytes.slice(Number(from), Number(from) + size),
        close: async () => undefined,
      };
    },
    createFile: async (path, mode = 0o644) => {
      const at = follow(path, true);
      let bytes: Uint8Array = new Uint8Array();
      put(at, { kind: 'file', bytes, mode });
      return {
        write: async (offset, piece) => {
          const end = Number(offset) + piece.length;
          if (end > bytes.length) bytes = joinBytes([bytes, new Uint8Array(end - bytes.length)]);
          bytes.set(piece, Number(offset));
          put(at, { kind: 'file', bytes, mode });
        },
        sync: async () => undefined,
        close: async () => undefined,
      };
    },
    stat: async (path): Promise<FileStat | undefined> => {
      const at = follow(path, false);
      const entry = entries.get(at);
      if (entry?.kind === 'file')
        return { kind: 'file', size: entry.bytes.length, mode: entry.mode, mtimeMs: 0 };
      if (entry !== undefined)
        return { kind: 'symlink', size: entry.target.length, mode: 0o777, mtimeMs: 0 };
      return folders.has(at) ? { kind: 'directory', size: 0, mode: 0o755, mtimeMs: 0 } : undefined;
    },
    readLink: async (path) => {
      const entry = entries.get(follow(path, false));
      return entry?.kind === 'symlink' ? entry.target : undefined;
    },
    makeLink: async (path, target) => put(follow(path, false), { kind: 'symlink', target }),
    list: async (path) => {
      const at = follow(path, true);
      if (!folders.has(at)) return undefined;
      const prefix = at === '/' ? '/' : `${at}/`;
      const names = new Set<string>();
      for (const name of [...entries.keys(), ...folders])
        if (name.startsWith(prefix) && name !== prefix)
          names.add(name.slice(prefix.length).split('/')[0] ?? '');
      return [...names].sort((a, b) => (a < b ? -1 : 1));
    },
    writeFile: async (path, bytes, mode = 0o644) =>
      put(follow(path, true), {
        kind: 'file',
        bytes: bytes instanceof Uint8Array ? bytes.slice() : joinBytes(bytes),
        mode,
      }),
    exclusively: async (path, work) => {
      const before = held.get(path) ?? Promise.resolve();
      const ours = before.then(work);
      held.set(
        path,
        ours.catch(() => undefined),
      );
      return ours;
    },
    makeFolder: async (path) => addFolder(follow(path, true)),
    touch: async () => undefined,
    rename: async (from, to) => {
      const source = follow(from, false);
      const target = follow(to, false);
      const moved = below(source);
      if (moved.length === 0) throw new Error(`nothing at ${source}`);
      if (below(target).some((name) => name !== target)) throw new Error(`${target} is not empty`);
      addFolder(parent(target));
      for (const name of moved) {
        const moves = target + name.slice(source.length);
        const entry = entries.get(name);
        if (entry !== undefined) entries.set(moves, entry);
        if (folders.delete(name)) folders.add(moves);
        entries.delete(name);
      }
    },
    remove: async (path) => {
      for (const name of below(follow(path, false))) {
        entries.delete(name);
        folders.delete(name);
      }
    },
    withTempFolder: async (work, within) => {
      const folder = plain(`${within ?? '/tmp'}/crashseal-${temporary++}`);
      addFolder(folder);
      try {
        return await work(folder);
      } finally {
        await host.remove(folder);
      }
    },
    run: async (command, args, options = {}): Promise<Result<CommandOutput>> => {
      const known = world.commands?.[command];
      if (known === undefined) return fail({ area: 'input', kind: 'command-missing', command });
      const output = await known(args, options, host);
      const stdout = output.stdout ?? new Uint8Array();
      if (options.outputFile !== undefined) await host.writeFile(options.outputFile, stdout);
      return ok({
        exitCode: output.exitCode ?? 0,
        stdout: options.outputFile === undefined ? stdout : new Uint8Array(),
        stderr: output.stderr ?? '',
      });
    },
    env: (name) => world.env?.[name],
    now: () => world.now ?? 0,
    cwd: () => cwd,
    cpus: () => 1,
  };
  return { ...host, paths: () => [...entries.keys()].sort() };
}
