/**
 * Kernels that kernel-install or an image's maker puts where a boot loader reads them, and /boot/vmlinuz-RELEASE is
 * not: unified kernel images in EFI/Linux, and TOKEN/RELEASE/linux (the Boot Loader Specification, types 2 and 1).
 */
import { peSections } from '../format/pe.ts';
import { inputMax } from './read-input.ts';
import type { Tree } from './tree.ts';

/** Where the EFI system partition, or the one beside it, is mounted. */
const mounts = ['boot/efi', 'efi', 'boot'];

export type BootImage = { readonly release: string; readonly path: string };

export type BootImages = {
  readonly images: readonly BootImage[];
  /** What this user may not look into, as most systems want it. */
  readonly unread: readonly string[];
};

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EACCES', 'EPERM'].includes(String(error.code));

/** Images of `release` first. A file system for firmware does not tell upper from lower case. */
export async function bootPartitionImages(tree: Tree, release: string): Promise<BootImages> {
  const images: BootImage[] = [];
  const unread: string[] = [];
  const names = async (path: string): Promise<readonly string[]> => {
    try {
      return (await tree.list(path)) ?? [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      unread.push(`${tree.folder}/${path}`);
      return [];
    }
  };
  const below = async (path: string, name: RegExp): Promise<readonly string[]> =>
    (await names(path)).filter((one) => name.test(one)).map((one) => `${path}/${one}`);

  for (const mount of mounts) {
    for (const efi of await below(mount, /^efi$/i))
      for (const linux of await below(efi, /^linux$/i))
        for (const path of await below(linux, /\.efi$/i)) {
          const stated = await releaseIn(tree, path);
          if (stated !== undefined) images.push({ release: stated, path });
        }
    for (const token of await below(mount, /^(?!efi$)/i))
      for (const folder of await below(token, /^\d+\.\d+/))
        for (const path of await below(folder, /^(?:linux|vmlinuz)$/))
          images.push({ release: folder.slice(folder.lastIndexOf('/') + 1), path });
  }
  const rank = (image: BootImage): number => (image.release === release ? 0 : 1);
  return { images: images.toSorted((a, b) => rank(a) - rank(b)), unread: [...new Set(unread)] };
}

/** What `.uname` says; file names carry tokens and counters of boots beside it. */
async function releaseIn(tree: Tree, path: string): Promise<string | undefined> {
  const bytes = await tree.read(path, inputMax.kernel);
  if (!(bytes instanceof Uint8Array)) return undefined;
  const sections = peSections(bytes);
  if (!sections.has('.linux')) return undefined;
  const stated = new TextDecoder().decode(sections.get('.uname') ?? new Uint8Array());
  return /^[\w.+~-]+/.exec(stated)?.[0];
}
