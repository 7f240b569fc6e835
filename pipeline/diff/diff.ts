/** Two bundles, down to the files in the initramfs and the words of the command line. Pure but for opening the initramfs. */

import {
  type InitramfsFile,
  type InitramfsFiles,
  readInitramfs,
} from '../components/initramfs-files.ts';
import type { Host } from '../host/host.ts';
import { loadedBytes } from '../seal/bundle.ts';
import type { Inspection } from '../seal/inspect.ts';
import { formWords, manifestOfSeal, sourceWords } from '../seal/manifest.ts';
import type { Seal } from '../seal/seal-codec.ts';
import { toldInputs } from '../seal/told-inputs.ts';
import { matchWords, policyWords } from '../seal/words.ts';
import { showDate } from '../units/time.ts';
import type { Digest } from '../units/units.ts';
import { type ListChange, listChanges } from './list-changes.ts';
import type { OpenedBundle } from './open.ts';

/** What became of something that has a name. */
export type Change<T> = {
  readonly what: string;
  /** Undefined: it was added. */
  readonly before?: T;
  /** Undefined: it was removed. */
  readonly after?: T;
};

export type MemberFacts = { readonly size: bigint; readonly digest: Digest };
export type FileFacts = Omit<InitramfsFile, 'path'>;

export type BundleDiff = {
  /** seal.bin is the same, byte for byte, and with it everything that is sealed. */
  readonly same: boolean;
  readonly verified: boolean;
  readonly bundles: readonly [Side, Side];
  readonly identity: readonly Change<string>[];
  readonly flags: readonly ListChange[];
  readonly match: readonly ListChange[];
  readonly commandLine: readonly ListChange[];
  readonly policy: readonly ListChange[];
  readonly console: readonly Change<string>[];
  readonly members: readonly Change<MemberFacts>[];
  readonly segments: readonly Change<string>[];
  readonly live: readonly Change<string>[];
  readonly modules: readonly Change<FileFacts>[];
  readonly files: readonly Change<FileFacts>[];
  /** Why files and modules could not be compared, or what of a changed archive no file explains. */
  readonly initramfsNotes: readonly string[];
  /** What the manifest says beyond the seal: dump, target, build. */
  readonly settings: readonly Change<string>[];
  readonly inputs: readonly Change<string>[];
  readonly signatures: readonly Change<string>[];
};

export type Side = {
  readonly path: string;
  readonly profile: string;
  readonly sealDigest: Digest;
  readonly size: number;
  readonly signed: boolean;
  readonly development: boolean;
  readonly testing: boolean;
  readonly damaged: readonly string[];
};

export async function diffBundles(
  host: Host,
  a: OpenedBundle,
  b: OpenedBundle,
): Promise<BundleDiff> {
  const [sealA, sealB] = [a.seen.seal, b.seen.seal];
  const inside = await initramfsChanges(host, a, b);
  const list = (of: (seal: Seal) => readonly string[]): readonly ListChange[] =>
    listChanges(of(sealA), of(sealB));
  const map = (of: (seen: Inspection) => ReadonlyMap<string, string>): readonly Change<string>[] =>
    changes(of(a.seen), of(b.seen), (value) => value);
  return {
    same: a.seen.sealDigest === b.seen.sealDigest && a.damaged.length + b.damaged.length === 0,
    verified: a.verified && b.verified,
    bundles: [sideOf(a), sideOf(b)],
    identity: map(identityOf),
    flags: list(({ flags }) => flags),
    match: list(({ match }) => match.map(matchWords)),
    commandLine: listChanges(wordsOf(sealA), wordsOf(sealB), settingOf),
    policy: listChanges(policyOf(a.seen), policyOf(b.seen)),
    console: map(consoleOf),
    members: changes(membersOf(sealA), membersOf(sealB), ({ digest }) => digest),
    segments: map(segmentsOf),
    live: map(liveOf),
    ...inside,
    settings: map(settingsOf),
    inputs: map(inputsOf),
    signatures: map(signaturesOf),
  };
}

const sideOf = ({ bundle, seen, damaged }: OpenedBundle): Side => ({
  path: bundle.path,
  profile: seen.seal.profile,
  sealDigest: seen.sealDigest,
  size: bundle.size,
  signed: seen.signatures.length > 0,
  development: seen.signatures.some((one) => one.kind === 'present' && one.development),
  testing: seen.seal.flags.includes('testing'),
  damaged,
});

/** By name, sorted; what is the same in both is left out. */
function changes<T>(
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  same: (value: T) => string,
): readonly Change<T>[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].toSorted();
  return names.flatMap((what): readonly Change<T>[] => {
    const before = a.get(what);
    const after = b.get(what);
    if (before !== undefined && after !== undefined && same(before) === same(after)) return [];
    return [
      {
        what,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
    ];
  });
}

/** Plain data as lines `a.b`: a list of named things by their names, a list of words as one line. */
function flatten(value: unknown, name: string, into: Map<string, string>): Map<string, string> {
  if (Array.isArray(value)) {
    if (value.length === 0) return into;
    if (value.every((item) => typeof item !== 'object' || item === null))
      return into.set(name, value.map(String).join(', '));
    for (const [index, item] of value.entries()) flatten(item, `${name}[${index}]`, into);
  } else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value))
      flatten(item, name === '' ? key : `${name}.${key}`, into);
  else if (value !== null && value !== undefined && value !== '') into.set(name, String(value));
  return into;
}

/** Compared in ways of their own. */
const listsOfSeal = ['commandLine', 'flags', 'live', 'match', 'members', 'probes', 'segments'];

function identityOf({ seal }: Inspection): ReadonlyMap<string, string> {
  const facts = Object.entries(manifestOfSeal(seal)).filter(([key]) => !listsOfSeal.includes(key));
  return flatten(Object.fromEntries(facts), '', new Map());
}

function settingsOf({ seal, manifest }: Inspection): ReadonlyMap<string, string> {
  const known = [...Object.keys(manifestOfSeal(seal)), 'inputs', 'console', 'onCorruption'];
  const rest = Object.entries(manifest ?? {}).filter(([key]) => !known.includes(key));
  return flatten(Object.fromEntries(rest), '', new Map());
}

const inputsOf = ({ manifest }: Inspection): ReadonlyMap<string, string> =>
  new Map(
    toldInputs(manifest).map(({ name, origin, sha256 }) => [
      name,
      `${origin}, sha256 ${sha256 ?? 'not told'}`,
    ]),
  );

const wordsOf = ({ commandLine }: Seal): readonly string[] =>
  commandLine.split(' ').filter((word) => word !== '');

/** `loglevel=4` is about `loglevel`. */
const settingOf = (word: string): string | undefined =>
  word.includes('=') ? word.slice(0, word.indexOf('=')) : undefined;

const policyOf = ({ purgatory, stepPages }: Inspection): readonly string[] =>
  purgatory === undefined ? [] : policyWords(purgatory, stepPages);

const consoleOf = ({ purgatory }: Inspection): ReadonlyMap<string, string> =>
  flatten(purgatory?.console, 'console', new Map());

const membersOf = ({ members }: Seal): ReadonlyMap<string, MemberFacts> =>
  new Map(members.map(({ name, size, digest }) => [name, { size, digest }]));

function segmentsOf({ seal }: Inspection): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const { segments } = manifestOfSeal(seal);
  for (const segment of Array.isArray(segments) ? segments : []) {
    const { name, ...facts } = segment as Readonly<Record<string, unknown>>;
    flatten(facts, String(name), found);
  }
  return found;
}

function liveOf({ seal }: Inspection): ReadonlyMap<string, string> {
  const nameOf = (index: number): string => seal.segments[index]?.name ?? `${index}`;
  return new Map(
    seal.live.map((live) => [
      `${nameOf(live.segment)}+0x${live.offset.toString(16).padStart(4, '0')}`,
      `${live.size} bytes, ${formWords(live)}: ${sourceWords(live, nameOf)}`,
    ]),
  );
}

function signaturesOf({ signatures }: Inspection): ReadonlyMap<string, string> {
  const signers = signatures.flatMap((one) =>
    one.kind === 'present' ? one.certificates.slice(0, 1) : [],
  );
  return new Map(
    signers.map(({ subject, issuer, notAfter, sha256 }) => [
      `${subject}, certificate ${sha256.slice(0, 16)}`,
      `issued by ${issuer}, until ${showDate(notAfter)}`,
    ]),
  );
}

/** The members that the kernel unpacks, in the order in which they are loaded. */
const initramfsParts = ({ bundle, seen }: OpenedBundle): readonly Uint8Array[] =>
  seen.seal.segments
    .filter(({ kind }) => kind === 'initramfs')
    .map((segment) => loadedBytes(bundle, segment));

const hasUnreadInitramfs = ({ bundle, seen }: OpenedBundle): boolean =>
  seen.seal.segments.some(
    ({ kind, member }) => kind === 'initramfs' && bundle.members[member]?.left !== undefined,
  );

type Inside = Pick<BundleDiff, 'files' | 'modules' | 'initramfsNotes'>;

async function initramfsChanges(host: Host, a: OpenedBundle, b: OpenedBundle): Promise<Inside> {
  const unread = [a, b].flatMap((side, index) =>
    hasUnreadInitramfs(side)
      ? [`the initramfs of ${index === 0 ? 'A' : 'B'} is too large to be opened unverified`]
      : [],
  );
  if (unread.length > 0) return { files: [], modules: [], initramfsNotes: unread };
  const [partsA, partsB] = [initramfsParts(a), initramfsParts(b)];
  const equal =
    partsA.length === partsB.length &&
    partsA.every((part, index) => Buffer.compare(part, partsB[index] ?? new Uint8Array()) === 0);
  if (equal) return { files: [], modules: [], initramfsNotes: [] };
  const filesA = await readInitramfs(host, partsA);
  const filesB = await readInitramfs(host, partsB);
  if (!filesA.ok || !filesB.ok)
    return { files: [], modules: [], initramfsNotes: notes(filesA, filesB) };
  const same = (file: FileFacts): string => JSON.stringify(file);
  const files = changes(filesOf(filesA.files, false), filesOf(filesB.files, false), same);
  const modules = changes(filesOf(filesA.files, true), filesOf(filesB.files, true), same);
  const unexplained =
    files.length + modules.length === 0
      ? ['the archives differ, and no file in them does: in compression, times, order or padding']
      : [];
  return { files, modules, initramfsNotes: unexplained };
}

const notes = (...sides: readonly InitramfsFiles[]): readonly string[] =>
  sides.flatMap((side, index) =>
    side.ok ? [] : [`the initramfs of ${index === 0 ? 'A' : 'B'} could not be opened: ${side.why}`],
  );

const modulePath = /^(.*lib\/modules)\/[^/]+(?:\/(.*))?$/;

/** Paths below lib/modules/RELEASE without the release, so that those of two kernels meet. */
function filesOf(
  files: ReadonlyMap<string, InitramfsFile>,
  modules: boolean,
): ReadonlyMap<string, FileFacts> {
  const found = new Map<string, FileFacts>();
  for (const { path, ...facts } of files.values()) {
    const [, folder = '', below] = modulePath.exec(path) ?? [];
    const isModule = folder !== '' && /\.ko(\.\w+)?$/.test(path);
    if (isModule !== modules) continue;
    const name = folder === '' ? path : `${folder}/*${below === undefined ? '' : `/${below}`}`;
    found.set(isModule ? (below ?? path) : name, facts);
  }
  return found;
}
