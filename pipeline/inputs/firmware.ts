/**
 * Firmware that modules ask for: from what the profile names, and from the system or package that the kernel comes
 * from. The kernel looks below /lib/firmware before any other program of an initramfs runs.
 */
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import type { PinnedPackage } from './apt.ts';
import { checkAsked } from './lock.ts';
import { type PackageFile, readPackage, unpackPackage } from './package-file.ts';
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
import { inputMax, readIfThere } from './read-input.ts';
import type { FirmwareFile } from './resolved-inputs.ts';
import { type Tree, treeBelow } from './tree.ts';
import { uncompressFiles } from './uncompress.ts';

const FIRMWARE_MAKER = 'firmware-2';

/** Where files are looked for. */
export type FirmwareRoot = {
  readonly tree: Tree;
  readonly folders: readonly string[];
  /** Of the package, with which all that is read there is pinned; undefined where each file is an input of its own. */
  readonly digest: Digest | undefined;
};

/** In the order of the kernel (drivers/base/firmware_loader/main.c, `fw_path`). */
export const firmwareFolders = (release: string): readonly string[] =>
  ['updates/', ''].flatMap((updates) =>
    [`${updates}${release}/`, updates].flatMap((folder) =>
      ['usr/lib', 'lib'].map((lib) => `${lib}/firmware/${folder}`),
    ),
  );

/** As distributions compress them; the capture kernel gets the plain files, which every kernel takes. */
const suffixes = ['', '.zst', '.xz'];

type Asked = {
  /** As modules name them; a `*` stands for what is not `/`. */
  readonly names: readonly string[];
  readonly release: string;
  readonly own: readonly FirmwareRoot[];
};

export async function findFirmware(
  context: InputContext,
  { names, release, own }: Asked,
): Promise<Result<Part<readonly FirmwareFile[]>>> {
  const { initramfs, name: profile } = context.profile;
  const given = initramfs.kind === 'composed' ? initramfs.firmware : [];
  if (names.length === 0) return ok({ value: [], asked: undefined, inputs: [] });
  const asked =
    given.length === 0
      ? 'installed'
      : given
          .map((one) => (one.kind === 'package' ? `apt ${one.name}` : baseName(one.path)))
          .join(' ');
  const [differs] = checkAsked(profile, 'firmware', context.locked?.firmware, asked);
  if (differs !== undefined) return fail(differs);

  const roots: FirmwareRoot[] = [];
  const inputs: PinnedInput[] = [];
  for (const [index, one] of given.entries()) {
    const opened = await rootOf(context, one, index, release);
    if (!opened.ok) return opened;
    roots.push(opened.value.root);
    inputs.push(...opened.value.inputs);
  }
  roots.push(...own);

  const found = new Map<string, FoundFile>();
  for (const name of new Set(names))
    for (const plain of await spelledOut(roots, name)) {
      if (found.has(plain)) continue;
      const file = await firstOf(roots, plain);
      if (!file.ok) return file;
      if (file.value === undefined) continue;
      found.set(plain, file.value);
      if (file.value.digest === undefined)
        inputs.push(fileInput(`firmware/${plain}`, file.value.path, file.value.bytes));
    }
  const files = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const plain = await uncompressFiles(
    context.host,
    files.map(([, file]) => file),
  );
  if (!plain.ok) return plain;
  return ok({
    value: files.map(([path, { bytes, digest }], at) => ({
      path,
      bytes: plain.value[at] ?? new Uint8Array(),
      from: digest ?? sha256(bytes),
    })),
    // A kernel's own package, which is pinned, may hold all of it.
    asked: given.length === 0 && inputs.length === 0 ? undefined : asked,
    inputs,
  });
}

type Opened = { readonly root: FirmwareRoot; readonly inputs: readonly PinnedInput[] };

async function rootOf(
  context: InputContext,
  given:
    | { readonly kind: 'package'; readonly name: string }
    | { readonly kind: 'path'; readonly path: string },
  index: number,
  release: string,
): Promise<Result<Opened>> {
  const { apt, host, locked, machine, profile, storeFolder } = context;
  const at = profile.placeOf(`initramfs.firmware.${index}`);
  const folders = firmwareFolders(release);
  const unpack = (file: PackageFile) => unpackPackage(host, storeFolder, FIRMWARE_MAKER, file);
  if (given.kind === 'package') {
    const pinned = pinnedPackages(locked?.firmware)?.find((one) => one.package === given.name);
    const found: Result<PinnedPackage> =
      pinned === undefined
        ? await apt.find({ package: given.name, version: undefined, at })
        : ok(pinned);
    if (!found.ok) return found;
    const pinnedBy = pinned === undefined ? 'package-index' : 'lock';
    const content = await packageContent(
      context,
      FIRMWARE_MAKER,
      found.value,
      at,
      pinnedBy,
      unpack,
    );
    if (!content.ok) return content;
    const { facts, tree } = content.value;
    return ok({
      root: { tree, folders, digest: found.value.digest },
      inputs: [packageInput(`firmware/${given.name}`, found.value, facts)],
    });
  }
  if ((await host.stat(given.path))?.kind === 'directory')
    return ok({
      root: { tree: treeBelow(host, given.path), folders: ['', ...folders], digest: undefined },
      inputs: [],
    });
  const file = await readPackage(host, given.path, at);
  if (!file.ok) return file;
  const content = await unpack(file.value);
  if (!content.ok) return content;
  const [foreign]: readonly Problem[] = foreignPackages(machine, [content.value.facts], at);
  if (foreign !== undefined) return fail(foreign);
  const { facts, tree } = content.value;
  const name = `firmware/${baseName(given.path)}`;
  const { locked: asFile } = fileInput(name, given.path, file.value.bytes);
  const { digest, size } = file.value;
  const { record } = packageInput(name, { ...facts, digest, size }, facts);
  return ok({ root: { tree, folders, digest }, inputs: [{ record, locked: asFile }] });
}

/** A module's word is a path below /lib/firmware, and nothing else. */
const isPlain = (name: string): boolean =>
  /^[!-~]+$/.test(name) && !name.startsWith('/') && !name.split('/').includes('..');

async function spelledOut(
  roots: readonly FirmwareRoot[],
  name: string,
): Promise<readonly string[]> {
  if (!isPlain(name)) return [];
  if (!name.includes('*')) return [name];
  const slash = name.lastIndexOf('/') + 1;
  const folder = name.slice(0, slash);
  const pattern = name
    .slice(slash)
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*');
  const wanted = new RegExp(`^(${pattern})(?:\\.zst|\\.xz)?$`);
  const found = new Set<string>();
  for (const { tree, folders } of roots)
    for (const below of folders)
      for (const file of (await tree.list(`${below}${folder}`)) ?? []) {
        const plain = wanted.exec(file)?.[1];
        if (plain !== undefined) found.add(`${folder}${plain.replace(/\.(?:zst|xz)$/, '')}`);
      }
  return [...found].sort();
}

type FoundFile = {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly digest: FirmwareRoot['digest'];
};

async function firstOf(
  roots: readonly FirmwareRoot[],
  name: string,
): Promise<Result<FoundFile | undefined>> {
  const file = { role: 'firmware', most: inputMax.firmware, at: undefined };
  for (const { tree, folders, digest } of roots)
    for (const folder of folders)
      for (const suffix of suffixes) {
        const path = `${folder}${name}${suffix}`;
        const bytes = await readIfThere(tree, path, file);
        if (!bytes.ok) return bytes;
        if (bytes.value !== undefined) return ok({ path, bytes: bytes.value, digest });
      }
  return ok(undefined);
}
