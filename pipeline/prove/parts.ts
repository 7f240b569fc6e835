/** What the system that panics is made of: kernel and busybox that the bundle pins, and the loader that machines have. */
import { dirname, join } from 'node:path';
import type { Architecture } from '../arch/architecture.ts';
import type { KernelTree } from '../guest/kernel-tree.ts';
import type { Host } from '../host/host.ts';
import type { Apt, AptOf, PinnedPackage } from '../inputs/apt.ts';
import { imagesIn, kernelContent, unpackKernel } from '../inputs/kernel-source.ts';
import { moduleFolders } from '../inputs/module-tree.ts';
import { readPackage, type UnpackedPackage, unpackPackage } from '../inputs/package-file.ts';
import { toolContent } from '../inputs/tool-source.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import type { Sealed, SealedInput } from './sealed.ts';

export type PartsWishes = {
  /** Folder for what is unpacked, by content. */
  readonly store: string;
  readonly apt: AptOf;
  readonly kernel: string | undefined;
  readonly busybox: string | undefined;
  readonly loader: string | undefined;
  /** Folders that may hold loaders, each in a folder of its architecture, or in its Debian package. */
  readonly loaderFolders: readonly string[];
  readonly say: (detail: string) => void;
};

export type Parts = {
  readonly kernel: KernelTree;
  readonly busybox: string;
  readonly loader: string;
};

export async function findParts(
  host: Host,
  machine: Architecture,
  sealed: Sealed,
  wishes: PartsWishes,
): Promise<Result<Parts>> {
  const loader = await findLoader(host, machine, wishes);
  if (!loader.ok) return loader;
  const { say, store: storeFolder } = wishes;
  const context = { host, say, storeFolder, apt: wishes.apt(machine.debian.architecture, say) };
  const kernel = await findKernel(context, machine, sealed, wishes.kernel);
  if (!kernel.ok) return kernel;
  const busybox = await findBusybox(context, sealed, wishes.busybox);
  if (!busybox.ok) return busybox;
  return ok({ loader: loader.value, kernel: kernel.value, busybox: busybox.value });
}

const isPackage = (path: string): boolean => /\.(deb|rpm)$/.test(path);

/** Where the loader of this machine itself is installed. */
const installedLoader = '/usr/sbin/crashseal-load';
const LOADER_MAKER = 'loader-package-1';

/** The program itself, or the package that machines install it from, of whatever architecture. */
export async function findLoader(
  host: Host,
  { name, nodeName, debian }: Architecture,
  { loader, loaderFolders, store }: Pick<PartsWishes, 'loader' | 'loaderFolders' | 'store'>,
): Promise<Result<string>> {
  const looked: string[] = loader === undefined ? [] : [loader];
  if (loader === undefined)
    for (const folder of loaderFolders) {
      const packages = ((await host.list(folder)) ?? []).filter(
        (file) =>
          /^crashseal-load_[^_]+_[^_]+\.deb$/.test(file) &&
          file.endsWith(`_${debian.architecture}.deb`),
      );
      looked.push(join(folder, name, 'crashseal-load'));
      looked.push(
        ...packages
          .sort()
          .reverse()
          .map((file) => join(folder, file)),
      );
    }
  if (loader === undefined && nodeName === process.arch) looked.push(installedLoader);
  for (const path of looked) {
    if ((await host.stat(path))?.kind !== 'file') continue;
    if (!isPackage(path)) return ok(path);
    const file = await readPackage(host, path, undefined);
    if (!file.ok) return file;
    const unpacked = await unpackPackage(host, store, LOADER_MAKER, file.value);
    if (!unpacked.ok) return unpacked;
    const placed = await unpacked.value.tree.place(installedLoader.slice(1));
    if (placed !== undefined && (await host.stat(placed))?.kind === 'file') return ok(placed);
  }
  return fail({ area: 'prove', kind: 'no-loader', arch: name, looked });
}

/** As the build wrote it into the manifest: name, version and architecture. Undefined for what is no package. */
export function pinnedPackage({ origin, sha256, size }: SealedInput): PinnedPackage | undefined {
  const [, name, version, architecture] =
    /^([a-z0-9][a-z0-9.+-]*) (\S+) ([a-z0-9-]+)$/.exec(origin) ?? [];
  return name === undefined || version === undefined || architecture === undefined
    ? undefined
    : /^[0-9a-f]{64}$/.test(sha256)
      ? { package: name, version, architecture, digest: sha256 as Digest, size }
      : undefined;
}

type Context = {
  readonly host: Host;
  readonly apt: Apt;
  readonly storeFolder: string;
  readonly say: (detail: string) => void;
};

async function findKernel(
  context: Context,
  machine: Architecture,
  sealed: Sealed,
  given: string | undefined,
): Promise<Result<KernelTree>> {
  if (given !== undefined && !isPackage(given))
    return imageAlone(context, machine, sealed.kernelRelease, given);
  const unpacked: UnpackedPackage[] = [];
  if (given === undefined) {
    // Where a distribution keeps the modules apart, their package is an input of its own.
    const inputs = sealed.inputs.filter(({ name }) => /^kernel(\/|$)/.test(name));
    for (const input of inputs) {
      const from = pinnedPackage(input);
      if (from === undefined)
        return fail({ area: 'prove', kind: 'kernel-not-pinned', origin: input.origin });
      const one = await kernelContent(context, from, undefined, 'lock');
      if (!one.ok) return one;
      unpacked.push(one.value);
    }
  } else {
    const file = await readPackage(context.host, given, undefined);
    if (!file.ok) return file;
    const one = await unpackKernel(context, file.value);
    if (!one.ok) return one;
    unpacked.push(one.value);
  }
  const release = sealed.kernelRelease;
  const found: string[] = [];
  let vmlinuz: string | undefined;
  let root: string | undefined;
  for (const { tree } of unpacked) {
    for (const image of await imagesIn(tree)) {
      found.push(image.release);
      if (image.release === release) vmlinuz ??= await tree.place(image.path);
    }
    for (const folder of moduleFolders)
      if ((await tree.stat(`${folder}/${release}/modules.dep`)) !== undefined)
        root ??= dirname(dirname(join(tree.folder, folder)));
  }
  if (vmlinuz === undefined || root === undefined)
    return found.length === 0
      ? fail({
          area: 'prove',
          kind: 'kernel-not-pinned',
          origin: sealed.inputs.find(({ name }) => name === 'kernel')?.origin ?? 'not named',
        })
      : fail({
          area: 'prove',
          kind: 'kernel-other',
          found: found.join(', '),
          expected: release,
        });
  return ok({ deb: '', release, vmlinuz, root });
}

/** An image that has all in itself. */
async function imageAlone(
  { host, storeFolder }: Context,
  { imageRelease }: Architecture,
  expected: string,
  path: string,
): Promise<Result<KernelTree>> {
  const bytes = await host.readFile(path);
  if (bytes === undefined)
    return fail({ area: 'cli', kind: 'no-file', file: path, what: 'the kernel' });
  const release = imageRelease(bytes);
  return release === expected
    ? ok({ deb: '', release, vmlinuz: path, root: join(storeFolder, 'no-modules') })
    : fail({ area: 'prove', kind: 'kernel-other', found: release ?? 'none', expected });
}

const busyboxPaths = ['bin/busybox', 'usr/bin/busybox'] as const;

async function findBusybox(
  context: Context,
  sealed: Sealed,
  given: string | undefined,
): Promise<Result<string>> {
  if (given !== undefined)
    return (await context.host.stat(given))?.kind === 'file'
      ? ok(given)
      : fail({ area: 'cli', kind: 'no-file', file: given, what: 'busybox' });
  for (const input of sealed.inputs.filter(({ name }) => /^tools\/busybox\b/.test(name))) {
    const from = pinnedPackage(input);
    if (from === undefined) continue;
    const unpacked = await toolContent(context, from, undefined, 'lock');
    if (!unpacked.ok) return unpacked;
    for (const path of busyboxPaths)
      if ((await unpacked.value.tree.stat(path))?.kind === 'file')
        return ok((await unpacked.value.tree.place(path)) ?? '');
  }
  return fail({ area: 'prove', kind: 'no-busybox' });
}
