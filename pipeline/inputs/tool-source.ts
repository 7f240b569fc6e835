/** The tools' packages or folder, from each kind of place a profile may name. */
import type { SourcePlace } from '../problem/explanation.ts';
import { collect, fail, ok, type Result } from '../problem/result.ts';
import type { AptPackage, PinnedPackage } from './apt.ts';
import { packFiles, unpackFiles } from './file-pack.ts';
import { checkAsked } from './lock.ts';
import {
  type PackageFile,
  readPackage,
  type UnpackedPackage,
  unpackPackage,
} from './package-file.ts';
import type { PackageFacts } from './package-opener.ts';
import { foreignPackages, packageContent } from './packages.ts';
import {
  fileInput,
  type InputContext,
  type Part,
  type PinnedInput,
  packageInput,
  pinnedPackages,
} from './part.ts';
import type { ToolFile } from './resolved-inputs.ts';
import { captureTools, findTools, fixedPool, type ToolPool, type ToolRoot } from './tools.ts';
import { type Tree, treeBelow } from './tree.ts';

const TOOL_MAKER = 'tool-deb-3';

type ToolContext = InputContext<'tools' | 'targets' | 'recipient'>;

export const resolveTools = (context: ToolContext): Promise<Result<Part<readonly ToolFile[]>>> =>
  context.shared.once(
    'tools',
    [
      context.machine,
      JSON.stringify([context.profile.tools, captureTools(context.profile), context.locked?.tools]),
    ],
    () => toolsFrom(context),
  );

function toolsFrom(context: ToolContext): Promise<Result<Part<readonly ToolFile[]>>> {
  const source = context.profile.tools;
  switch (source.kind) {
    case 'apt':
      return fromApt(context);
    case 'debs':
      return fromDebFiles(context, source.paths);
    case 'installed':
      return fromInstalled(context, source.root);
  }
}

type PackageRoot = ToolRoot & { readonly from: PinnedPackage; readonly facts: PackageFacts };

async function fromApt(context: ToolContext): Promise<Result<Part<readonly ToolFile[]>>> {
  const { machine, profile } = context;
  const names = captureTools(profile).map((tool) => tool.package);
  const asked = `apt ${names.join(' ')} ${machine.debian.architecture}`;
  const at = profile.placeOf('tools');
  const [differs] = checkAsked(profile.name, 'tools', context.locked?.tools, asked);
  if (differs !== undefined) return fail(differs);
  const pinned = pinnedPackages(context.locked?.tools);
  if (pinned !== undefined) {
    const kept = await fromPinned(context, pinned, at);
    return kept.ok ? ok({ ...kept.value, asked }) : kept;
  }
  const roots: PackageRoot[] = [];
  const pool = await aptPool(context, names, roots, at);
  if (!pool.ok) return pool;
  const found = await findTools(pool.value, captureTools(profile), machine, at);
  if (!found.ok) return found;
  const inputs = roots
    .filter((root) => found.value.used.has(root))
    .map(({ facts, from }) => packageInput(`tools/${from.package}`, from, facts));
  return ok({ value: found.value.files, asked, inputs });
}

/** Known packages, known files: what they give is kept, and then no package is even opened. */
async function fromPinned(
  context: ToolContext,
  packages: readonly PinnedPackage[],
  at: SourcePlace | undefined,
): Promise<Result<KeptTools>> {
  return keptTools(context, packages, at, async () => {
    const roots: PackageRoot[] = [];
    for (const from of packages) {
      const root = await packageRoot(context, from, at, 'lock');
      if (!root.ok) return root;
      roots.push(root.value);
    }
    return ok(roots);
  });
}

type KeptTools = Omit<Part<readonly ToolFile[]>, 'asked'>;

async function keptTools(
  context: ToolContext,
  packages: readonly PinnedPackage[],
  at: SourcePlace | undefined,
  open: () => Promise<Result<readonly PackageRoot[]>>,
): Promise<Result<KeptTools>> {
  const { machine, profile, store } = context;
  const tools = captureTools(profile);
  const packed = await store.remember(
    {
      maker: 'tools-4',
      from: [
        machine.debian.architecture,
        tools.map(({ name }) => name).join(' '),
        ...packages.map(({ digest }) => digest).sort(),
      ],
    },
    async () => {
      const roots = await open();
      if (!roots.ok) return roots;
      const found = await findTools(fixedPool(roots.value), tools, machine, at);
      if (!found.ok) return found;
      const told = roots.value.map(({ from, facts: { form, source, licences } }) => [
        from.digest,
        { form, source, licences },
      ]);
      return ok(packFiles({ files: found.value.files, packages: Object.fromEntries(told) }));
    },
  );
  if (!packed.ok) return packed;
  const kept = unpackFiles(packed.value);
  const inputs = packages.map((from) => {
    const words = kept.packages[from.digest];
    if (words === undefined) throw new Error(`what was kept does not know ${from.package}`);
    return packageInput(`tools/${from.package}`, from, words);
  });
  return ok({ value: kept.files, inputs });
}

async function packageRoot(
  context: ToolContext,
  from: PinnedPackage,
  at: SourcePlace | undefined,
  pinnedBy: 'lock' | 'package-index',
): Promise<Result<PackageRoot>> {
  const content = await toolContent(context, from, at, pinnedBy);
  return content.ok ? ok(rootOf(content.value, from)) : content;
}

const rootOf = ({ facts, tree }: UnpackedPackage, from: PinnedPackage): PackageRoot => ({
  tree,
  shown: `${from.package} ${from.version}`,
  digest: from.digest,
  from,
  facts,
});

/**
 * Starts with the tools' own packages. A library that is missing is sought in what the package that
 * needs it depends on, likeliest first, so that perl is not fetched for makedumpfile's scripts.
 */
async function aptPool(
  context: ToolContext,
  names: readonly string[],
  roots: PackageRoot[],
  at: SourcePlace | undefined,
): Promise<Result<ToolPool>> {
  const { apt } = context;
  const described = new Map<Tree, AptPackage>();
  const tried = new Set<string>();
  const add = async (name: string): Promise<Result<void>> => {
    tried.add(name);
    const found = await apt.find({ package: name, version: undefined, at });
    if (!found.ok) return found;
    const root = await packageRoot(context, found.value, at, 'package-index');
    if (!root.ok) return root;
    described.set(root.value.tree, found.value);
    roots.push(root.value);
    return ok(undefined);
  };
  for (const name of names) {
    const added = await add(name);
    if (!added.ok) return added;
  }
  return ok({
    roots: () => roots,
    more: async (library, neededBy) => {
      const depends = described.get(neededBy.tree)?.depends ?? [];
      const candidates = [...new Set(depends)]
        .filter((name) => !tried.has(name))
        .sort((a, b) => unlikeliness(a, library) - unlikeliness(b, library));
      for (const name of candidates) {
        const added = await add(name);
        if (added.ok) return ok(true);
        // A name that only others provide is no package; the next may have the library.
        if (added.problems.some((problem) => problem.kind !== 'package-not-found')) return added;
      }
      return ok(false);
    },
  });
}

/** Debian Policy 8.1: the package of `libbz2.so.1.0` is called `libbz2-1.0`, of `libdw.so.1` `libdw1`. */
function unlikeliness(name: string, library: string): number {
  const parts = /^(.*)\.so\.?(.*)$/.exec(library);
  const stem = (parts?.[1] ?? library).toLowerCase().replaceAll('_', '-');
  const version = parts?.[2] ?? '';
  if (name === `${stem}${/\d$/.test(stem) ? '-' : ''}${version}`) return 0;
  if (name.startsWith(stem)) return 1;
  return /^z?lib/.test(name) ? 2 : 3;
}

async function fromDebFiles(
  context: ToolContext,
  paths: readonly string[],
): Promise<Result<Part<readonly ToolFile[]>>> {
  const { host, machine, profile, storeFolder } = context;
  const at = profile.placeOf('tools.paths');
  const debs = collect(await Promise.all(paths.map((path) => readPackage(host, path, at))));
  if (!debs.ok) return debs;
  const unpacked: { readonly deb: PackageFile; readonly content: UnpackedPackage }[] = [];
  for (const deb of debs.value) {
    const content = await unpackPackage(host, storeFolder, TOOL_MAKER, deb);
    if (!content.ok) return content;
    unpacked.push({ deb, content: content.value });
  }
  const [first, ...more] = foreignPackages(
    machine,
    unpacked.map(({ content }) => content.facts),
    at,
  );
  if (first !== undefined) return fail(first, ...more);
  const roots = unpacked.map(({ deb, content }) =>
    rootOf(content, { ...content.facts, digest: deb.digest, size: deb.size }),
  );
  const kept = await keptTools(
    context,
    roots.map(({ from }) => from),
    at,
    async () => ok(roots),
  );
  return kept.ok ? ok({ ...kept.value, asked: `debs ${machine.debian.architecture}` }) : kept;
}

async function fromInstalled(
  context: ToolContext,
  root: string,
): Promise<Result<Part<readonly ToolFile[]>>> {
  const { host, machine, profile } = context;
  const pool = fixedPool([{ tree: treeBelow(host, root), shown: root, digest: undefined }]);
  const found = await findTools(
    pool,
    captureTools(profile),
    machine,
    profile.placeOf('tools.root'),
  );
  if (!found.ok) return found;
  const inputs = found.value.files.flatMap(({ path, content, from }): PinnedInput[] =>
    content.kind === 'file' && from !== undefined
      ? [fileInput(`tools/${path}`, path, content.bytes)]
      : [],
  );
  return ok({ value: found.value.files, asked: 'installed', inputs });
}

/** The content of a tool's package. */
export const toolContent = (
  context: Pick<InputContext, 'apt' | 'host' | 'storeFolder'>,
  from: PinnedPackage,
  at: SourcePlace | undefined,
  pinnedBy: 'lock' | 'package-index',
): Promise<Result<UnpackedPackage>> =>
  packageContent(context, TOOL_MAKER, from, at, pinnedBy, (file) =>
    unpackPackage(context.host, context.storeFolder, TOOL_MAKER, file),
  );
