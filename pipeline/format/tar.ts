/**
 * Tar archives of plain files in memory: the one place for tar-stream.
 * tar-stream fills in what a header leaves out (the present time, for one), so every field is passed when writing.
 */
import { extract, type Pack, pack } from 'tar-stream';

/** What headers and the ends of files are rounded up to. */
export const blockSize = 512;

export type TarFile = { readonly name: string; readonly bytes: Uint8Array };

/** An archive in pieces: the files' own memory with headers and padding between, not copied. */
export async function packTar(files: readonly TarFile[]): Promise<readonly Uint8Array[]> {
  const archive: Pack = pack();
  const pieces: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    archive.on('data', (piece) => pieces.push(piece as Uint8Array));
    archive.on('end', resolve);
    archive.on('error', reject);
  });
  for (const { name, bytes } of files) archive.entry(headerOf(name, bytes.length), bytes);
  archive.finalize();
  await ended;
  return pieces;
}

const headerOf = (name: string, size: number) =>
  ({
    name,
    size,
    mode: 0o644,
    mtime: new Date(0),
    type: 'file',
    linkname: '',
    uid: 0,
    gid: 0,
    uname: '',
    gname: '',
    devmajor: 0,
    devminor: 0,
  }) as const;

/** What stands before a file of that name and size, one block. */
export function tarHeader(name: string, size: number): Promise<Uint8Array> {
  const archive = pack();
  return new Promise((resolve, reject) => {
    archive.once('data', (block) => {
      resolve(Uint8Array.from(block as Uint8Array));
      archive.destroy();
    });
    // The body that never comes.
    archive.entry(headerOf(name, size), () => undefined);
    archive.on('error', reject);
  });
}

export type TarEntry = TarFile & {
  /** The rest are links, devices and so on; they have no bytes that matter. */
  readonly kind: 'file' | 'directory' | 'other';
  /** As the header says it. `bytes` are fewer where the archive is cut. */
  readonly size: number;
};

export type TarEnd<T> =
  | { readonly end: 'read' }
  | { readonly end: 'stopped'; readonly by: T }
  /** In tar-stream's words, which are for its authors. */
  | { readonly end: 'damaged'; readonly reason: string };

/**
 * Shows each entry to `look`, its bytes as a view of `archive`, until one makes it answer: then nothing further
 * is read. What was seen of an archive that turns out to be damaged is not to be believed.
 */
export function readTar<T>(
  archive: Uint8Array,
  look: (entry: TarEntry) => T | undefined,
): Promise<TarEnd<T>> {
  return new Promise((resolve) => {
    const reader = extract();
    const damaged = (error: Error): void => {
      resolve({ end: 'damaged', reason: error.message });
      reader.destroy();
    };
    reader.on('entry', ({ name, type, size = 0 }, body, next) => {
      const kind = type === 'file' || type === 'directory' ? type : 'other';
      // `offset` is that of the entry's own header, which is one block.
      const start = body.offset + blockSize;
      const by = look({ name, kind, size, bytes: archive.subarray(start, start + size) });
      if (by !== undefined) {
        resolve({ end: 'stopped', by });
        return reader.destroy();
      }
      body.on('end', () => next());
      body.on('error', damaged);
      body.resume();
      return undefined;
    });
    reader.on('finish', () => resolve({ end: 'read' }));
    reader.on('error', damaged);
    reader.end(archive);
  });
}
