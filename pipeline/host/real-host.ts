/** The machine that the tool runs on. */
import {
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readlink,
  rename,
  rm,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { FileStat, Host } from './host.ts';
import { runCommand } from './process.ts';

/** The value, or undefined when there is nothing at that path. */
async function unlessMissing<T>(
  work: Promise<T>,
  also: readonly string[] = [],
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (['ENOENT', 'ENOTDIR', ...also].includes(code)) return undefined;
    throw error;
  }
}

async function statOf(path: string): Promise<FileStat | undefined> {
  const found = await unlessMissing(lstat(path));
  if (found === undefined) return undefined;
  const kind = found.isFile()
    ? 'file'
    : found.isDirectory()
      ? 'directory'
      : found.isSymbolicLink()
        ? 'symlink'
        : 'other';
  return { kind, size: found.size, mode: found.mode & 0o7777, mtimeMs: found.mtimeMs };
}

let unfinished = 0;

async function writeWhole(
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
  mode = 0o644,
): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}-${unfinished++}`);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await writeAll(file, bytes instanceof Uint8Array ? [bytes] : bytes);
      // The umask has had its say at creation; the mode asked for is the mode given.
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** From here on one read into one buffer beats the many small ones of `readFile`. */
const largeFile = 1 << 20;

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    // Files of /proc and /sys state no size, and small ones are not worth a second way.
    if (size < largeFile) return plainBytes(await file.readFile());
    const bytes = plainBytes(Buffer.allocUnsafeSlow(size));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) return bytes.slice(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces)
    for (let at = 0; at < piece.length; )
      at += (await file.write(piece, at, piece.length - at)).bytesWritten;
}

/** The same memory without Buffer's own ways: its `slice` would share what others expect copied. */
const plainBytes = (buffer: Buffer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

export function realHost(): Host {
  return {
    readFile: (path) => unlessMissing(readWhole(path)),
    stat: statOf,
    readLink: (path) => unlessMissing(readlink(path), ['EINVAL']),
    list: async (path) => (await unlessMissing(readdir(path)))?.sort(byCodeUnit),
    writeFile: writeWhole,
    makeFolder: async (path) => {
      await mkdir(path, { recursive: true });
    },
    rename,
    remove: (path) => rm(path, { recursive: true, force: true }),
    withTempFolder: async (work, parent) => {
      if (parent !== undefined) await mkdir(parent, { recursive: true });
      const folder = await mkdtemp(join(parent ?? tmpdir(), 'crashseal-'));
      try {
        return await work(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    run: runCommand,
    env: (name) => process.env[name],
    now: () => Math.floor(Date.now() / 1000),
    cwd: () => process.cwd(),
  };
}
