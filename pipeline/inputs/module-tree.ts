/**
 * The folder lib/modules/RELEASE of one kernel: in one tree, or in several where a distribution has cut the kernel
 * into packages that lie over each other once they are installed.
 */
import { resolve } from 'node:path';
import type { Host } from '../host/host.ts';
import { collect, fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import { type IndexTexts, isModule } from './module-index.ts';
import { inputMax, readIfThere } from './read-input.ts';
import type { Tree } from './tree.ts';

export type ModuleTree = {
  /** In the order in which they are looked into. */
  readonly places: readonly ModulePlace[];
  /** Undefined when only the modules themselves know (a folder of any name). */
  readonly release: string | undefined;
  /** For messages. */
  readonly origin: string;
};

export type ModulePlace = {
  readonly tree: Tree;
  /** Below the tree. */
  readonly folder: string;
  /** Of the package that this is; undefined where the modules are an input of their own. */
  readonly digest?: Digest;
};

/** On a merged /usr one is a link to the other; an unpacked package may have either. */
export const moduleFolders = ['lib/modules', 'usr/lib/modules'] as const;

export const showTree = ({ places }: ModuleTree): string =>
  places.map(({ tree, folder }) => `${tree.folder}/${folder}`).join(', ');

/** Whether any module can be there. */
export async function hasModules({ places }: ModuleTree): Promise<boolean> {
  for (const { tree, folder } of places)
    for (const name of ['kernel', 'modules.order', 'updates', 'extra'])
      if ((await tree.stat(`${folder}/${name}`)) !== undefined) return true;
  return false;
}

/** The first place that has the file. */
export async function readModuleFile(
  tree: ModuleTree,
  path: string,
  most: number,
): Promise<Result<Uint8Array | undefined>> {
  for (const place of tree.places) {
    const at = `${place.folder}/${path}`;
    const file = await readIfThere(place.tree, at, { role: 'module file', most, at: undefined });
    if (file.ok && file.value === undefined) continue;
    const empty = !file.ok && file.problems[0].kind === 'file-empty';
    // An empty index is one of a kernel that has nothing to list.
    return empty ? ok(new Uint8Array()) : file;
  }
  return ok(undefined);
}

/** depmod's indexes where they stand with the modules; undefined when they do not. */
export async function standingIndexes(tree: ModuleTree): Promise<Result<IndexTexts | undefined>> {
  const [only, ...more] = tree.places;
  // An index of one part knows nothing of the others.
  if (only === undefined || more.length > 0) return ok(undefined);
  const dep = await only.tree.stat(`${only.folder}/modules.dep`);
  return dep === undefined
    ? ok(undefined)
    : indexTexts((name) => readModuleFile(tree, name, inputMax.moduleIndex));
}

async function indexTexts(
  read: (name: string) => Promise<Result<Uint8Array | undefined>>,
): Promise<Result<IndexTexts>> {
  const parts = await Promise.all(
    ['dep', 'alias', 'softdep', 'builtin', 'builtin.modinfo'].map((name) =>
      read(`modules.${name}`),
    ),
  );
  const texts = collect(parts);
  if (!texts.ok) return texts;
  const [dep = '', alias = '', softdep = '', builtin = '', builtinModinfo = ''] = texts.value.map(
    (bytes) => Buffer.from(bytes ?? []).toString('utf8'),
  );
  return ok({ dep, alias, softdep, builtin, builtinModinfo });
}

const DEPMOD_TIMEOUT_MS = 300_000;

/** For a tree whose release nobody stated: depmod takes only what begins with two numbers. */
const ANY_RELEASE = '0.0';

/** Makes the indexes of `root`/lib/modules/`release`, into that folder. */
export async function runDepmod(
  host: Host,
  root: string,
  release: string,
  shown = release,
): Promise<Result<void>> {
  const ran = await host.run('depmod', ['-b', root, '--', release], {
    timeoutMs: DEPMOD_TIMEOUT_MS,
  });
  if (!ran.ok) return ran;
  if (ran.value.exitCode === 0) return ok(undefined);
  return fail({
    area: 'input',
    kind: 'command-failed',
    command: 'depmod',
    doing: `reading the modules of ${shown}`,
    exitCode: ran.value.exitCode,
    said: ran.value.stderr.trim().split('\n').slice(0, 4),
  });
}

/** Ten times what a kernel with all its modules has; folders lie five deep. */
const modulesMax = 100_000;
const depthMax = 16;

/** What modules.dep may name, and what depmod reads beside the modules. */
const besideModules = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'];
/** Links to the sources of the kernel. */
const notModules = ['build', 'source'];

/**
 * A tree without indexes belongs to somebody else and stays as it is: depmod works on a folder of links, each to
 * a plain file of the tree, so that it neither writes nor reads anywhere else.
 */
export async function makeIndexes(host: Host, modules: ModuleTree): Promise<Result<IndexTexts>> {
  return host.withTempFolder(async (temp) => {
    const release = modules.release ?? ANY_RELEASE;
    const folder = `lib/modules/${release}`;
    const target = `${temp}/${folder}`;
    await host.makeFolder(target);
    const made = new Set<string>();
    const linkAll = async (place: ModulePlace, below: string, depth: number): Promise<boolean> => {
      const names = (await place.tree.list(`${place.folder}${below}`)) ?? [];
      for (const name of names) {
        if (depth === 0 && notModules.includes(name)) continue;
        const path = `${below}/${name}`;
        const real = await place.tree.place(`${place.folder}${path}`);
        const stat = real === undefined ? undefined : await host.stat(real);
        if (real === undefined || stat === undefined) continue;
        if (stat.kind === 'directory') {
          if (depth >= depthMax || !(await linkAll(place, path, depth + 1))) return false;
          continue;
        }
        const wanted = isModule(name) || (depth === 0 && besideModules.includes(name));
        if (stat.kind !== 'file' || !wanted || made.has(path)) continue;
        if (made.size >= modulesMax) return false;
        made.add(path);
        if (depth > 0) await host.makeFolder(`${target}${below}`);
        await host.makeLink(`${target}${path}`, resolve(host.cwd(), real));
      }
      return true;
    };
    for (const place of modules.places)
      if (!(await linkAll(place, '', 0)))
        return fail({ area: 'input', kind: 'modules-endless', path: showTree(modules) });
    const ran = await runDepmod(host, temp, release, modules.origin);
    if (!ran.ok) return ran;
    const texts = await indexTexts(async (name) => {
      // What depmod wrote is its own; what it was given as a link is read where it stands.
      const written = await host.stat(`${target}/${name}`);
      return written?.kind === 'file'
        ? ok(await host.readFile(`${target}/${name}`))
        : readModuleFile(modules, name, inputMax.moduleIndex);
    });
    return texts;
  });
}
