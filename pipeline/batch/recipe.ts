/**
 * All that decides the bytes of a profile's bundle, as digests: if it is what it was, so is the bundle, and nothing has to
 * be built to know it.
 */
import { compressorVersion } from '../components/compression.ts';
import type { Host } from '../host/host.ts';
import type { SharedWork } from '../host/shared-work.ts';
import { LOCK_VERSION, type LockedProfile, renderLock } from '../inputs/lock.ts';
import type { ResolvedInputs } from '../inputs/resolved-inputs.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import type { Signer } from '../sign/sign.ts';
import { sha256 } from '../units/sha256.ts';

/** What can be another than it was, and what is then said. */
export const recipeParts = {
  profile: 'the profile says something else',
  pins: 'the lock file pins other inputs',
  files: 'a file that it names has other content',
  tool: 'it was built by another build of crashseal',
  compressor: 'its initramfs was packed by another version of the program for it',
  signer: 'it has another signer',
  date: 'it states another build date',
} as const;

export type Recipe = Readonly<Record<keyof typeof recipeParts, string>>;

export type RecipeFacts = {
  /** What this tool is, to the byte; undefined where nobody knows. */
  readonly tool: string | undefined;
  readonly signer: Pick<Signer, 'certificates'> | undefined;
  readonly buildDate: number | undefined;
  readonly locked: LockedProfile | undefined;
};

const digestOfText = (text: string): string => sha256(new TextEncoder().encode(text));

const asText = (value: unknown): string => JSON.stringify(plain(value)) ?? '';

/** Bytes become their digests. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return sha256(value);
  if (Array.isArray(value) || value instanceof Map) return Array.from(value, plain);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

export type FileWatch = {
  /** Before any of its files is read. */
  readonly begin: (profile: Profile) => Promise<void>;
  /** Whether its files are still those that they were before any of them was read in this build. */
  readonly untouched: (profile: Profile) => Promise<boolean>;
};

/**
 * A file that changes while it is built from: what was digested and what was read may not be the same.
 * A time alone says nothing: whoever uses a file of a cache sets it. So where it differs, the content decides.
 */
export function fileWatch(host: Host, shared: SharedWork): FileWatch {
  type Seen = { readonly stat: string; readonly digest: string | undefined };
  const first = new Map<string, Promise<Seen>>();
  const statOf = async (path: string): Promise<string> => {
    const found = await host.stat(path);
    return `${found?.kind} ${found?.size} ${found?.mtimeMs}`;
  };
  const digestAt = async (path: string): Promise<Seen> => {
    const stat = await statOf(path);
    const digest = await fileDigestOnce(host, shared, path);
    return { stat, digest: digest.ok ? digest.value : undefined };
  };
  const isAsSeen = async (path: string, before: Seen | undefined): Promise<boolean> => {
    const stat = await statOf(path);
    if (before === undefined || before.stat === stat) return before !== undefined;
    const now = await fileDigest(host, path);
    if (!now.ok || now.value !== before.digest) return false;
    first.set(path, Promise.resolve({ ...before, stat }));
    return true;
  };
  return {
    begin: async (profile) => {
      for (const path of filesOf(profile) ?? []) {
        const seen = first.get(path) ?? digestAt(path);
        first.set(path, seen);
        await seen;
      }
    },
    untouched: async (profile) => {
      for (const path of filesOf(profile) ?? [])
        if (!(await isAsSeen(path, await first.get(path)))) return false;
      return true;
    },
  };
}

/** Undefined where only a build can tell: a tool that does not know itself, inputs that are folders, nothing pinned. */
export async function recipeOf(
  host: Host,
  shared: SharedWork,
  profile: Profile,
  facts: RecipeFacts,
): Promise<Recipe | undefined> {
  const paths = filesOf(profile);
  if (facts.tool === undefined || facts.locked === undefined || paths === undefined)
    return undefined;
  const digests: string[] = [];
  for (const path of paths) {
    const digest = await fileDigestOnce(host, shared, path);
    if (!digest.ok) return undefined;
    digests.push(digest.value);
  }
  return recipe(host, shared, profile, digests, facts);
}

const fileDigestOnce = (host: Host, shared: SharedWork, path: string): Promise<Result<string>> =>
  shared.once('digest of a file', [path], () => fileDigest(host, path));

/** For a profile that names folders: of what was read there. Undefined where the tool does not know itself. */
export async function recipeOfInputs(
  host: Host,
  shared: SharedWork,
  { profile, kernel, sources, ...more }: ResolvedInputs,
  facts: RecipeFacts,
): Promise<Recipe | undefined> {
  const { image, config, ...names } = kernel;
  const digests: string[] = [digestOfText(asText([names, sources]))];
  for (const part of [image, config, ...Object.values(more)]) {
    // Several profiles have them in common.
    const digest = await shared.once('digest of an input', [part], async () =>
      ok(digestOfText(asText(part))),
    );
    if (!digest.ok) return undefined;
    digests.push(digest.value);
  }
  return recipe(host, shared, profile, digests, facts);
}

async function recipe(
  host: Host,
  shared: SharedWork,
  { file: _, ...says }: Profile,
  digests: readonly string[],
  { tool, signer, buildDate, locked }: RecipeFacts,
): Promise<Recipe | undefined> {
  if (tool === undefined || locked === undefined) return undefined;
  const { initramfs } = says;
  const compression = initramfs.kind === 'composed' ? initramfs.compression : 'none';
  const compressor = await compressorVersion(host, shared, compression);
  if (!compressor.ok) return undefined;
  return {
    profile: digestOfText(asText(says)),
    // As the lock file has them: what a build has found comes in another order than what the next one reads.
    pins: sha256(renderLock({ version: LOCK_VERSION, profiles: { [says.name]: locked } })),
    files: digestOfText(asText(digests)),
    tool,
    compressor: compressor.value,
    signer: digestOfText(asText(signer?.certificates.map(({ der }) => sha256(der)) ?? null)),
    date: `${buildDate ?? 'none'}`,
  };
}

async function fileDigest(host: Host, path: string): Promise<Result<string>> {
  const isFile = (await host.stat(path))?.kind === 'file';
  const bytes = isFile ? await host.readFile(path) : undefined;
  return bytes === undefined
    ? fail({ area: 'cli', kind: 'no-file', file: path, what: 'input' })
    : ok(sha256(bytes));
}

/** The files that a profile names, where these and packages are all that its build reads. */
function filesOf({ kernel, tools, initramfs }: Profile): readonly string[] | undefined {
  if (kernel.kind !== 'apt' && kernel.kind !== 'packages') return undefined;
  if (initramfs.kind === 'composed' && tools.kind === 'installed') return undefined;
  return [
    ...(kernel.kind === 'packages' ? kernel.paths : []),
    ...(initramfs.kind === 'composed'
      ? [
          ...(tools.kind === 'debs' ? tools.paths : []),
          ...initramfs.firmware.flatMap((one) => (one.kind === 'path' ? [one.path] : [])),
        ]
      : [initramfs.path]),
  ];
}

/** In what two recipes differ. */
export const differences = (before: Recipe, now: Recipe): readonly (keyof Recipe)[] =>
  (Object.keys(recipeParts) as (keyof Recipe)[]).filter((part) => before[part] !== now[part]);
