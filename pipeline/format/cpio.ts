/**
 * The `newc` cpio archive, as the kernel's initramfs has it.
 * Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
 * The writer's bytes depend on the entries alone: sorted, owner 0, time 0, inode numbers by position.
 */

export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'device';
      readonly path: string;
      readonly mode: number;
      readonly device: 'char' | 'block';
      readonly major: number;
      readonly minor: number;
    };

/** Type bits of st_mode. */
const typeBits = { directory: 0o040000, file: 0o100000, symlink: 0o120000 } as const;
const deviceBits = { char: 0o020000, block: 0o060000 } as const;
const typeMask = 0o170000;

const magic = '070701';
const headerSize = 110;
const trailerName = 'TRAILER!!!';
/** cpio(1) writes and reads blocks of this size. */
const blockSize = 512;

const padTo = (size: number, step: number): number => Math.ceil(size / step) * step;
const byCodeUnit = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

/**
 * One archive of these entries. Folders that lead to them are added where missing, mode 0755.
 * Throws when a path is not plain or stands twice: callers have checked what users gave.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const all = withParents(entries).toSorted(byCodeUnit);
  const records = all.map((entry, index) => {
    const content = contentOf(entry);
    return { header: header(entry, index + 1, content.length), content };
  });
  const end = header(undefined, 0, 0);
  const size = records.reduce(
    (sum, record) => sum + record.header.length + padTo(record.content.length, 4),
    end.length,
  );
  const out = new Uint8Array(padTo(size, blockSize));
  let at = 0;
  for (const record of records) {
    out.set(record.header, at);
    at += record.header.length;
    out.set(record.content, at);
    at += padTo(record.content.length, 4);
  }
  out.set(end, at);
  return out;
}

function withParents(entries: readonly CpioEntry[]): readonly CpioEntry[] {
  const known = new Map<string, CpioEntry>();
  for (const entry of entries) {
    if (!isPlainPath(entry.path)) throw new Error(`not a plain path: "${entry.path}"`);
    if (known.has(entry.path)) throw new Error(`"${entry.path}" stands twice`);
    known.set(entry.path, entry);
  }
  for (const { path } of entries)
    for (const folder of foldersTo(path)) {
      const there = known.get(folder);
      if (there === undefined) known.set(folder, { kind: 'directory', path: folder, mode: 0o755 });
      else if (holdsNothing(there))
        throw new Error(`"${folder}" is no folder, but "${path}" is in it`);
    }
  return [...known.values()];
}

/** `a/b/c` lies in `a` and `a/b`. */
export function* foldersTo(path: string): Generator<string> {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) yield path.slice(0, at);
}

const holdsNothing = ({ kind }: CpioEntry): boolean => kind === 'file' || kind === 'device';

/** Relative, without empty, `.` or `..` parts, and not the name that ends an archive. */
export const isPlainPath = (path: string): boolean =>
  path !== trailerName &&
  !path.includes('\0') &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.bytes;
  return entry.kind === 'symlink' ? new TextEncoder().encode(entry.target) : new Uint8Array();
}

function modeOf(entry: CpioEntry): number {
  switch (entry.kind) {
    case 'directory':
      return typeBits.directory | (entry.mode & 0o7777);
    case 'file':
      return typeBits.file | (entry.mode & 0o7777);
    case 'symlink':
      return typeBits.symlink | 0o777;
    case 'device':
      return deviceBits[entry.device] | (entry.mode & 0o7777);
  }
}

/** Header and name, padded; the end mark when there is no entry. */
function header(entry: CpioEntry | undefined, inode: number, size: number): Uint8Array {
  const name = new TextEncoder().encode(entry?.path ?? trailerName);
  const device = entry?.kind === 'device' ? entry : undefined;
  const fields = [
    inode,
    entry === undefined ? 0 : modeOf(entry),
    0, // uid
    0, // gid
    entry?.kind === 'directory' ? 2 : 1, // links
    0, // mtime
    size,
    0, // major and minor of the device it was on
    0,
    device?.major ?? 0,
    device?.minor ?? 0,
    name.length + 1,
    0, // checksum, of another format
  ];
  const out = new Uint8Array(padTo(headerSize + name.length + 1, 4));
  const text =
    magic + fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0')).join('');
  out.set(new TextEncoder().encode(text), 0);
  out.set(name, headerSize);
  return out;
}

/** Why bytes are no archive of the kind that we write. */
export type CpioFault =
  | { readonly fault: 'magic'; readonly at: number }
  | { readonly fault: 'number'; readonly at: number; readonly field: string }
  | { readonly fault: 'short'; readonly at: number; readonly need: number; readonly have: number }
  | { readonly fault: 'name'; readonly at: number; readonly name: string }
  | { readonly fault: 'name-twice'; readonly at: number; readonly name: string }
  | { readonly fault: 'kind'; readonly at: number; readonly name: string; readonly mode: number }
  | { readonly fault: 'padding'; readonly at: number }
  | { readonly fault: 'after-end'; readonly at: number };

export type CpioRead =
  | { readonly ok: true; readonly entries: readonly CpioEntry[] }
  | { readonly ok: false; readonly why: CpioFault };

const fieldNames = [
  'inode',
  'mode',
  'uid',
  'gid',
  'nlink',
  'mtime',
  'filesize',
  'devmajor',
  'devminor',
  'rdevmajor',
  'rdevminor',
  'namesize',
  'check',
] as const;
type FieldName = (typeof fieldNames)[number];

class Refused extends Error {
  readonly why: CpioFault;
  constructor(why: CpioFault) {
    super(why.fault);
    this.why = why;
  }
}

/**
 * Every entry of one archive. Zeros may follow the end mark, nothing else; padding must be zero;
 * owner, time and inode numbers are not judged.
 */
export function readCpio(source: Uint8Array): CpioRead {
  return unlessRefused(() => {
    const { entries, end } = readEntries(source, 0, own);
    for (let rest = end; rest < source.length; rest++)
      if (source[rest] !== 0) throw new Refused({ fault: 'after-end', at: rest });
    return { ok: true, entries: entries.map(({ entry }) => entry) };
  });
}

export type ForeignEntry = {
  readonly entry: CpioEntry;
  readonly uid: number;
  readonly gid: number;
};

/**
 * One archive that somebody else made, from `start`: with checksums (which the kernel does not look at either),
 * `.` for the root, hard links (the bytes stand with one of them), and paths that stand twice, where the last counts.
 * `end` is after the end mark; what follows there is for the caller.
 */
export function readForeignCpio(
  source: Uint8Array,
  start: number,
):
  | { readonly ok: true; readonly entries: readonly ForeignEntry[]; readonly end: number }
  | { readonly ok: false; readonly why: CpioFault } {
  return unlessRefused(() => ({ ok: true, ...readEntries(source, start, foreign) }));
}

function unlessRefused<T>(work: () => T): T | { readonly ok: false; readonly why: CpioFault } {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) return { ok: false, why: error.why };
    throw error;
  }
}

/** Whose archives are read: ours have one form. */
type Rules = { readonly magics: readonly string[]; readonly theirs: boolean };
const own: Rules = { magics: [magic], theirs: false };
const foreign: Rules = { magics: [magic, '070702'], theirs: true };

function readEntries(
  source: Uint8Array,
  start: number,
  rules: Rules,
): { readonly entries: readonly ForeignEntry[]; readonly end: number } {
  const entries = new Map<string, ForeignEntry>();
  const folders = new Set<string>();
  const links = new Map<string, Uint8Array>();
  const linked: { readonly path: string; readonly inode: string }[] = [];
  const need = (at: number, size: number): void => {
    if (size > source.length - at)
      throw new Refused({ fault: 'short', at, need: size, have: Math.max(0, source.length - at) });
  };
  const zero = (from: number, end: number): void => {
    for (let at = from; at < end; at++)
      if (source[at] !== 0) throw new Refused({ fault: 'padding', at });
  };
  for (let at = start; ; ) {
    need(at, headerSize);
    if (!rules.magics.includes(latin(source, at, at + magic.length)))
      throw new Refused({ fault: 'magic', at });
    const numbers = readNumbers(source, at);
    const nameEnd = at + headerSize + numbers.namesize;
    const dataStart = at + padTo(headerSize + numbers.namesize, 4);
    need(at, headerSize + numbers.namesize);
    const rawName = source.subarray(at + headerSize, nameEnd);
    const name = new TextDecoder().decode(rawName.subarray(0, -1));
    if (numbers.namesize < 2 || rawName.indexOf(0) !== rawName.length - 1)
      throw new Refused({ fault: 'name', at, name });
    if (name === trailerName) {
      if (numbers.filesize !== 0) throw new Refused({ fault: 'after-end', at: nameEnd });
      for (const { path, inode } of linked) {
        const there = entries.get(path);
        const bytes = links.get(inode);
        if (there?.entry.kind === 'file' && bytes !== undefined)
          entries.set(path, { ...there, entry: { ...there.entry, bytes } });
      }
      return { entries: [...entries.values()], end: nameEnd };
    }
    const path = rules.theirs ? name.replace(/^(\.?\/)+/, '') || '.' : name;
    if (!isPlainPath(path) && !(rules.theirs && path === '.'))
      throw new Refused({ fault: 'name', at, name });
    if (!rules.theirs && entries.has(path)) throw new Refused({ fault: 'name-twice', at, name });
    const next = dataStart + padTo(numbers.filesize, 4);
    need(at, next - at);
    zero(nameEnd, dataStart);
    zero(dataStart + numbers.filesize, next);
    const data = source.subarray(dataStart, dataStart + numbers.filesize);
    const { uid, gid } = numbers;
    const entry = entryOf(at, path, numbers, data);
    if (!rules.theirs) {
      const above = [...foldersTo(path)];
      for (const folder of above) folders.add(folder);
      const inNoFolder = above.some((folder) => {
        const there = entries.get(folder);
        return there !== undefined && holdsNothing(there.entry);
      });
      if (inNoFolder || (folders.has(path) && holdsNothing(entry)))
        throw new Refused({ fault: 'name', at, name });
    }
    entries.set(path, { entry, uid, gid });
    if (rules.theirs && numbers.nlink > 1 && (numbers.mode & typeMask) === typeBits.file) {
      const inode = `${numbers.devmajor}:${numbers.devminor}:${numbers.inode}`;
      if (data.length > 0) links.set(inode, data);
      else linked.push({ path, inode });
    }
    at = next;
  }
}

function entryOf(
  at: number,
  path: string,
  numbers: Readonly<Record<FieldName, number>>,
  data: Uint8Array,
): CpioEntry {
  const kind = numbers.mode & typeMask;
  const mode = numbers.mode & 0o7777;
  if (kind === typeBits.file) return { kind: 'file', path, mode, bytes: data };
  if (kind === typeBits.symlink)
    return { kind: 'symlink', path, target: new TextDecoder().decode(data) };
  if (data.length === 0) {
    if (kind === typeBits.directory) return { kind: 'directory', path, mode };
    const { rdevmajor: major, rdevminor: minor } = numbers;
    if (kind === deviceBits.char)
      return { kind: 'device', path, mode, device: 'char', major, minor };
    if (kind === deviceBits.block)
      return { kind: 'device', path, mode, device: 'block', major, minor };
  }
  throw new Refused({ fault: 'kind', at, name: path, mode: numbers.mode });
}

function readNumbers(source: Uint8Array, at: number): Record<FieldName, number> {
  const numbers = {} as Record<FieldName, number>;
  for (const [index, field] of fieldNames.entries()) {
    const start = at + magic.length + index * 8;
    const digits = latin(source, start, start + 8);
    if (!/^[0-9a-fA-F]{8}$/.test(digits)) throw new Refused({ fault: 'number', at: start, field });
    numbers[field] = Number.parseInt(digits, 16);
  }
  return numbers;
}

const latin = (source: Uint8Array, start: number, end: number): string =>
  Buffer.from(source.subarray(start, end)).toString('latin1');
