/** The capture kernel with its config and module tree, from each kind of place a profile may name. */
import type { SourcePlace } from '../problem/explanation.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { KernelSource } from '../profile/keys/kernel.ts';
import type { AptPackage, PinnedPackage } from './apt.ts';
import {
  checkDeb,
  type Deb,
  readDeb,
  type UnpackedDeb,
  unpackDeb,
  unpackedAlready,
} from './deb.ts';
import { checkAsked } from './lock.ts';
import { type ModuleTree, runDepmod } from './modules.ts';
import {
  baseName,
  fileInput,
  type InputContext,
  type Part,
  type PinnedInput,
  packageInput,
  pinnedPackages,
} from './part.ts';
import { readInput } from './read-input.ts';
import type { KernelInput } from './resolved-inputs.ts';

export type FoundKernel = {
  readonly kernel: KernelInput;
  readonly tree: ModuleTree | undefined;
  /** Modules of a package are pinned with the package; others have a digest of their own. */
  readonly modulesPinned: boolean;
};

const KERNEL_MAKER = 'kernel-deb-1';

export function findKernel(context: InputContext): Promise<Result<Part<FoundKernel>>> {
  const source = context.profile.kernel;
  switch (source.kind) {
    case 'apt':
      return fromApt(context, source);
    case 'deb':
      return fromDebFile(context, source.path);
    case 'installed':
      return fromInstalled(context, source);
    case 'files':
      return fromFiles(context, source);
  }
}

async function fromApt(
  context: InputContext,
  source: KernelSource & { readonly kind: 'apt' },
): Promise<Result<Part<FoundKernel>>> {
  const { apt, host, machine, profile, storeFolder } = context;
  const at = profile.placeOf('kernel.package');
  const version = source.version === undefined ? '' : `=${source.version}`;
  const asked = `apt ${source.package}${version} ${machine.debian.architecture}`;
  const [differs] = checkAsked(profile.name, 'kernel', context.locked?.kernel, asked);
  if (differs !== undefined) return fail(differs);
  const pinned = pinnedPackages(context.locked?.kernel)?.[0];
  const found = pinned === undefined ? await followMetapackage(context, source, at) : ok(pinned);
  if (!found.ok) return found;

  const kept = await unpackedAlready(host, storeFolder, KERNEL_MAKER, found.value.digest);
  if (kept !== undefined) return kernelIn(context, kept, found.value, asked, at);
  const fetched = await apt.fetch(found.value, at, pinned === undefined ? 'package-index' : 'lock');
  if (!fetched.ok) return fetched;
  const deb = checkDeb(fetched.value.bytes, fetched.value.path, found.value.package, at);
  if (!deb.ok) return deb;
  const unpacked = await unpackKernel(context, deb.value);
  return unpacked.ok ? kernelIn(context, unpacked.value, found.value, asked, at) : unpacked;
}

/** A metapackage is empty and depends on the image; a few steps at most lead there. */
async function followMetapackage(
  { apt }: InputContext,
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

async function fromDebFile(
  context: InputContext,
  path: string,
): Promise<Result<Part<FoundKernel>>> {
  const at = context.profile.placeOf('kernel.path');
  const deb = await readDeb(context.host, path, at);
  if (!deb.ok) return deb;
  // Before it is unpacked: what else may be wrong with another package is beside the point.
  const pinned = context.locked?.kernel?.inputs.find(({ name }) => name === 'kernel');
  if (pinned !== undefined && pinned.sha256 !== deb.value.digest)
    return fail({
      area: 'input',
      kind: 'digest-wrong',
      input: baseName(path),
      expected: pinned.sha256,
      found: deb.value.digest,
      expectedSize: pinned.size,
      foundSize: deb.value.size,
      pinnedBy: 'lock',
    });
  const unpacked = await unpackKernel(context, deb.value);
  if (!unpacked.ok) return unpacked;
  const { facts } = unpacked.value;
  const from: PinnedPackage = { ...facts, digest: deb.value.digest, size: deb.value.size };
  return kernelIn(context, unpacked.value, from, `deb ${baseName(path)}`, at);
}

/** Unpacked with its indexes, which a kernel package leaves to be made where it is installed. */
const unpackKernel = (context: InputContext, deb: Deb): Promise<Result<UnpackedDeb>> => {
  const { host, say, storeFolder } = context;
  say(`unpacking ${deb.shown}`);
  return unpackDeb(host, storeFolder, KERNEL_MAKER, deb, async (root) => {
    // On a merged /usr the package itself may say usr/lib.
    if ((await host.stat(`${root}/lib/modules`)) === undefined)
      if ((await host.stat(`${root}/usr/lib/modules`)) !== undefined) {
        await host.makeFolder(`${root}/lib`);
        await host.rename(`${root}/usr/lib/modules`, `${root}/lib/modules`);
      }
    await host.remove(`${root}/usr`);
    for (const release of (await host.list(`${root}/lib/modules`)) ?? []) {
      say(`reading the modules of ${release}`);
      const ran = await runDepmod(host, root, release);
      if (!ran.ok) return ran;
    }
    return ok(undefined);
  });
};

async function kernelIn(
  context: InputContext,
  unpacked: UnpackedDeb,
  from: PinnedPackage,
  asked: string,
  at: SourcePlace | undefined,
): Promise<Result<Part<FoundKernel>>> {
  const { host, machine } = context;
  const { facts, root } = unpacked;
  if (facts.architecture !== machine.debian.architecture && facts.architecture !== 'all')
    return fail({
      area: 'input',
      kind: 'deb-wrong-architecture',
      at,
      package: facts.package,
      found: facts.architecture,
      expected: machine.debian.architecture,
    });
  const images = ((await host.list(`${root}/boot`)) ?? []).filter((name) =>
    /^vmlinu[zx]-/.test(name),
  );
  const [name] = images;
  if (name === undefined)
    return fail({
      area: 'input',
      kind: 'deb-without-kernel',
      at,
      package: facts.package,
      depends: facts.depends.filter((one) => /^linux-image-/.test(one)),
    });
  const release = name.replace(/^vmlinu[zx]-/, '');
  const origin = `${facts.package} ${facts.version}`;
  const image = await readInput(host, `${root}/boot/${name}`, 'kernel image', at);
  if (!image.ok) return image;
  const config = await host.readFile(`${root}/boot/config-${release}`);
  const releases = (await host.list(`${root}/lib/modules`)) ?? [];
  const modules = releases.includes(release) ? release : releases[0];
  return ok({
    value: {
      kernel: {
        image: image.value,
        origin: `${origin} (${name})`,
        release,
        config: config === undefined ? undefined : parseConfig(config),
      },
      tree:
        modules === undefined
          ? undefined
          : { folder: `${root}/lib/modules/${modules}`, release: modules, origin },
      modulesPinned: true,
    },
    asked,
    inputs: [packageInput('kernel', from)],
  });
}

async function fromInstalled(
  context: InputContext,
  source: KernelSource & { readonly kind: 'installed' },
): Promise<Result<Part<FoundKernel>>> {
  const { host, profile } = context;
  const at = profile.placeOf('kernel.release');
  const root = source.root.replace(/\/+$/, '');
  const installed = ((await host.list(`${root}/boot`)) ?? [])
    .filter((name) => name.startsWith('vmlinuz-'))
    .map((name) => name.slice('vmlinuz-'.length));
  const release = source.release ?? (await runningRelease(context));
  let path = `${root}/boot/vmlinuz-${release}`;
  // Where /boot belongs to a boot loader, the image lies with its modules.
  const beside = `${root}/lib/modules/${release}/vmlinuz`;
  if (!installed.includes(release) && (await host.stat(beside)) !== undefined) path = beside;
  else if (!installed.includes(release))
    return fail({ area: 'input', kind: 'kernel-not-installed', at, release, path, installed });
  const image = await readInput(host, path, 'kernel image', at);
  if (!image.ok) return image;
  const inputs = [fileInput('kernel', path, image.value)];
  const configPath = `${root}/boot/config-${release}`;
  const config = await host.readFile(configPath);
  if (config !== undefined) inputs.push(fileInput('kernel/config', configPath, config));
  return ok({
    value: {
      kernel: {
        image: image.value,
        origin: baseName(path) === 'vmlinuz' ? `vmlinuz of ${release}` : baseName(path),
        release,
        config: config === undefined ? undefined : parseConfig(config),
      },
      tree: {
        folder: `${root}/lib/modules/${release}`,
        release,
        origin: `the installed modules of ${release}`,
      },
      modulesPinned: false,
    },
    asked: `installed ${source.release ?? 'running'}`,
    inputs,
  });
}

async function runningRelease({ host }: InputContext): Promise<string> {
  const bytes = await host.readFile('/proc/sys/kernel/osrelease');
  return bytes === undefined ? 'unknown' : new TextDecoder().decode(bytes).trim();
}

async function fromFiles(
  context: InputContext,
  source: KernelSource & { readonly kind: 'files' },
): Promise<Result<Part<FoundKernel>>> {
  const { host, profile } = context;
  const image = await readInput(
    host,
    source.image,
    'kernel image',
    profile.placeOf('kernel.image'),
  );
  const config =
    source.config === undefined
      ? ok(undefined)
      : await readInput(host, source.config, 'kernel config', profile.placeOf('kernel.config'));
  if (!image.ok && !config.ok) return fail(image.problems[0], ...config.problems);
  if (!image.ok) return image;
  if (!config.ok) return config;
  const inputs: PinnedInput[] = [fileInput('kernel', source.image, image.value)];
  if (source.config !== undefined && config.value !== undefined)
    inputs.push(fileInput('kernel/config', source.config, config.value));
  return ok({
    value: {
      kernel: {
        image: image.value,
        origin: baseName(source.image),
        release: undefined,
        config: config.value === undefined ? undefined : parseConfig(config.value),
      },
      tree:
        source.modules === undefined
          ? undefined
          : {
              folder: source.modules.replace(/\/+$/, ''),
              release: undefined,
              origin: `the folder ${baseName(source.modules)}`,
            },
      modulesPinned: false,
    },
    asked: `files ${baseName(source.image)}`,
    inputs,
  });
}

/** `CONFIG_A=y` lines; what is "not set" is not in the map. */
export function parseConfig(bytes: Uint8Array): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
    if (!line.startsWith('CONFIG_')) continue;
    const equals = line.indexOf('=');
    if (equals > 0) options.set(line.slice('CONFIG_'.length, equals), line.slice(equals + 1));
  }
  return options;
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
