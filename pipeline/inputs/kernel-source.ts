/** The capture kernel with its config and module tree, from each kind of place a profile may name. */
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import { collect, fail, ok, type Result } from '../problem/result.ts';
import type { KernelSource } from '../profile/keys/kernel.ts';
import type { AptPackage, PinnedPackage } from './apt.ts';
import { bootPartitionImages } from './boot-partition.ts';
import { kernelOf } from './kernel-image.ts';
import { checkAsked } from './lock.ts';
import { type ModulePlace, type ModuleTree, moduleFolders, runDepmod } from './module-tree.ts';
import {
  type PackageFile,
  readPackage,
  type UnpackedPackage,
  unpackPackage,
} from './package-file.ts';
import { foreignPackages, packageContent } from './packages.ts';
import {
  baseName,
  fileInput,
  type InputContext,
  type Part,
  type PinnedInput,
  packageInput,
  pinnedPackages,
} from './part.ts';
import { inputMax, readIfThere, readInput, readInTree } from './read-input.ts';
import type { KernelInput } from './resolved-inputs.ts';
import { type Tree, treeBelow } from './tree.ts';

export type FoundKernel = {
  readonly kernel: KernelInput;
  readonly tree: ModuleTree | undefined;
  /** Modules of a package are pinned with the package; others have a digest of their own. */
  readonly modulesPinned: boolean;
};

const KERNEL_MAKER = 'kernel-deb-1-3';

type KernelContext = InputContext<'kernel'>;

export const findKernel = (context: KernelContext): Promise<Result<Part<FoundKernel>>> =>
  context.shared.once(
    'kernel',
    [context.machine, JSON.stringify([context.profile.kernel, context.locked?.kernel])],
    () => kernelFrom(context),
  );

function kernelFrom(context: KernelContext): Promise<Result<Part<FoundKernel>>> {
  const source = context.profile.kernel;
  switch (source.kind) {
    case 'apt':
      return fromApt(context, source);
    case 'packages':
      return fromPackageFiles(context, source.paths);
    case 'installed':
      return fromInstalled(context, source);
    case 'files':
      return fromFiles(context, source);
  }
}

/** A package with what the lock says of it. */
type Origin = { readonly content: UnpackedPackage; readonly from: PinnedPackage };

async function fromApt(
  context: KernelContext,
  source: KernelSource & { readonly kind: 'apt' },
): Promise<Result<Part<FoundKernel>>> {
  const { machine, profile } = context;
  const at = profile.placeOf('kernel.package');
  const version = source.version === undefined ? '' : `=${source.version}`;
  const asked = `apt ${source.package}${version} ${machine.debian.architecture}`;
  const [differs] = checkAsked(profile.name, 'kernel', context.locked?.kernel, asked);
  if (differs !== undefined) return fail(differs);
  const pinned = pinnedPackages(context.locked?.kernel);
  const found = pinned === undefined ? await imageAndModules(context, source, at) : ok(pinned);
  if (!found.ok) return found;

  const origins: Origin[] = [];
  for (const from of found.value) {
    const pinnedBy = pinned === undefined ? 'package-index' : 'lock';
    const content = await kernelContent(context, from, at, pinnedBy);
    if (!content.ok) return content;
    origins.push({ content: content.value, from });
  }
  return kernelIn(context, origins, asked, at);
}

/** The image's package, and the one with its modules where a distribution keeps them apart. */
async function imageAndModules(
  context: KernelContext,
  source: KernelSource & { readonly kind: 'apt' },
  at: SourcePlace | undefined,
): Promise<Result<readonly AptPackage[]>> {
  const image = await followMetapackage(context, source, at);
  if (!image.ok) return image;
  const modules = image.value.depends.filter((name) => /^linux-modules-\d/.test(name));
  const others: Result<AptPackage>[] = [];
  for (const name of modules)
    others.push(
      await context.apt.find({ package: name, version: image.value.exactly.get(name), at }),
    );
  const found = collect(others);
  return found.ok ? ok([image.value, ...found.value]) : found;
}

/** A metapackage is empty and depends on the image; a few steps at most lead there. */
async function followMetapackage(
  { apt }: KernelContext,
  source: KernelSource & { readonly kind: 'apt' },
  at: SourcePlace | undefined,
): Promise<Result<AptPackage>> {
  let wanted = { package: source.package, version: source.version, at };
  for (let step = 0; step < 4; step++) {
    const found = await apt.find(wanted);
    if (!found.ok) return found;
    const image = found.value.depends.find((name) => /^linux-image-/.test(name));
    if (image === undefined) return found;
    wanted = { package: image, version: found.value.exactly.get(image), at };
  }
  return apt.find(wanted);
}

async function fromPackageFiles(
  context: KernelContext,
  paths: readonly string[],
): Promise<Result<Part<FoundKernel>>> {
  const { host, locked, profile } = context;
  const at = profile.placeOf('kernel.path');
  const files = collect(await Promise.all(paths.map((path) => readPackage(host, path, at))));
  if (!files.ok) return files;
  const [only, ...others] = files.value;
  // Before it is unpacked: what else may be wrong with another package is beside the point.
  const pinned = locked?.kernel?.inputs.find(({ name }) => name === 'kernel');
  const isOther = pinned !== undefined && pinned.sha256 !== only?.digest;
  if (only !== undefined && others.length === 0 && isOther)
    return fail({
      area: 'input',
      kind: 'digest-wrong',
      input: baseName(only.shown),
      expected: pinned.sha256,
      found: only.digest,
      expectedSize: pinned.size,
      foundSize: only.size,
      pinnedBy: 'lock',
    });
  const origins: Origin[] = [];
  for (const file of files.value) {
    const content = await unpackKernel(context, file);
    if (!content.ok) return content;
    const from = { ...content.value.facts, digest: file.digest, size: file.size };
    origins.push({ content: content.value, from });
  }
  const names = paths.map(baseName).sort().join(' ');
  return kernelIn(context, origins, `${files.value[0]?.form ?? 'deb'} ${names}`, at);
}

/** Unpacked with its indexes, which a kernel package leaves to be made where it is installed. */
export const unpackKernel = (
  context: Pick<InputContext, 'host' | 'say' | 'storeFolder'>,
  file: PackageFile,
): Promise<Result<UnpackedPackage>> => {
  const { host, say, storeFolder } = context;
  say(`unpacking ${file.shown}`);
  return unpackPackage(host, storeFolder, KERNEL_MAKER, file, async (tree) => {
    for (const folder of moduleFolders)
      for (const release of (await tree.list(folder)) ?? []) {
        const modules = `${folder}/${release}`;
        // depmod writes there, so it must be the package's own folder and no link to another.
        if ((await tree.place(modules)) !== `${tree.folder}/${modules}`) continue;
        if ((await tree.stat(`${modules}/kernel`))?.kind !== 'directory') continue;
        say(`reading the modules of ${release}`);
        const above = folder.slice(0, -'lib/modules'.length);
        const ran = await runDepmod(host, `${tree.folder}/${above}`, release);
        if (!ran.ok) return ran;
      }
    return ok(undefined);
  });
};

/** The content of a kernel's package. */
export const kernelContent = (
  context: Pick<InputContext, 'apt' | 'host' | 'say' | 'storeFolder'>,
  from: PinnedPackage,
  at: SourcePlace | undefined,
  pinnedBy: 'lock' | 'package-index',
): Promise<Result<UnpackedPackage>> =>
  packageContent(context, KERNEL_MAKER, from, at, pinnedBy, (file) => unpackKernel(context, file));

/** Where a distribution puts the image: in /boot, or with the modules where /boot belongs to a boot loader. */
export async function imagesIn(tree: Tree): Promise<readonly { release: string; path: string }[]> {
  const found: { release: string; path: string }[] = [];
  for (const name of (await tree.list('boot')) ?? []) {
    const [, release] = /^vmlinu[zx]-(.+?)(\.[gx]z)?$/.exec(name) ?? [];
    if (release !== undefined) found.push({ release, path: `boot/${name}` });
  }
  for (const folder of moduleFolders)
    for (const release of (await tree.list(folder)) ?? [])
      for (const name of ['vmlinuz', 'image'])
        if ((await tree.stat(`${folder}/${release}/${name}`))?.kind === 'file')
          found.push({ release, path: `${folder}/${release}/${name}` });
  // The compressed image comes first: the other is for debuggers.
  const rank = ({ path }: { path: string }): number => (path.includes('/vmlinux') ? 1 : 0);
  return found.sort((a, b) => rank(a) - rank(b));
}

async function kernelIn(
  context: KernelContext,
  origins: readonly Origin[],
  asked: string,
  at: SourcePlace | undefined,
): Promise<Result<Part<FoundKernel>>> {
  const [foreign, ...more] = foreignPackages(
    context.machine,
    origins.map(({ content }) => content.facts),
    at,
  );
  if (foreign !== undefined) return fail(foreign, ...more);
  const images = await Promise.all(
    origins.map(async (origin) =>
      (await imagesIn(origin.content.tree)).map((one) => ({ origin, ...one })),
    ),
  );
  const [image] = images.flat();
  if (image === undefined)
    return fail({
      area: 'input',
      kind: 'deb-without-kernel',
      at,
      package: origins.map(({ content }) => content.facts.package).join(', '),
      depends: origins
        .flatMap(({ content }) => content.facts.depends)
        .filter((one) => /^(linux-image|kernel-core)/.test(one)),
    });
  const releases = [...new Set(images.flat().map(({ release }) => release))];
  if (releases.length > 1)
    return fail({
      area: 'input',
      kind: 'kernels-several',
      at,
      found: releases.map((release) => `kernel ${release}`),
    });
  const { release, origin } = image;
  const { facts, tree } = origin.content;
  const shown = `${facts.package} ${facts.version}`;
  const file = { role: 'kernel image', most: inputMax.kernel, at };
  const bytes = await readInTree(tree, image.path, file);
  if (!bytes.ok) return bytes;
  const config = await configIn(
    origins.map(({ content }) => content.tree),
    release,
    at,
  );
  if (!config.ok) return config;
  const modules = await moduleTreeIn(origins, release);
  const kernel = kernelOf(bytes.value, {
    origin: `${shown} (${baseName(image.path)})`,
    release,
    config: config.value?.bytes,
  });
  if (!kernel.ok) return kernel;
  return ok({
    value: { kernel: kernel.value, tree: modules, modulesPinned: true },
    asked,
    inputs: origins.map((one) =>
      packageInput(
        one === origin ? 'kernel' : `kernel/${one.content.facts.package}`,
        one.from,
        one.content.facts,
      ),
    ),
  });
}

/** The release's own modules, in as many of the packages as have some; else those of another, to be refused by name. */
async function moduleTreeIn(
  origins: readonly Origin[],
  release: string,
): Promise<ModuleTree | undefined> {
  const places: (ModulePlace & { readonly release: string; readonly shown: string })[] = [];
  for (const { content, from } of origins)
    for (const folder of moduleFolders)
      for (const name of (await content.tree.list(folder)) ?? [])
        places.push({
          tree: content.tree,
          digest: from.digest,
          folder: `${folder}/${name}`,
          release: name,
          shown: `${content.facts.package} ${content.facts.version}`,
        });
  const wanted = places.some((place) => place.release === release) ? release : places[0]?.release;
  const found = await withModules(places.filter((place) => place.release === wanted));
  return wanted === undefined || found.length === 0
    ? undefined
    : {
        places: found,
        release: wanted,
        origin: [...new Set(found.map(({ shown }) => shown))].join(', '),
      };
}

/** A folder may hold no more than the image, or be another's by a link. */
async function withModules<T extends ModulePlace>(places: readonly T[]): Promise<readonly T[]> {
  const found = new Map<string, T>();
  for (const place of places) {
    const real = await place.tree.place(place.folder);
    const names = (await place.tree.list(place.folder)) ?? [];
    const some = names.some((name) => name.startsWith('modules.') || name === 'kernel');
    if (real !== undefined && some && !found.has(real)) found.set(real, place);
  }
  return [...found.values()];
}

type Config = { readonly path: string; readonly bytes: Uint8Array };

/** In /boot, or with the modules. */
async function configIn(
  trees: readonly Tree[],
  release: string,
  at: SourcePlace | undefined,
): Promise<Result<Config | undefined>> {
  const paths = [
    `boot/config-${release}`,
    ...moduleFolders.map((folder) => `${folder}/${release}/config`),
  ];
  for (const tree of trees)
    for (const path of paths) {
      const file = { role: 'kernel config', most: inputMax.config, at };
      const bytes = await readIfThere(tree, path, file);
      if (!bytes.ok) return bytes;
      if (bytes.value !== undefined) return ok({ path, bytes: bytes.value });
    }
  return ok(undefined);
}

async function fromInstalled(
  context: KernelContext,
  source: KernelSource & { readonly kind: 'installed' },
): Promise<Result<Part<FoundKernel>>> {
  const { host, profile } = context;
  const at = profile.placeOf('kernel.release');
  const tree = treeBelow(host, source.root);
  const release = source.release ?? (await runningRelease(context));
  const images = await imagesIn(tree);
  const known = images.find((one) => one.release === release);
  // Looked at last: files there are large, and most systems let only root look.
  const more =
    known === undefined ? await bootPartitionImages(tree, release) : { images: [], unread: [] };
  const image = known ?? more.images.find((one) => one.release === release);
  if (image === undefined)
    return fail({
      area: 'input',
      kind: 'kernel-not-installed',
      at,
      release,
      path: `${tree.folder}/boot/vmlinuz-${release}`,
      installed: [...new Set([...images, ...more.images].map((one) => one.release))],
      unread: more.unread,
    });
  const file = { role: 'kernel image', most: inputMax.kernel, at };
  const bytes = await readInTree(tree, image.path, file);
  if (!bytes.ok) return bytes;
  const inputs = [fileInput('kernel', image.path, bytes.value)];
  const config = await configIn([tree], release, at);
  if (!config.ok) return config;
  if (config.value !== undefined)
    inputs.push(fileInput('kernel/config', config.value.path, config.value.bytes));
  const name = baseName(image.path);
  const kernel = kernelOf(bytes.value, {
    origin: image.path.startsWith('boot/') ? name : `${name} of ${release}`,
    release,
    config: config.value?.bytes,
  });
  if (!kernel.ok) return kernel;
  const places = await withModules(
    moduleFolders.map((folder) => ({ tree, folder: `${folder}/${release}` })),
  );
  return ok({
    value: {
      kernel: kernel.value,
      tree: {
        places: places.length > 0 ? places : [{ tree, folder: `lib/modules/${release}` }],
        release,
        origin: `the installed modules of ${release}`,
      },
      modulesPinned: false,
    },
    asked: `installed ${source.release ?? 'running'}`,
    inputs,
  });
}

async function runningRelease({ host }: KernelContext): Promise<string> {
  const bytes = await host.readFile('/proc/sys/kernel/osrelease');
  return bytes === undefined ? 'unknown' : new TextDecoder().decode(bytes).trim();
}

async function fromFiles(
  context: KernelContext,
  source: KernelSource & { readonly kind: 'files' },
): Promise<Result<Part<FoundKernel>>> {
  const { host, profile } = context;
  const named = (path: string, key: string, role: string, most: number) =>
    readInput(host, path, role, profile.placeOf(`kernel.${key}`), most);
  const image = await named(source.image, 'image', 'kernel image', inputMax.kernel);
  const config =
    source.config === undefined
      ? ok(undefined)
      : await named(source.config, 'config', 'kernel config', inputMax.config);
  if (!image.ok && !config.ok) return fail(image.problems[0], ...config.problems);
  if (!image.ok) return image;
  if (!config.ok) return config;
  const inputs: PinnedInput[] = [fileInput('kernel', source.image, image.value)];
  const tree = source.modules === undefined ? undefined : namedModules(context, source.modules);
  const beside =
    tree === undefined || config.value !== undefined ? ok(undefined) : await besideModules(tree);
  if (!beside.ok) return beside;
  const settled = config.value ?? beside.value;
  if (settled !== undefined)
    inputs.push(fileInput('kernel/config', source.config ?? 'config', settled));
  const kernel = kernelOf(image.value, {
    origin: baseName(source.image),
    release: undefined,
    config: settled,
  });
  if (!kernel.ok) return kernel;
  return ok({
    value: { kernel: kernel.value, tree, modulesPinned: false },
    asked: `files ${baseName(source.image)}`,
    inputs,
  });
}

const besideModules = async ({ places }: ModuleTree): Promise<Result<Uint8Array | undefined>> => {
  for (const { tree, folder } of places) {
    const file = { role: 'kernel config', most: inputMax.config, at: undefined };
    const found = await readIfThere(tree, `${folder}/config`, file);
    if (!found.ok || found.value !== undefined) return found;
  }
  return ok(undefined);
};

/** A folder of that name lies in a system's root, whose other folders its links may mean; any other is alone. */
function namedModules({ host }: KernelContext, path: string): ModuleTree {
  const plain = path.replace(/\/+$/, '');
  const [, root, folder] = /^(.*\/)?((?:usr\/)?lib\/modules\/[^/]+)$/.exec(plain) ?? [];
  const place =
    folder === undefined
      ? { tree: treeBelow(host, plain), folder: '.' }
      : { tree: treeBelow(host, root ?? '.'), folder };
  return { places: [place], release: undefined, origin: `the folder ${baseName(path)}` };
}

/** What only a running capture kernel would show, told from its packaged config. */
export function checkKernel(kernel: KernelInput, options: readonly string[]): readonly Problem[] {
  const { config } = kernel;
  if (config === undefined) return [];
  return options.flatMap((option): Problem[] =>
    config.get(option) === 'y'
      ? []
      : [
          {
            area: 'input',
            kind: 'kernel-option-missing',
            option,
            value: config.get(option),
            kernel: kernel.origin,
          },
        ],
  );
}
