/**
 * The modules of one kernel that a profile's drivers need: found by depmod's indexes, read,
 * uncompressed and checked.
 */

import type { Architecture } from '../arch/architecture.ts';
import { elfKind, machineName } from '../format/elf.ts';
import { modinfoOf } from '../format/modinfo.ts';
import type { Host } from '../host/host.ts';
import type { Store } from '../host/store.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import type { ElfIdentity } from '../problem/input-problem.ts';
import type { Problem } from '../problem/problem.ts';
import { collect, fail, ok, type Result, unlessProblems } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import {
  canonicalName,
  cutIndexes,
  type IndexedModule,
  lookUpModule,
  type ModuleIndex,
  moduleClosure,
  nearNames,
  parseModuleIndex,
  storageDrivers,
  uncompressedPath,
} from './module-index.ts';
import {
  hasModules,
  type ModuleTree,
  makeIndexes,
  readModuleFile,
  showTree,
  standingIndexes,
} from './module-tree.ts';
import { inputMax } from './read-input.ts';
import type { ModuleSet } from './resolved-inputs.ts';
import { uncompressFiles } from './uncompress.ts';

export type DriverWish = {
  readonly name: string;
  /** Left out where the kernel does not have it. */
  readonly optional?: boolean;
  /** There, and not loaded before something asks for it. */
  readonly onDemand?: boolean;
  readonly at: SourcePlace | undefined;
};

/** What a module asks of user space. What of it is not found is an input note, no problem. */
export type WantedFirmware = {
  readonly module: string;
  readonly files: readonly string[];
  /** The module is loaded in any case: the profile names it, or one that needs it. */
  readonly loaded: boolean;
};

export type FoundModules = {
  readonly set: ModuleSet;
  /** Over the files as packaged: `path, digest` of each, sorted. */
  readonly digest: Digest;
  readonly size: number;
  readonly firmware: readonly WantedFirmware[];
};

/** A module with what it says of itself. */
type ToldModule = {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly info: ReturnType<typeof modinfoOf>;
};

const valuesOf = (info: ToldModule['info'], wanted: string): readonly string[] =>
  info.flatMap(([key, value]) => (key === wanted ? [value] : []));

/** Modules that this one needs, by its own word: an index made where they are missing leaves them out. */
function missingDependencies(
  { path, info }: ToldModule,
  closure: ReadonlyMap<string, IndexedModule>,
  index: ModuleIndex,
): Problem[] {
  const [depends = ''] = valuesOf(info, 'depends');
  return depends
    .split(',')
    .map(canonicalName)
    .filter((name) => name !== '' && !closure.has(name) && !index.builtins.has(name))
    .map((needs) => ({ area: 'input', kind: 'module-dependency-missing', path, needs }));
}

/** What the kernel compares: the release that a module was built for, and how (linux/vermagic.h). */
type VersionMagic = { readonly release: string; readonly how: string };

function versionMagic({ info }: ToldModule): VersionMagic | undefined {
  const [magic = ''] = valuesOf(info, 'vermagic');
  const [release = '', ...how] = magic.split(' ');
  return release === '' ? undefined : { release, how: how.join(' ').trim() };
}

/**
 * A module of another release is taken by a kernel with symbol versions, if it was built in the same way
 * (kernel/module/version.c, `same_magic`): that is how a vendor's driver serves all releases of one kABI.
 */
function isTaken(
  path: string,
  { release, how }: VersionMagic,
  wanted: string,
  all: readonly { readonly magic: VersionMagic | undefined }[],
  acceptsOthers: boolean | undefined,
): boolean {
  if (release === wanted) return true;
  const own = all.find(({ magic }) => magic?.release === wanted)?.magic;
  const sameWay = own === undefined ? how.includes('modversions') : own.how === how;
  // Where nothing tells of the kernel, those who linked it there have asked their own tool.
  return sameWay && (acceptsOthers ?? path.startsWith('weak-updates/'));
}

function mostFrequent(words: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

type Chosen = {
  readonly wanted: readonly string[];
  readonly closure: ReadonlyMap<string, IndexedModule>;
};

function chooseModules(
  index: ModuleIndex,
  drivers: readonly DriverWish[],
  release: string,
  machine: Architecture,
): Result<Chosen> {
  const problems: Problem[] = [];
  const wanted = new Set<string>();
  const later = new Set<string>();
  for (const { name, optional, onDemand, at } of drivers) {
    if (name === 'storage') {
      for (const driver of storageDrivers(index, machine.storageFolders)) later.add(driver);
      continue;
    }
    const found = lookUpModule(index, name);
    if (found.kind === 'modules')
      for (const module of found.names) (onDemand ? later : wanted).add(module);
    else if (found.kind === 'unknown' && !optional)
      problems.push({
        area: 'input',
        kind: 'module-not-found',
        at,
        module: name,
        release,
        near: nearNames(index, name),
      });
  }
  return unlessProblems(problems, () => ({
    wanted: [...wanted],
    closure: moduleClosure(index, [...wanted, ...later]),
  }));
}

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

const identity = (kind: {
  readonly machine: number;
  readonly bits: 32 | 64;
  readonly order: 'little' | 'big';
}): ElfIdentity => ({
  machine: machineName(kind.machine),
  bits: kind.bits,
  order: kind.order,
});

/** Everything that a module file can be wrong about, before a capture kernel finds out. */
function checkModule(path: string, bytes: Uint8Array, machine: Architecture): Problem[] {
  const kind = elfKind(bytes);
  if (!kind.ok)
    return [
      {
        area: 'input',
        kind: 'module-damaged',
        path,
        fault:
          kind.why.fault === 'not-elf'
            ? 'it does not begin as an ELF file'
            : `its ELF header is wrong: ${kind.why.fault}`,
      },
    ];
  const { elf } = machine;
  if (
    kind.value.machine === elf.machine &&
    kind.value.bits === elf.bits &&
    kind.value.order === elf.order
  )
    return [];
  return [
    {
      area: 'input',
      kind: 'module-wrong-architecture',
      at: undefined,
      path,
      found: identity(kind.value),
      expected: identity(elf),
    },
  ];
}

export async function findModules(
  host: Host,
  store: Store,
  tree: ModuleTree,
  drivers: readonly DriverWish[],
  machine: Architecture,
  /** Whether the kernel has symbol versions; undefined: nothing says. */
  acceptsOthers?: boolean,
): Promise<Result<FoundModules>> {
  const standing = await standingIndexes(tree);
  if (!standing.ok) return standing;
  if (standing.value === undefined && !(await hasModules(tree)))
    return fail({
      area: 'input',
      kind: 'modules-missing',
      at: drivers[0]?.at,
      release: tree.release,
      path: showTree(tree),
    });
  const texts = standing.value === undefined ? await makeIndexes(host, tree) : ok(standing.value);
  if (!texts.ok) return texts;
  const index = parseModuleIndex(texts.value);
  const chosen = chooseModules(index, drivers, tree.release ?? tree.origin, machine);
  if (!chosen.ok) return chosen;
  const { wanted, closure } = chosen.value;

  const modules = [...closure.values()].sort(byPath);
  const read = await Promise.all(
    modules.map(async ({ name, path }) => {
      const bytes = await readModuleFile(tree, path, inputMax.module);
      return bytes.ok ? ok({ name, path, bytes: bytes.value }) : bytes;
    }),
  );
  const collected = collect(read);
  if (!collected.ok) return collected;
  const packed = collected.value;
  const missing = packed.flatMap(({ name, path, bytes }): Problem[] =>
    bytes === undefined ? [{ area: 'input', kind: 'module-file-missing', module: name, path }] : [],
  );
  const [first, ...more] = missing;
  if (first !== undefined) return fail(first, ...more);
  const files = packed.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [{ path, bytes }]));
  const listing = files.map(({ path, bytes }) => `${path} ${sha256(bytes)}\n`).join('');
  const plain = await uncompressed(host, store, files, listing);
  if (!plain.ok) return plain;

  const told = plain.value.map((file): ToldModule => ({ ...file, info: modinfoOf(file.bytes) }));
  const problems = told.flatMap((module) => [
    ...checkModule(module.path, module.bytes, machine),
    ...missingDependencies(module, closure, index),
  ]);
  // The tree's own name is believed only as far as a module confirms it.
  const loaded = new Set([...moduleClosure(index, wanted).values()].map(({ path }) => path));
  const magics = told.map((module) => ({ path: module.path, magic: versionMagic(module) }));
  const release = tree.release ?? mostFrequent(magics.map(({ magic }) => magic?.release)) ?? '';
  const foreign = magics.find(({ magic }) => magic !== undefined && magic.release !== release);
  const refused = magics.find(
    ({ path, magic }) =>
      magic !== undefined && !isTaken(path, magic, release, magics, acceptsOthers),
  );
  if (foreign !== undefined && refused !== undefined)
    problems.push({
      area: 'input',
      kind: 'modules-for-another-kernel',
      kernel: tree.origin,
      kernelRelease: release,
      modules: `${tree.origin} (${refused.path})`,
      modulesRelease: refused.magic?.release ?? '',
    });
  return unlessProblems(problems, () => ({
    set: {
      release,
      wanted,
      files: plain.value
        .map(({ path, bytes }) => ({ path: uncompressedPath(path), bytes }))
        .sort(byPath),
      indexes: cutIndexes(texts.value, closure),
    },
    digest: sha256(new TextEncoder().encode(listing)),
    size: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    firmware: told.flatMap(({ path, info }): WantedFirmware[] => {
      const names = valuesOf(info, 'firmware');
      return names.length === 0 ? [] : [{ module: path, files: names, loaded: loaded.has(path) }];
    }),
  }));
}

/** Uncompressing is most of a warm build's work, so its product is kept: all files of a set in one. */
async function uncompressed(
  host: Host,
  store: Store,
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  listing: string,
): Promise<Result<readonly { readonly path: string; readonly bytes: Uint8Array }[]>> {
  if (files.every(({ path }) => path.endsWith('.ko'))) return ok(files);
  const kept = await store.remember({ maker: 'modules-1', from: [listing] }, async () => {
    const plain = await uncompressFiles(host, files);
    if (!plain.ok) return plain;
    const sizes = new Uint32Array(plain.value.map((bytes) => bytes.length));
    return ok(joinBytes([new Uint8Array(sizes.buffer), ...plain.value]));
  });
  if (!kept.ok) return kept;
  const view = new DataView(kept.value.buffer, kept.value.byteOffset);
  let at = 4 * files.length;
  return ok(
    files.map(({ path }, number) => {
      const size = view.getUint32(4 * number, true);
      at += size;
      return { path, bytes: kept.value.subarray(at - size, at) };
    }),
  );
}
