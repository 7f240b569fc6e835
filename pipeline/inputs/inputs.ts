/**
 * Profile -> ResolvedInputs: finds, reads, checks and digests everything that the profile names.
 * Nothing is looked up after it.
 */
import { architectureOf } from '../arch/arch.ts';
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import type { SharedWork } from '../host/shared-work.ts';
import { folderStore } from '../host/store.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { serversOf, targetNeeds } from '../targets/targets.ts';
import type { Digest } from '../units/units.ts';
import type { AptOf } from './apt.ts';
import { compressionProblems } from './dump-compression.ts';
import { findFirmware, firmwareFolders } from './firmware.ts';
import { initramfsOf } from './kernel-image.ts';
import { checkKernel, type FoundKernel, findKernel } from './kernel-source.ts';
import { checkAgainstLock, type LockedPart, type LockedProfile } from './lock.ts';
import { type DriverWish, findModules, type WantedFirmware } from './modules.ts';
import { baseName, fileInput, type InputContext, type Part } from './part.ts';
import { inputMax, readInput } from './read-input.ts';
import {
  type FirmwareFile,
  firmwareFolder,
  type InputRecord,
  type KernelInput,
  type ModuleSet,
  modulesFolder,
  type ResolvedInputs,
  type ToolFile,
} from './resolved-inputs.ts';
import { resolveTools } from './tool-source.ts';

/** What every capture kernel must have built in. */
const captureOptions = ['CRASH_DUMP', 'PROC_VMCORE'];

export type InputOptions = {
  /** Folder for what is derived, by content; below out/. */
  readonly store: string;
  /** Where packages come from. */
  readonly apt: AptOf;
  /** What the lock has for this profile; undefined: pin what is found. */
  readonly locked: LockedProfile | undefined;
  readonly shared: SharedWork;
  readonly progress: Progress;
};

export type MissingFirmware = Pick<WantedFirmware, 'module' | 'files'>;

export type InputsAndPins = {
  readonly inputs: ResolvedInputs;
  /** What was locked, or else what was found. */
  readonly pinned: LockedProfile;
  /** Firmware that the wanted drivers may ask for, and that was found nowhere. */
  readonly missingFirmware: readonly MissingFirmware[];
};

export function resolveInputs(
  host: Host,
  profile: Profile,
  options: InputOptions,
): Promise<Result<InputsAndPins>> {
  return options.progress.step(`inputs of ${profile.name}`, async (say) => {
    const machine = architectureOf(profile.arch);
    const context: InputContext = {
      host,
      profile,
      machine,
      apt: options.apt(machine.debian.architecture, say),
      storeFolder: options.store,
      store: folderStore(host, options.store),
      shared: options.shared,
      locked: options.locked,
      say,
    };
    return resolveIn(context);
  });
}

async function resolveIn(context: InputContext): Promise<Result<InputsAndPins>> {
  const composed = context.profile.initramfs.kind === 'composed';
  // Side by side: one waits for the network while the other unpacks.
  const [kernel, tools, own] = await Promise.all([
    kernelWithModules(context),
    composed ? resolveTools(context) : ok(nothing([])),
    ownInitramfs(context),
  ]);
  const problems = [kernel, tools, own].flatMap((part) => (part.ok ? [] : part.problems));
  if (!kernel.ok || !tools.ok || !own.ok) return failAll(problems);

  problems.push(...compressionProblems(context.profile, tools.value.value));
  const parts = { ...kernel.value.parts, tools: tools.value, initramfs: own.value };
  const pinned = lockedProfile(parts);
  if (context.locked !== undefined)
    problems.push(...checkAgainstLock(context.profile.name, context.locked, pinned));
  if (problems.length > 0) return failAll(problems);

  const filesOf = filesByInput(kernel.value, tools.value.value);
  const sources = Object.values(parts)
    .flatMap((part): readonly InputRecord[] => part.inputs.map(({ record }) => record))
    .map((record): InputRecord => {
      const files = filesOf.get(record.digest);
      return files === undefined ? record : { ...record, files: files.toSorted() };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return ok({
    inputs: {
      profile: context.profile,
      kernel: kernel.value.kernel,
      modules: kernel.value.modules,
      firmware: kernel.value.parts.firmware.value,
      tools: tools.value.value,
      ownInitramfs: own.value.value,
      sources,
    },
    pinned: context.locked ?? pinned,
    missingFirmware: kernel.value.missingFirmware,
  });
}

/** By the digest of an input, what of the composed initramfs is from it. */
function filesByInput(
  { modulesFrom, modules, parts }: KernelAndModules,
  tools: readonly ToolFile[],
): ReadonlyMap<Digest, readonly string[]> {
  const found = new Map<Digest, string[]>();
  const add = (path: string, from: Digest | undefined): void => {
    if (from !== undefined) found.set(from, [...(found.get(from) ?? []), path]);
  };
  for (const { path, from } of tools) add(path, from);
  for (const { path, from } of parts.firmware.value) add(`${firmwareFolder}/${path}`, from);
  const someModules = modules !== undefined && modules.files.length > 0;
  if (someModules) for (const from of modulesFrom) add(`${modulesFolder(modules.release)}/`, from);
  return found;
}

const nothing = <T>(value: T): Part<T> => ({ value, asked: undefined, inputs: [] });

function failAll(problems: readonly Problem[]): Result<never> {
  const [first, ...more] = problems;
  if (first === undefined) throw new Error('a failure without a problem');
  return fail(first, ...more);
}

const lockedProfile = (parts: Readonly<Record<string, Part<unknown>>>): LockedProfile =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([name, { asked, inputs }]): [string, LockedPart][] =>
      asked === undefined ? [] : [[name, { asked, inputs: inputs.map(({ locked }) => locked) }]],
    ),
  );

type KernelAndModules = {
  readonly kernel: KernelInput;
  readonly modules: ModuleSet | undefined;
  /** Digests of the inputs that the modules are from. */
  readonly modulesFrom: readonly Digest[];
  readonly missingFirmware: readonly MissingFirmware[];
  readonly parts: {
    readonly kernel: Part<FoundKernel>;
    readonly modules: Part<ModuleSet | undefined>;
    readonly firmware: Part<readonly FirmwareFile[]>;
  };
};

async function kernelWithModules(context: InputContext): Promise<Result<KernelAndModules>> {
  const { host, machine, profile, shared, store } = context;
  const part = await findKernel(context);
  if (!part.ok) return part;
  const { kernel: found, tree, modulesPinned } = part.value.value;
  const stated = machine.imageRelease(found.image);
  const kernel: KernelInput = { ...found, release: stated ?? found.release };
  const problems = [...checkKernel(kernel, [...captureOptions, ...machine.kernelOptions])];
  const anotherKernel = (modules: string, modulesRelease: string): void => {
    problems.push({
      area: 'input',
      kind: 'modules-for-another-kernel',
      kernel: kernel.origin,
      kernelRelease: kernel.release ?? 'unknown',
      modules,
      modulesRelease,
    });
  };
  const settled = (
    modules: Part<ModuleSet | undefined>,
    firmware: Part<readonly FirmwareFile[]> = nothing([]),
    missingFirmware: readonly MissingFirmware[] = [],
    modulesFrom: readonly Digest[] = [],
  ): Result<KernelAndModules> =>
    problems.length > 0
      ? failAll(problems)
      : ok({
          kernel,
          modules: modules.value,
          modulesFrom,
          missingFirmware,
          parts: { kernel: part.value, modules, firmware },
        });

  if (profile.initramfs.kind === 'file') return settled(nothing(undefined));
  const rules = architectureOf(profile.arch).profile;
  const drivers: readonly DriverWish[] = [
    ...profile.initramfs.drivers.map((name, index) => ({
      name,
      at: profile.placeOf(`initramfs.drivers.${index}`),
    })),
    ...profile.targets.flatMap((target, index) => {
      const { drivers, onDemand = [], decrypts = false } = targetNeeds(target);
      const at = profile.placeOfTarget(index);
      return [
        ...drivers.map((name) => ({ name, at })),
        ...[...onDemand, ...(decrypts ? rules.cipherDrivers : [])].map((name) => ({
          name,
          at,
          onDemand: true,
        })),
      ];
    }),
    ...networkDrivers(profile),
    ...rules.memoryDrivers.map((name) => ({ name, at: undefined })),
  ].map((wish) => ({
    ...wish,
    name: wish.name.replace(/\?$/, ''),
    optional: wish.name.endsWith('?'),
  }));
  if (tree === undefined) {
    // A kernel with everything built in has no modules, and then none may be asked for.
    const release = kernel.release ?? '';
    if (drivers.every(({ optional }) => optional))
      return settled(nothing({ release, wanted: [], files: [], indexes: [] }));
    problems.push({
      area: 'input',
      kind: 'modules-missing',
      at: drivers[0]?.at,
      release: kernel.release,
      path: kernel.origin,
    });
    return failAll(problems);
  }
  // Known before any module is read, and then not said again of every one of them.
  if (
    kernel.release !== undefined &&
    tree.release !== undefined &&
    kernel.release !== tree.release
  ) {
    anotherKernel(tree.origin, tree.release);
    return failAll(problems);
  }
  const acceptsOthers =
    kernel.config === undefined ? undefined : kernel.config.get('MODVERSIONS') === 'y';
  const wishes = drivers.map(({ name, optional, onDemand }) => [name, optional, onDemand]);
  const modules = await shared.once(
    'modules',
    [tree, machine, acceptsOthers, JSON.stringify(wishes)],
    () => findModules(host, store, tree, drivers, machine, acceptsOthers),
  );
  if (!modules.ok) return failAll([...problems, ...modules.problems]);
  const { set, digest, size, firmware } = modules.value;
  if (kernel.release !== undefined && set.release !== '' && set.release !== kernel.release)
    anotherKernel(tree.origin, set.release);
  const inputs = modulesPinned
    ? []
    : [
        {
          record: { name: 'modules', origin: `modules of ${set.release}`, size, digest },
          locked: { name: 'modules', sha256: digest, size },
        },
      ];
  const asked = modulesPinned ? undefined : `drivers ${drivers.map(({ name }) => name).join(' ')}`;
  const given = JSON.stringify([profile.initramfs.firmware, context.locked?.firmware]);
  const files = await shared.once('firmware', [machine, set, given], () =>
    findFirmware(context, {
      names: firmware.flatMap((one) => one.files),
      release: set.release,
      own: tree.places.map((place) => ({
        tree: place.tree,
        folders: firmwareFolders(set.release),
        digest: modulesPinned ? place.digest : undefined,
      })),
    }),
  );
  if (!files.ok) return failAll([...problems, ...files.problems]);
  const there = new Set(files.value.value.map(({ path }) => path));
  const missing = firmware.flatMap(({ module, files: names, loaded }) => {
    const lacks = names.filter((name) => !isThere(name, there));
    return loaded && lacks.length > 0 ? [{ module, files: lacks }] : [];
  });
  const ofPackages = tree.places.flatMap((place) => place.digest ?? []);
  const modulesFrom = modulesPinned ? ofPackages : [digest];
  return settled({ value: set, asked, inputs }, files.value, missing, modulesFrom);
}

/** A name with `*` is there when any file is that it may mean. */
function isThere(name: string, files: ReadonlySet<string>): boolean {
  if (!name.includes('*')) return files.has(name);
  const [before = '', after = ''] = [
    name.slice(0, name.indexOf('*')),
    name.slice(name.lastIndexOf('*') + 1),
  ];
  return [...files].some((file) => file.startsWith(before) && file.endsWith(after));
}

/** Where a target is on another machine. */
function networkDrivers({ network, placeOf, targets }: Profile): readonly DriverWish[] {
  if (serversOf(targets).length === 0) return [];
  const at = placeOf('network.drivers');
  return [
    ...network.drivers.map((name) => ({ name, at })),
    ...network.onDemand.map((name) => ({ name, at, onDemand: true })),
  ];
}

async function ownInitramfs({
  host,
  profile: { initramfs, placeOf },
  shared,
}: InputContext): Promise<Result<Part<Uint8Array | undefined>>> {
  if (initramfs.kind === 'composed') return ok(nothing(undefined));
  const { path } = initramfs;
  return shared.once('own initramfs', [path], async () => {
    const at = placeOf('initramfs.path');
    const bytes = await readInput(host, path, 'initramfs', at, inputMax.initramfs);
    if (!bytes.ok) return bytes;
    const own = initramfsOf(bytes.value, baseName(path));
    if (!own.ok) return own;
    return ok({
      value: own.value,
      asked: 'file',
      inputs: [fileInput('initramfs', path, bytes.value)],
    });
  });
}
