/** What is to be pushed, from the arguments of `push`: files, and bundles of folders. */
import type { Host } from '../host/host.ts';
import { refusalAsProblem } from '../host/system-refusal.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, metWith, ok, type Result } from '../problem/result.ts';
import { openLayout } from '../registry/layout.ts';
import { type LayoutSource, layoutSource } from '../registry/layout-source.ts';
import { type KnownMembers, profileOf, sliceBundle } from '../registry/open-bundle.ts';
import type { PushSource } from '../registry/push.ts';
import { readReference, showReference } from '../registry/reference.ts';
import {
  asReferrers,
  attachmentsBeside,
  type Referrer,
  signaturesOf,
} from '../registry/referrers.ts';
import type { Digest } from '../units/units.ts';

export type NamedSource = PushSource & {
  readonly profile: string;
  /** Where the user gives none. */
  readonly tag: string;
  /** Of the manifest, where it is known before anything is read: the same one may have several tags. */
  readonly digest?: Digest;
};

export type Sources = {
  readonly sources: readonly NamedSource[];
  /** Tags of folders that name no bundle. */
  readonly others: readonly string[];
  readonly problems: readonly Problem[];
};

/** One that cannot be read keeps no other from being pushed. */
export async function pushSources(
  host: Host,
  words: readonly string[],
  signatures: boolean,
): Promise<Sources> {
  const known: KnownMembers = new Map();
  const folders = new Map<string, LayoutSource>();
  const sources: NamedSource[] = [];
  const others: string[] = [];
  const problems: Problem[] = [];
  for (const word of words) {
    const found = word.startsWith('oci:')
      ? await inLayout(host, word, signatures, known, folders)
      : await inFile(host, word, signatures, known);
    if (found.ok) {
      sources.push(...found.value.sources);
      others.push(...found.value.others);
      problems.push(...found.value.problems);
    } else problems.push(...metWith(found, { doing: 'pushing', what: word }).problems);
  }
  return { sources, others, problems };
}

async function inFile(
  host: Host,
  path: string,
  signatures: boolean,
  known: KnownMembers,
): Promise<Result<Sources>> {
  const profile = await profileOf(host, path);
  if (!profile.ok)
    return namesRegistry(path) && (await host.stat(path)) === undefined
      ? fail({ area: 'registry', kind: 'push-from-registry', reference: path })
      : profile;
  const source: NamedSource = {
    path,
    profile: profile.value,
    tag: profile.value,
    slice: () => sliceBundle(host, path, known),
    referrers: async (subject) => {
      const beside = await attachmentsBeside(host, path);
      if (!beside.ok) return beside;
      const own = signatures ? await signaturesOf(host, path) : ok([]);
      return own.ok ? ok(asReferrers(subject, [...beside.value, ...own.value])) : own;
    },
  };
  return ok({ sources: [source], others: [], problems: [] });
}

/** Whether any of them will do for all. Files are read for it, up to the first that is another. */
export async function areOneBundle(sources: readonly NamedSource[]): Promise<boolean> {
  const [first, ...others] = sources;
  if (first === undefined || others.length === 0) return true;
  const digest = await manifestDigest(first);
  for (const other of others)
    if (digest === undefined || (await manifestDigest(other)) !== digest) return false;
  return true;
}

/** Undefined: it cannot be read. */
async function manifestDigest({ digest, slice }: NamedSource): Promise<Digest | undefined> {
  if (digest !== undefined) return digest;
  const sliced = await refusalAsProblem(slice);
  return sliced.ok ? sliced.value.manifest.digest : undefined;
}

/** What goes with any of them. */
export const referrersOfAll =
  (sources: readonly PushSource[]): PushSource['referrers'] =>
  async (subject) => {
    const all: Referrer[] = [];
    for (const { referrers } of sources) {
      const found = await referrers(subject);
      if (!found.ok) return found;
      all.push(...found.value);
    }
    return ok(all);
  };

/** A folder may be called as a host is: so a name without tag and digest that ends as bundles do is a file's. */
function namesRegistry(word: string): boolean {
  const read = readReference(word);
  if (!read.ok) return false;
  const { digest, tag } = read.value;
  return digest !== undefined || tag !== undefined || !word.endsWith('.crashseal');
}

async function inLayout(
  host: Host,
  word: string,
  signatures: boolean,
  known: KnownMembers,
  folders: Map<string, LayoutSource>,
): Promise<Result<Sources>> {
  const read = readReference(word);
  if (!read.ok) return read;
  const { digest, place, tag } = read.value;
  if (place.kind !== 'layout') throw new Error(`${word} names no folder`);
  const source =
    folders.get(place.folder) ?? layoutSource(openLayout(host, place.folder), place.folder, known);
  folders.set(place.folder, source);
  const name = digest !== undefined ? { digest } : tag !== undefined ? { tag } : undefined;
  const found = await source(name, signatures);
  if (!found.ok) return found;
  const { bundles, others, problems } = found.value;
  return ok({
    // Named by its digest, it goes where its file would.
    sources: bundles.map((one) => ({ ...one, tag: one.tag ?? one.profile })),
    others: others.map((other) => showReference(place, { tag: other })),
    problems,
  });
}
