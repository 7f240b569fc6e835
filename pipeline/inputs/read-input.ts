import type { Host, NotRead } from '../host/host.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Tree } from './tree.ts';

/** What a user can cause while reading a file; anything else is ours or the machine's. */
const readErrors = new Set(['EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']);

/**
 * Bytes that a file may have, by what it is for. Far above what there is (a package of a kernel with all its
 * modules has 150 MiB, an initramfs with everything 300 MiB); what is larger is a mistake or an attack.
 */
export const inputMax = {
  kernel: 512 << 20,
  config: 16 << 20,
  package: 1 << 30,
  initramfs: 2 ** 31,
  module: 256 << 20,
  moduleIndex: 64 << 20,
  tool: 256 << 20,
  firmware: 256 << 20,
} as const;

export type InputFile = {
  /** What it is for, in messages. */
  readonly role: string;
  readonly most: number;
  readonly at: SourcePlace | undefined;
};

/** A file that the profile names. */
export const readInput = (
  host: Host,
  path: string,
  role: string,
  at: SourcePlace | undefined,
  most: number,
): Promise<Result<Uint8Array>> =>
  readAs(path, { role, at, most }, () => host.readSmallFile(path, most));

/** A file of somebody else's tree. */
export const readInTree = (
  tree: Tree,
  path: string,
  file: InputFile,
): Promise<Result<Uint8Array>> =>
  readAs(
    `${tree.folder}/${path}`,
    file,
    () => tree.read(path, file.most),
    () => tree.linkAt(path),
  );

/** Undefined where there is none: for what a tree may lack. */
export async function readIfThere(
  tree: Tree,
  path: string,
  file: InputFile,
): Promise<Result<Uint8Array | undefined>> {
  const read = await readInTree(tree, path, file);
  return !read.ok && read.problems[0].kind === 'file-missing' ? ok(undefined) : read;
}

async function readAs(
  path: string,
  { role, most, at }: InputFile,
  read: () => Promise<Uint8Array | NotRead | undefined>,
  linkAt: () => Promise<string | undefined> = async () => undefined,
): Promise<Result<Uint8Array>> {
  try {
    const bytes = await read();
    if (bytes === undefined)
      return fail({ area: 'input', kind: 'file-missing', at, path, role, link: await linkAt() });
    if (typeof bytes === 'string')
      return fail({ area: 'input', kind: 'file-not-taken', at, path, role, why: bytes, most });
    if (bytes.length === 0) return fail({ area: 'input', kind: 'file-empty', at, path, role });
    return ok(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!readErrors.has(code)) throw error;
    return fail({ area: 'input', kind: 'file-unreadable', at, path, role, code });
  }
}
