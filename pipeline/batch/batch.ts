/** Many profiles -> a bundle each: side by side, with what they have in common done once. */

import type { BundleRequest, FinishedBundle } from '../build.ts';
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import { type SharedWork, sharedWork } from '../host/shared-work.ts';
import { refusalAsProblem } from '../host/system-refusal.ts';
import { type PackagePlaces, sharedApt } from '../inputs/apt.ts';
import { type Lock, readLock } from '../inputs/lock.ts';
import { fail, metWith, ok, type Result } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { parseProfile } from '../profile/profile.ts';
import { type BundleFacts, factsOf } from './facts.ts';
import { indexName, renderIndex } from './index-file.ts';
import { inLockFile, pinAll } from './pins.ts';
import { differences, type Recipe, recipeOf, recipeOfInputs } from './recipe.ts';
import { type BuildRecord, isAsLeft, type Recorded, readRecord, writeRecord } from './record.ts';

export type BatchRequest = Pick<
  BundleRequest,
  'store' | 'signer' | 'buildDate' | 'purgatoryOf' | 'toolVersion' | 'progress'
> & {
  /** Files. */
  readonly profiles: readonly string[];
  /** Folder for the bundles. */
  readonly out: string;
  /** Where packages come from, and where they are kept. */
  readonly packages: PackagePlaces;
  readonly lockFile: string;
  /** Pin what is new or has changed, instead of refusing it. */
  readonly updateLock: boolean;
  /** File with what is known of the folder's bundles, beside which `index.json` is kept; undefined: nobody asks again. */
  readonly record: string | undefined;
  /** How many are built side by side. */
  readonly jobs: number;
  /** After a profile that is refused the others are built all the same. */
  readonly keepGoing: boolean;
  /** What this tool is, to the byte; undefined where nobody knows: then every bundle is made, and compared. */
  readonly tool: string | undefined;
};

export type BuiltBundle = {
  readonly path: string;
  /** The file was there as it should be, and was left alone. */
  readonly unchanged: boolean;
  readonly facts: BundleFacts;
};

/** What became of one profile. */
export type ProfileOutcome = {
  readonly file: string;
  /** Its name; undefined where the profile itself is refused. */
  readonly profile: string | undefined;
  /** Undefined where it was not tried, because another was refused. */
  readonly result: Result<BuiltBundle> | undefined;
};

/** Bytes of what profiles have in common that are kept at most. */
const sharedMost = 512 << 20;
/** Finished bundles wait for the lock file together: so many at most, and with so many bytes that are no other's. */
const waitingMost = 64;
const waitingBytesMost = 256 << 20;

type Asked = { readonly at: number; readonly profile: Profile };

/** An outcome for each profile, in the order of the request; a failure where none can be built. */
export async function build(
  host: Host,
  request: BatchRequest,
): Promise<Result<readonly ProfileOutcome[]>> {
  const parsed = await parseAll(host, request.profiles);
  const outcomes: { -readonly [K in keyof ProfileOutcome]: ProfileOutcome[K] }[] = parsed.map(
    ({ file, profile }) => ({
      file,
      profile: profile.ok ? profile.value.name : undefined,
      result: profile.ok ? undefined : profile,
    }),
  );
  const asked = parsed.flatMap(({ profile }, at) =>
    profile.ok ? [{ at, profile: profile.value }] : [],
  );
  const twice = sameNames(asked.map(({ profile }) => profile));
  if (twice !== undefined) return twice;
  const stops = (): boolean =>
    !request.keepGoing && outcomes.some(({ result }) => result?.ok === false);
  if (stops()) return ok(outcomes);

  const lock = await readLock(host, request.lockFile);
  if (!lock.ok) return inLockFile(lock, request.lockFile);

  const many = parsed.length > 1;
  let done = 0;
  const settle = ({ at, profile }: Asked, result: Result<BuiltBundle>): void => {
    const named = inLockFile(result, request.lockFile);
    done++;
    const outcome = outcomes[at];
    if (outcome !== undefined)
      outcome.result =
        named.ok || !many
          ? named
          : metWith(named, { doing: 'building profile', what: profile.name });
  };
  const folder = await bundleFolder(host, request);
  const work = async (progress: Progress): Promise<void> => {
    const waiting = waitingRoom(host, request, folder, settle);
    const one = oneBuild(host, { ...request, progress }, lock.value, folder);
    const queue = inOrderOfKind(asked);
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (stops()) return;
        const mine = next;
        const made = await refusalAsProblem(() => one(mine.profile));
        if (!made.ok) settle(mine, made);
        else if (made.value.kind === 'unchanged') settle(mine, ok(made.value.bundle));
        else await waiting.add(mine, made.value);
      }
    };
    await Promise.all(Array.from({ length: Math.max(request.jobs, 1) }, worker));
    await waiting.leave();
    await folder.finish();
  };
  const { progress } = request;
  if (!many) await work(progress);
  else
    await progress.step(`Building ${parsed.length} profiles`, (say) =>
      work(inOneLine((detail) => say(`${done} done, ${detail}`))),
    );
  return ok(outcomes);
}

export type ParsedProfile = { readonly file: string; readonly profile: Result<Profile> };

export const parseAll = (host: Host, files: readonly string[]): Promise<readonly ParsedProfile[]> =>
  Promise.all(
    files.map(async (file) => ({
      file,
      profile: await refusalAsProblem(() => parseProfile(host, file)),
    })),
  );

/** Of a batch only that is shown which is done now. */
const inOneLine = (say: (detail: string) => void): Progress => ({
  step: (title, work) => {
    say(title);
    return work((detail) => say(`${title}: ${detail}`));
  },
});

/** Those that have most in common follow each other, so that it is at hand. */
const inOrderOfKind = (asked: readonly Asked[]): Asked[] => {
  const kind = ({ profile: { arch, kernel, kernelForm, initramfs } }: Asked): string =>
    JSON.stringify([arch, kernel, kernelForm, initramfs]);
  return asked
    .map((one) => ({ one, kind: kind(one) }))
    .sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.one.at - b.one.at))
    .map(({ one }) => one);
};

export const bundleName = (profile: string, signed: boolean): string =>
  `${profile}${signed ? '' : '.unsigned'}.crashseal`;

type Made =
  | { readonly kind: 'unchanged'; readonly bundle: BuiltBundle }
  | {
      readonly kind: 'finished';
      readonly finished: FinishedBundle;
      readonly recipe: Recipe | undefined;
      /** What it pinned is in the lock file already. */
      readonly pinned: boolean;
    };

function oneBuild(
  host: Host,
  request: BatchRequest,
  lock: Lock | undefined,
  folder: BundleFolder,
): (profile: Profile) => Promise<Result<Made>> {
  const apt = sharedApt(host, request.packages);
  const shared: SharedWork = sharedWork(sharedMost);
  return async (profile) => {
    const locked = request.updateLock ? undefined : lock?.profiles[profile.name];
    const file = bundleName(profile.name, request.signer !== undefined);
    const madeBy = async (recipe: Recipe | undefined): Promise<BuiltBundle | undefined> => {
      const there = recipe === undefined ? undefined : await folder.asLeft(file);
      return there?.recipe && recipe && differences(there.recipe, recipe).length === 0
        ? folder.keep(file, there)
        : undefined;
    };
    let recipe = await recipeOf(host, shared, profile, { ...request, locked });
    let made = await madeBy(recipe);
    if (made !== undefined) return ok({ kind: 'unchanged', bundle: made });
    const { buildBundle } = await import('../build.ts');
    const built = await buildBundle(host, profile, {
      ...request,
      apt,
      locked,
      shared,
      isThere: async ({ inputs, pinned }) => {
        // What was pinned now is what the next build is held to.
        const facts = { ...request, locked: pinned };
        recipe ??=
          (await recipeOf(host, shared, profile, facts)) ??
          (await recipeOfInputs(shared, inputs, facts));
        made = locked === undefined ? undefined : await madeBy(recipe);
        return made !== undefined;
      },
    });
    if (!built.ok) return built;
    if (made !== undefined) return ok({ kind: 'unchanged', bundle: made });
    const finished = built.value;
    if (finished === undefined) throw new Error('a bundle that is there was found nowhere');
    return ok({ kind: 'finished', finished, recipe, pinned: locked !== undefined });
  };
}

type WaitingRoom = {
  readonly add: (whose: Asked, made: Extract<Made, { kind: 'finished' }>) => Promise<void>;
  /** Until all are written. */
  readonly leave: () => Promise<void>;
};

/** Before a bundle is written its inputs are pinned, so that there is none whose inputs are nowhere pinned. */
function waitingRoom(
  host: Host,
  request: BatchRequest,
  folder: BundleFolder,
  settle: (whose: Asked, result: Result<BuiltBundle>) => void,
): WaitingRoom {
  type Waiting = { readonly whose: Asked; readonly made: Extract<Made, { kind: 'finished' }> };
  let waiting: Waiting[] = [];
  const bytes = new Map<Uint8Array, number>();
  const write = async ({ whose, made }: Waiting): Promise<void> =>
    settle(
      whose,
      await refusalAsProblem(async () => ok(await folder.write(made.finished, made.recipe))),
    );
  const leave = async (): Promise<void> => {
    const ours = waiting;
    waiting = [];
    bytes.clear();
    if (ours.length === 0) return;
    const pins = ours.map(({ whose, made }) => ({
      name: whose.profile.name,
      pinned: made.finished.pinned,
    }));
    const pinned = await refusalAsProblem(() => pinAll(host, request, pins));
    for (const [at, one] of ours.entries()) {
      const answer = pinned.ok ? pinned.value[at] : pinned;
      if (answer?.ok === false) settle(one.whose, answer);
      else await write(one);
    }
  };
  return {
    add: async (whose, made) => {
      if (made.pinned) return write({ whose, made });
      waiting.push({ whose, made });
      for (const piece of made.finished.archive) bytes.set(piece, piece.length);
      const total = [...bytes.values()].reduce((sum, size) => sum + size, 0);
      if (waiting.length >= waitingMost || total > waitingBytesMost) await leave();
    },
    leave,
  };
}

type BundleFolder = {
  /** What an earlier build has left under that name, if it is still there. */
  readonly asLeft: (file: string) => Promise<Recorded | undefined>;
  readonly keep: (file: string, recorded: Recorded) => BuiltBundle;
  readonly write: (finished: FinishedBundle, recipe: Recipe | undefined) => Promise<BuiltBundle>;
  /** Writes what is known of all. */
  readonly finish: () => Promise<void>;
};

async function bundleFolder(
  host: Host,
  { out, record: recordFile }: Pick<BatchRequest, 'out' | 'record'>,
): Promise<BundleFolder> {
  const before = recordFile === undefined ? {} : await readRecord(host, recordFile);
  const now = new Map<string, Recorded>();
  const index = `${out}/${indexName}`;
  let opened: Promise<void> | undefined;
  /** An index that is there is right: so there is none from the first change to the last. */
  const open = (): Promise<void> => {
    opened ??= host.makeFolder(out).then(() => host.remove(index));
    return opened;
  };
  const asLeft = async (file: string): Promise<Recorded | undefined> => {
    const recorded = before[file];
    return (await isAsLeft(host, `${out}/${file}`, recorded)) ? recorded : undefined;
  };
  const keep = (file: string, recorded: Recorded): BuiltBundle => {
    now.set(file, recorded);
    return { path: `${out}/${file}`, unchanged: true, facts: recorded.facts };
  };
  return {
    asLeft,
    keep,
    write: async (finished, recipe = undefined) => {
      const facts = factsOf(finished);
      const file = bundleName(facts.profile, facts.signed);
      const path = `${out}/${file}`;
      const left = await asLeft(file);
      const same = left !== undefined && sameSlices(left.facts, facts);
      const unchanged = same || (await holds(host, path, finished.archive));
      if (!unchanged) {
        await open();
        await host.writeFile(path, finished.archive, 0o644);
      }
      const mtimeMs = (await host.stat(path))?.mtimeMs ?? 0;
      now.set(file, { facts, recipe: recipe ?? null, mtimeMs });
      return { path, unchanged, facts };
    },
    finish: async () => {
      if (recordFile === undefined) return;
      const record: Record<string, Recorded> = Object.fromEntries(now);
      for (const file of Object.keys(before))
        if (!now.has(file)) {
          const there = await asLeft(file);
          if (there !== undefined) record[file] = there;
        }
      if (JSON.stringify(inOrder(record)) !== JSON.stringify(inOrder(before)))
        await writeRecord(host, recordFile, record);
      const files = Object.entries(record).map(([file, { facts }]) => ({ file, facts }));
      if (files.length === 0) return;
      const bytes = renderIndex(files);
      const there = await host.readFile(index);
      if (there === undefined || Buffer.compare(there, bytes) !== 0)
        await host.writeFile(index, bytes);
    },
  };
}

const inOrder = (record: BuildRecord): readonly unknown[] =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));

const sameSlices = (a: BundleFacts, b: BundleFacts): boolean =>
  a.slices.length === b.slices.length &&
  a.slices.every(({ sha256 }, at) => sha256 === b.slices[at]?.sha256);

const readAtOnce = 256 << 10;

/** Whether the file has these bytes, and nothing else. */
async function holds(host: Host, path: string, pieces: readonly Uint8Array[]): Promise<boolean> {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const found = await host.stat(path);
  if (found?.kind !== 'file' || found.size !== size) return false;
  const file = await host.openFile(path);
  if (file === undefined || file === 'not-a-file') return false;
  try {
    let at = 0n;
    for (const piece of pieces)
      for (let start = 0; start < piece.length; start += readAtOnce) {
        const wanted = piece.subarray(start, start + readAtOnce);
        const there = await file.read(at, wanted.length);
        if (Buffer.compare(there, wanted) !== 0) return false;
        at += BigInt(wanted.length);
      }
    return true;
  } finally {
    await file.close();
  }
}

/** Two profiles of one name would write one file. */
export function sameNames(profiles: readonly Profile[]): ReturnType<typeof fail> | undefined {
  const seen = new Map<string, Profile>();
  for (const profile of profiles) {
    const before = seen.get(profile.name);
    if (before !== undefined)
      return fail({
        area: 'profile',
        kind: 'same-name-twice',
        place: profile.placeOf('name'),
        other: before.placeOf('name'),
        name: profile.name,
      });
    seen.set(profile.name, profile);
  }
  return undefined;
}
