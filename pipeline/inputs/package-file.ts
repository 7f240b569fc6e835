/**
 * Packages as files: whether one is whole, what it says of itself, and its content unpacked into the store,
 * keyed by digest.
 */
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { debFault, openDeb } from './deb.ts';
import type { PackageFacts, PackageOpener } from './package-opener.ts';
import { inputMax, readInput } from './read-input.ts';
import { isRpm, openRpm } from './rpm.ts';
import { type Tree, treeBelow } from './tree.ts';

/** A package at hand: read and digested. */
export type PackageFile = {
  readonly form: PackageFacts['form'];
  readonly bytes: Uint8Array;
  /** For messages: as the profile names it, or the package's name. */
  readonly shown: string;
  readonly digest: Digest;
  readonly size: number;
  readonly at: SourcePlace | undefined;
};

export type UnpackedPackage = {
  readonly facts: PackageFacts;
  /** The package's files as below `/`. */
  readonly tree: Tree;
};

const openers: Readonly<Record<PackageFile['form'], PackageOpener>> = {
  deb: openDeb,
  rpm: openRpm,
};

/** The package as a value, or what is wrong with the file. */
export function checkPackage(
  bytes: Uint8Array,
  shown: string,
  at: SourcePlace | undefined,
): Result<PackageFile> {
  const file = { bytes, shown, digest: sha256(bytes), size: bytes.length, at };
  if (isRpm(bytes)) return ok({ form: 'rpm', ...file });
  const wrong = debFault(bytes);
  if (wrong?.fault === 'not-a-package')
    return fail({ area: 'input', kind: 'deb-not-a-package', at, path: shown });
  if (wrong?.fault === 'truncated') {
    const { member, need, have } = wrong;
    return fail({ area: 'input', kind: 'deb-truncated', at, path: shown, member, need, have });
  }
  return ok({ form: 'deb', ...file });
}

export async function readPackage(
  host: Host,
  path: string,
  at: SourcePlace | undefined,
): Promise<Result<PackageFile>> {
  const bytes = await readInput(host, path, 'package', at, inputMax.package);
  return bytes.ok ? checkPackage(bytes.value, path, at) : bytes;
}

/**
 * The package's content in the store; unpacked now if it was not yet.
 * `maker` names the treatment with a version; `finish` may add to what was unpacked before it appears.
 */
export async function unpackPackage(
  host: Host,
  store: string,
  maker: string,
  file: PackageFile,
  finish: (tree: Tree) => Promise<Result<void>> = async () => ok(undefined),
): Promise<Result<UnpackedPackage>> {
  const folder = unpackedFolder(store, maker, file.digest);
  const kept = await unpackedAlready(host, store, maker, file.digest);
  if (kept !== undefined) return ok(kept);
  const damaged = (said: readonly string[]): Result<never> =>
    fail({ area: 'input', kind: 'deb-damaged', at: file.at, path: file.shown, said });
  const opener = openers[file.form];
  const made = await host.withTempFolder(async (temp): Promise<Result<PackageFacts>> => {
    const copy = join(temp, `package.${file.form}`);
    await host.writeFile(copy, file.bytes);
    const facts = await opener.facts(host, copy, damaged);
    if (!facts.ok) return facts;
    const staged = join(temp, 'unpacked');
    const root = join(staged, 'root');
    await host.makeFolder(root);
    const unpacked = await opener.unpack(host, copy, root, damaged);
    if (!unpacked.ok) return unpacked;
    const tree = treeBelow(host, root);
    const finished = await finish(tree);
    if (!finished.ok) return finished;
    const licences = await opener.licences?.(tree, facts.value.package);
    const told = licences === undefined ? facts.value : { ...facts.value, licences };
    await host.writeFile(
      join(staged, factsName),
      new TextEncoder().encode(`${JSON.stringify(told)}\n`),
    );
    try {
      await host.rename(staged, folder);
    } catch (error) {
      // Another build was quicker; what it made is the same.
      if ((await host.stat(folder)) === undefined) throw error;
    }
    return ok(told);
  }, store);
  return made.ok ? ok({ facts: made.value, tree: treeBelow(host, `${folder}/root`) }) : made;
}

const factsName = 'facts.json';

const unpackedFolder = (store: string, maker: string, digest: Digest): string =>
  `${store}/${maker}-${digest}`;

/** What an earlier build unpacked. With it, the package itself is not needed any more. */
export async function unpackedAlready(
  host: Host,
  store: string,
  maker: string,
  digest: Digest,
): Promise<UnpackedPackage | undefined> {
  const folder = unpackedFolder(store, maker, digest);
  const facts = await host.readFile(`${folder}/${factsName}`);
  if (facts === undefined) return undefined;
  return {
    facts: JSON.parse(new TextDecoder().decode(facts)) as PackageFacts,
    tree: treeBelow(host, `${folder}/root`),
  };
}
