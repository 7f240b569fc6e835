/**
 * The files of an initramfs, as the kernel would unpack them (buffer-format.rst): archives one after the other,
 * zeros between them, the rest compressed or not. A path that stands twice is the last one.
 */
import { gunzipSync } from 'node:zlib';
import { type ForeignEntry, readForeignCpio } from '../format/cpio.ts';
import { modinfoOf } from '../format/modinfo.ts';
import type { Host } from '../host/host.ts';
import { explain } from '../problem/problem.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';

export type InitramfsFile = {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'char' | 'block';
  readonly mode: number;
  readonly owner: string;
  readonly size: number;
  readonly digest?: Digest;
  /** Of a link: where it leads. Of a device: its numbers. */
  readonly target?: string;
  /** Of a kernel module: what it says of itself. */
  readonly version?: string;
};

export type InitramfsFiles =
  | { readonly ok: true; readonly files: ReadonlyMap<string, InitramfsFile> }
  | Extract<InitramfsEntries, { readonly ok: false }>;

/** What a capture machine could never unpack is not unpacked here either. */
const unpackedMax = 1 << 30;
const timeoutMs = 300_000;

/** By the bytes they begin with, in hex (Linux, lib/decompress.c); what has no command is named and left. */
const packings: readonly {
  readonly name: string;
  readonly magic: readonly string[];
  readonly command?: readonly [string, ...string[]];
}[] = [
  { name: 'gzip', magic: ['1f8b', '1f9e'] },
  { name: 'xz', magic: ['fd37'], command: ['xz', '-dc', '-T1'] },
  { name: 'zstd', magic: ['28b5'], command: ['zstd', '-dcq'] },
  { name: 'bzip2', magic: ['425a'] },
  { name: 'LZMA', magic: ['5d00'] },
  { name: 'LZO', magic: ['894c'] },
  { name: 'LZ4', magic: ['0221'] },
];

/** cpio newc, also with checksums. */
const startsArchive = (bytes: Uint8Array, at: number): boolean =>
  /^07070[12]$/.test(Buffer.from(bytes.subarray(at, at + 6)).toString('latin1'));

const packingAt = (bytes: Uint8Array, at: number): (typeof packings)[number] | undefined => {
  const start = Buffer.from(bytes.subarray(at, at + 2)).toString('hex');
  return packings.find(({ magic }) => magic.includes(start));
};

/** Whether a kernel would take what stands there for an initramfs. */
export const startsInitramfs = (bytes: Uint8Array, at: number): boolean =>
  startsArchive(bytes, at) || packingAt(bytes, at) !== undefined;

class Unopened extends Error {}

/** What is in an initramfs, by path. */
export type InitramfsEntries =
  | { readonly ok: true; readonly entries: ReadonlyMap<string, ForeignEntry> }
  /** Why nothing can be said of what is inside. */
  | { readonly ok: false; readonly why: string };

/** `parts` in the order in which they are loaded. */
export async function unpackInitramfs(
  host: Host,
  parts: readonly Uint8Array[],
): Promise<InitramfsEntries> {
  const entries = new Map<string, ForeignEntry>();
  try {
    for (const part of parts) await readPart(host, part, entries, 0);
  } catch (error) {
    if (error instanceof Unopened) return { ok: false, why: error.message };
    throw error;
  }
  return { ok: true, entries };
}

/** The same, with each file's digest and version. */
export async function readInitramfs(
  host: Host,
  parts: readonly Uint8Array[],
): Promise<InitramfsFiles> {
  const unpacked = await unpackInitramfs(host, parts);
  if (!unpacked.ok) return unpacked;
  const files = [...unpacked.entries].map(([path, entry]) => [path, fileOf(entry)] as const);
  return { ok: true, files: new Map(files) };
}

async function readPart(
  host: Host,
  part: Uint8Array,
  entries: Map<string, ForeignEntry>,
  depth: number,
): Promise<void> {
  for (let at = 0; at < part.length; ) {
    if (part[at] === 0) {
      at++;
      continue;
    }
    if (startsArchive(part, at)) {
      const read = readForeignCpio(part, at);
      if (!read.ok)
        throw new Unopened(`the archive is damaged: ${read.why.fault} at ${read.why.at}`);
      for (const entry of read.entries) entries.set(entry.entry.path, entry);
      at = read.end;
      continue;
    }
    if (depth > 0) throw new Unopened(`what was unpacked holds no archive at ${at}`);
    await readPart(host, await unpack(host, part.subarray(at)), entries, 1);
    return;
  }
}

async function unpack(host: Host, packed: Uint8Array): Promise<Uint8Array> {
  const packing = packingAt(packed, 0);
  if (packing === undefined) {
    const start = Buffer.from(packed.subarray(0, 6)).toString('hex');
    throw new Unopened(`it begins with ${start}, which is no known archive`);
  }
  if (packing.name === 'gzip')
    try {
      return gunzipSync(packed, { maxOutputLength: unpackedMax });
    } catch (error) {
      throw new Unopened(`gzip: ${error instanceof Error ? error.message : String(error)}`);
    }
  if (packing.command === undefined)
    throw new Unopened(`it is compressed with ${packing.name}, which is not unpacked here`);
  const [program, ...args] = packing.command;
  const ran = await host.run(program, args, { input: packed, timeoutMs, outputMax: unpackedMax });
  if (!ran.ok) throw new Unopened(explain(ran.problems[0]).message);
  const { exitCode, stdout, stderr } = ran.value;
  if (exitCode !== 0) throw new Unopened(`${program}: ${stderr.trim().split('\n')[0] ?? exitCode}`);
  return stdout;
}

function fileOf({ entry, uid, gid }: ForeignEntry): InitramfsFile {
  const owner = `${uid}:${gid}`;
  const { path } = entry;
  switch (entry.kind) {
    case 'file': {
      const { bytes, mode } = entry;
      const version = path.endsWith('.ko') ? versionOf(bytes) : undefined;
      return {
        path,
        kind: 'file',
        mode,
        owner,
        size: bytes.length,
        digest: sha256(bytes),
        ...(version === undefined ? {} : { version }),
      };
    }
    case 'directory':
      return { path, kind: 'directory', mode: entry.mode, owner, size: 0 };
    case 'symlink':
      return { path, kind: 'symlink', mode: 0o777, owner, size: 0, target: entry.target };
    case 'device': {
      const target = `${entry.major}:${entry.minor}`;
      return { path, kind: entry.device, mode: entry.mode, owner, size: 0, target };
    }
  }
}

/** `version`, where a module has one, else `srcversion`, which every change of its source changes. */
function versionOf(module: Uint8Array): string | undefined {
  const says = new Map(modinfoOf(module));
  return says.get('version') ?? says.get('srcversion');
}
