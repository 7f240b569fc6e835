/** The machine that the tool runs on. */
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
} from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fail, type Result } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';
import type { FileStat, Host, NewFile, NotRead, OpenFile } from './host.ts';
import { onInterrupt } from './interrupt.ts';
import { runCommand } from './process.ts';

/** The value, or undefined when there is nothing at that path. */
async function unlessMissing<T>(
  work: Promise<T>,
  also: readonly string[] = [],
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', ...also].includes(codeOf(error))) return undefined;
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

/** In one go: of a file that is still being made, an interruption would remove nothing, and it would be there after it. */
const makeAtOnce = (path: string, mode?: number): void => closeSync(openSync(path, 'wx', mode));

let unfinished = 0;

const entirely = { recursive: true, force: true } as const;

async function writeWhole(
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
  mode = 0o644,
): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}-${unfinished++}`);
  const done = onInterrupt(() => rmSync(beside, { force: true }));
  try {
    // Writable for us until it has its mode.
    makeAtOnce(beside, mode | 0o200);
    const file = await open(beside, 'r+');
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
    throw about(path, error);
  } finally {
    done();
  }
}

/** What fails after `open`, a full disk for one, does not say which file it was. */
const about = (path: string, error: unknown): unknown =>
  error instanceof Error ? Object.assign(error, { path }) : error;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Node's own recursive way tries for ever where a parent is there and takes no folders, as in /proc. */
async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const alreadyThere = async (error: unknown): Promise<void> => {
    const isFolder = async () => (await stat(path)).isDirectory();
    if (codeOf(error) !== 'EEXIST' || !(await isFolder())) throw error;
  };
  try {
    await mkdir(path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) return alreadyThere(error);
    await makeFolder(dirname(path));
    await mkdir(path, mode).catch(alreadyThere);
  }
}

const retryMs = 20;

async function exclusively<T>(
  path: string,
  work: () => Promise<Result<T>>,
  patienceMs = 10_000,
): Promise<Result<T>> {
  const end = Date.now() + patienceMs;
  let ours = false;
  const done = onInterrupt(() => {
    if (ours) rmSync(path, { force: true });
  });
  try {
    while (!ours) {
      try {
        makeAtOnce(path);
        ours = true;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        if (Date.now() >= end)
          return fail({ area: 'input', kind: 'held-by-another', path, seconds: patienceMs / 1000 });
        await setTimeout(retryMs);
      }
    }
    return await work();
  } finally {
    if (ours) await rm(path, { force: true });
    done();
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
  } catch (error) {
    throw about(path, error);
  } finally {
    await file.close();
  }
}

/** Not opened for writing, so that a FIFO without a writer does not make us wait. */
const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;

const smallPiece = 64 << 10;

/** Undefined for a socket, or for a device that is not there. */
const openWithoutWaiting = (path: string): Promise<FileHandle | undefined> =>
  open(path, withoutWaiting).catch((error: unknown) => {
    if (['ENXIO', 'ENODEV'].includes(codeOf(error))) return undefined;
    throw error;
  });

async function readSmall(path: string, most: number): Promise<Uint8Array | NotRead> {
  const file = await openWithoutWaiting(path);
  if (file === undefined) return 'not-a-file';
  try {
    const stated = await file.stat();
    if (!stated.isFile()) return 'not-a-file';
    if (stated.size > most) return 'too-large';
    // Files of /proc state no size, and what grows meanwhile is followed up to the bound only.
    const pieces: Uint8Array[] = [];
    let total = 0;
    for (let room = stated.size + 1; total <= most; room = smallPiece) {
      const piece = plainBytes(Buffer.allocUnsafeSlow(Math.min(room, most + 1 - total)));
      const { bytesRead } = await file.read(piece, 0, piece.length, total);
      if (bytesRead === 0) break;
      pieces.push(piece.subarray(0, bytesRead));
      total += bytesRead;
      // There was room for one more byte.
      if (bytesRead === stated.size) break;
    }
    return total > most
      ? 'too-large'
      : pieces.length === 1 && pieces[0]
        ? pieces[0]
        : joinBytes(pieces);
  } catch (error) {
    throw about(path, error);
  } finally {
    await file.close();
  }
}

/** Size of a block device in bytes; stat(2) says nothing of it. The bits are those of glibc's `gnu_dev_major`. */
async function blockSize(path: string, rdev: number): Promise<bigint> {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  const sectors = await unlessMissing(readWhole(`/sys/dev/block/${major}:${minor}/size`));
  if (sectors === undefined) throw about(path, new Error('its size is not known'));
  return BigInt(Buffer.from(sectors).toString('latin1').trim()) * 512n;
}

async function openToRead(path: string): Promise<OpenFile | 'not-a-file'> {
  const file = await openWithoutWaiting(path);
  if (file === undefined) return 'not-a-file';
  try {
    const stated = await file.stat();
    if (!stated.isFile() && !stated.isBlockDevice()) {
      await file.close();
      return 'not-a-file';
    }
    const kind = stated.isFile() ? 'file' : 'block';
    const size = kind === 'file' ? BigInt(stated.size) : await blockSize(path, stated.rdev);
    return {
      kind,
      size,
      read: (at, count) => readPiece(path, file, at, count),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw about(path, error);
  }
}

async function readPiece(
  path: string,
  file: FileHandle,
  at: bigint,
  count: number,
): Promise<Uint8Array> {
  const bytes = plainBytes(Buffer.allocUnsafeSlow(count));
  try {
    for (let got = 0; got < count; ) {
      const { bytesRead } = await file.read({
        buffer: bytes,
        offset: got,
        length: count - got,
        position: Number(at) + got,
      });
      if (bytesRead === 0) return bytes.slice(0, got);
      got += bytesRead;
    }
    return bytes;
  } catch (error) {
    throw about(path, error);
  }
}

async function createFile(path: string, mode = 0o644): Promise<NewFile> {
  const file = await open(path, 'wx', mode);
  const told = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      throw about(path, error);
    });
  };
  return {
    write: async (at, bytes) => {
      for (let done = 0; done < bytes.length; )
        await file
          .write(bytes, done, bytes.length - done, Number(at) + done)
          .then(({ bytesWritten }) => {
            done += bytesWritten;
          })
          .catch((error: unknown) => {
            throw about(path, error);
          });
    },
    sync: () => told(file.sync()),
    close: () => file.close(),
  };
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
    readSmallFile: (path, most) => unlessMissing(readSmall(path, most)),
    openFile: (path) => unlessMissing(openToRead(path)),
    createFile,
    stat: statOf,
    readLink: (path) => unlessMissing(readlink(path), ['EINVAL']),
    makeLink: (path, target) => symlink(target, path),
    list: async (path) => (await unlessMissing(readdir(path)))?.sort(byCodeUnit),
    writeFile: writeWhole,
    exclusively,
    makeFolder,
    rename,
    remove: (path) => rm(path, entirely),
    touch: async (path) => {
      const now = new Date();
      // A cache that others keep for us may be read-only; then nobody trims it either.
      await utimes(path, now, now).catch(() => undefined);
    },
    withTempFolder: async (work, parent) => {
      if (parent !== undefined) await makeFolder(parent);
      let folder: string | undefined;
      const done = onInterrupt(() => {
        // A program that was told to end may write for a moment longer.
        if (folder !== undefined) rmSync(folder, { ...entirely, maxRetries: 10, retryDelay: 20 });
      });
      try {
        folder = mkdtempSync(join(parent ?? tmpdir(), 'crashseal-'));
        return await work(folder);
      } finally {
        if (folder !== undefined) await rm(folder, entirely);
        done();
      }
    },
    run: runCommand,
    env: (name) => process.env[name],
    now: () => Math.floor(Date.now() / 1000),
    cwd: () => process.cwd(),
    cpus: availableParallelism,
  };
}
