/**
 * The programs of the capture initramfs with every library they load, laid out so that the dynamic
 * loader finds them without a cache or links.
 */
import type { Architecture } from '../arch/architecture.ts';
import { dynamicOf, type Elf, elfKind, machineName, readElf } from '../format/elf.ts';
import { askedOf, standInLibrary } from '../format/elf-library.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { targetNeeds } from '../targets/targets.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { inputMax, readInTree } from './read-input.ts';
import type { ToolFile } from './resolved-inputs.ts';
import type { Tree } from './tree.ts';

/** An installed system or an unpacked package. */
export type ToolRoot = {
  readonly tree: Tree;
  /** For messages: the package, or the folder as the profile names it. */
  readonly shown: string;
  /** Of the package; undefined where each file is an input of its own. */
  readonly digest: Digest | undefined;
};

/** Where files are looked for. More roots may come while libraries are being found. */
export type ToolPool = {
  readonly roots: () => readonly ToolRoot[];
  /** Asked for a library that no root has, by the root whose file needs it. True: look again. */
  readonly more: (library: string, neededBy: ToolRoot) => Promise<Result<boolean>>;
};

export const fixedPool = (roots: readonly ToolRoot[]): ToolPool => ({
  roots: () => roots,
  more: async () => ok(false),
});

type Tool = {
  readonly name: string;
  /** Where it goes, and where it may be found. */
  readonly place: string;
  readonly paths: readonly string[];
  readonly package: string;
  /** Libraries that it is linked with and of which no capture calls a function. */
  readonly neverCalls: readonly string[];
};

const binFolders = ['usr/bin', 'bin', 'usr/sbin', 'sbin'];
const tool = (
  name: string,
  place: string,
  packageName: string,
  neverCalls: readonly string[] = [],
): Tool => ({
  name,
  place,
  paths: binFolders.map((folder) => `${folder}/${name}`),
  package: packageName,
  neverCalls,
});
/**
 * makedumpfile reads debugging information with it for `-x` and `--config` alone (dwarf_info.c): what a dump takes to be
 * read stands in its VMCOREINFO. The library and what it loads itself are a sixth of the initramfs. libelf is asked for
 * its version at every start.
 */
const ofDebuggingInformation = ['libdw.so.1'];

/** What every capture kernel needs, and what its dump targets do. */
export function captureTools({
  targets,
  recipient,
}: Pick<Profile, 'targets' | 'recipient'>): readonly Tool[] {
  const tools = [
    tool('busybox', 'bin/busybox', 'busybox-static'),
    tool('makedumpfile', 'usr/bin/makedumpfile', 'makedumpfile', ofDebuggingInformation),
    ...(recipient.length === 0 ? [] : [tool('age', 'usr/bin/age', 'age')]),
    ...targets
      .flatMap((target) => targetNeeds(target).tools)
      .map((one) => tool(one.name, `usr/bin/${one.name}`, one.package)),
  ];
  return [...new Map(tools.map((one) => [one.name, one])).values()];
}

type Found = { readonly bytes: Uint8Array; readonly root: ToolRoot };

async function readBelow(pool: ToolPool, path: string): Promise<Result<Found | undefined>> {
  for (const root of pool.roots()) {
    const { tree } = root;
    if ((await tree.stat(path)) === undefined) continue;
    const bytes = await readInTree(tree, path, {
      role: 'tool',
      most: inputMax.tool,
      at: undefined,
    });
    return bytes.ok ? ok({ bytes: bytes.value, root }) : bytes;
  }
  return ok(undefined);
}

/**
 * The dynamic loader's own folders, without a cache: Debian's multiarch ones, then those that other
 * distributions use. On a merged /usr both spellings are one folder; the short one is kept.
 */
const defaultFolders = (machine: Architecture): readonly string[] => [
  `lib/${machine.debian.multiarch}`,
  `usr/lib/${machine.debian.multiarch}`,
  'lib64',
  'usr/lib64',
  'lib',
  'usr/lib',
];

/** `usr/lib64` is as good as `lib64` to the loader; one spelling makes merged and split trees alike. */
const unmerged = (folder: string): string => folder.replace(/^usr\//, '');

export type FoundTools = {
  readonly files: readonly ToolFile[];
  /** Roots that gave at least one file. */
  readonly used: ReadonlySet<ToolRoot>;
};

export async function findTools(
  pool: ToolPool,
  tools: readonly Tool[],
  machine: Architecture,
  at: SourcePlace | undefined,
): Promise<Result<FoundTools>> {
  const files = new Map<string, Found>();
  const used = new Set<ToolRoot>();
  type Waiting = {
    readonly path: string;
    readonly found: Found;
    readonly neverCalls: readonly string[];
  };
  const waiting: Waiting[] = [];
  const take = (path: string, found: Found, neverCalls: readonly string[] = []): void => {
    if (files.has(path)) return;
    files.set(path, found);
    used.add(found.root);
    waiting.push({ path, found, neverCalls });
  };

  for (const wanted of tools) {
    let found: Found | undefined;
    for (const path of wanted.paths) {
      const read = await readBelow(pool, path);
      if (!read.ok) return read;
      found ??= read.value;
    }
    if (found === undefined)
      return fail({
        area: 'input',
        kind: 'tool-missing',
        at,
        tool: wanted.name,
        looked: pool.roots().map(({ shown }) => shown),
        package: wanted.package,
      });
    take(wanted.place, found, wanted.neverCalls);
  }

  /** Libraries by the name they are asked for; the loader loads each once. */
  const loaded = new Set<string>();
  /** What stands in for a library, unless something else loads that after all. */
  const standIns = new Map<string, Uint8Array>();
  let folderOfLibraries: string | undefined;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { path, found, neverCalls } = next;
    const checked = checkElf(path, found.bytes, machine);
    if (!checked.ok) return checked;
    const { interpreter, needed, runpath, elf } = checked.value;
    if (interpreter !== undefined) {
      // Packages of a distribution with a merged /usr hold it below that, and the link from / is none's.
      const places = [interpreter, `/usr${interpreter}`];
      const loader = await seek(pool, found.root, interpreter, places);
      if (!loader.ok) return loader;
      if (loader.value === undefined) return missing(pool, interpreter, path, places);
      loaded.add(baseName(interpreter));
      take(interpreter.replace(/^\/+/, ''), loader.value.found);
    }
    const origin = `/${path.slice(0, path.lastIndexOf('/'))}`;
    const own = runpath
      .map((folder) => folder.replace(/\$(ORIGIN|\{ORIGIN\})/g, origin).replace(/^\/+/, ''))
      .map((folder) => folder.replace(/\/+$/, ''));
    for (const library of needed) {
      if (loaded.has(library)) continue;
      const standIn = neverCalls.includes(library) ? standInFor(library, elf, machine) : undefined;
      if (standIn !== undefined) {
        standIns.set(library, standIn);
        continue;
      }
      const folders = [...own, ...defaultFolders(machine)];
      const candidates = folders.map((folder) => `${folder}/${library}`);
      const seen = await seek(pool, found.root, library, candidates);
      if (!seen.ok) return seen;
      if (seen.value === undefined) return missing(pool, library, path, folders);
      loaded.add(library);
      const folder = seen.value.path.slice(0, -library.length - 1);
      if (!own.includes(folder)) folderOfLibraries ??= unmerged(folder);
      take(
        own.includes(folder) ? seen.value.path : `${unmerged(folder)}/${library}`,
        seen.value.found,
      );
    }
  }
  const file = (path: string, bytes: Uint8Array): ToolFile => ({
    path,
    mode: 0o755,
    content: { kind: 'file', bytes },
  });
  // Beside the C library, where the dynamic loader looks.
  const folder = folderOfLibraries ?? defaultFolders(machine)[0];
  return ok({
    files: [
      ...[...files].map(([path, { bytes, root }]) => ({
        ...file(path, bytes),
        from: root.digest ?? sha256(bytes),
      })),
      ...[...standIns]
        .filter(([library]) => !loaded.has(library))
        .map(([library, bytes]) => file(`${folder}/${library}`, bytes)),
    ].sort((a, b) => (a.path < b.path ? -1 : 1)),
    used,
  });
}

function standInFor(library: string, elf: Elf, machine: Architecture): Uint8Array | undefined {
  const asked = askedOf(elf, library);
  return asked === undefined || machine.returnsZero === undefined
    ? undefined
    : standInLibrary(library, asked, machine.returnsZero, elf);
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const missing = (
  pool: ToolPool,
  library: string,
  neededBy: string,
  folders: readonly string[],
): Result<never> =>
  fail({
    area: 'input',
    kind: 'library-missing',
    library,
    neededBy,
    looked: pool
      .roots()
      .slice(0, 8)
      .map(({ shown }) => `${shown} (${folders.slice(0, 2).join(', ')} …)`),
  });

/** The first of `candidates` that a root has; when none has, the pool may bring another root. */
async function seek(
  pool: ToolPool,
  neededBy: ToolRoot,
  library: string,
  candidates: readonly string[],
): Promise<Result<{ readonly path: string; readonly found: Found } | undefined>> {
  for (;;) {
    for (const path of candidates) {
      const found = await readBelow(pool, path);
      if (!found.ok) return found;
      if (found.value !== undefined) return ok({ path, found: found.value });
    }
    const more = await pool.more(baseName(library), neededBy);
    if (!more.ok) return more;
    if (!more.value) return ok(undefined);
  }
}

function checkElf(
  path: string,
  bytes: Uint8Array,
  machine: Architecture,
): Result<{
  readonly interpreter: string | undefined;
  readonly needed: readonly string[];
  readonly runpath: readonly string[];
  readonly elf: Elf;
}> {
  const notElf = (fault: string): Result<never> =>
    fail({ area: 'input', kind: 'tool-not-elf', path, fault });
  const kind = elfKind(bytes);
  if (!kind.ok)
    return notElf(kind.why.fault === 'not-elf' ? 'it has no ELF header' : kind.why.fault);
  const expected = machine.elf;
  const same =
    kind.value.machine === expected.machine &&
    kind.value.bits === expected.bits &&
    kind.value.order === expected.order;
  if (!same)
    return fail({
      area: 'input',
      kind: 'tool-wrong-architecture',
      path,
      found: { ...kind.value, machine: machineName(kind.value.machine) },
      expected: { ...expected, machine: machineName(expected.machine) },
    });
  const elf = readElf(bytes);
  if (!elf.ok) return notElf(`its ELF tables are damaged: ${elf.why.fault}`);
  const dynamic = dynamicOf(elf.value);
  return dynamic.ok
    ? ok({ ...dynamic.value, elf: elf.value })
    : notElf(`its ${dynamic.why.fault} part is damaged`);
}
