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
import { bundleFolder } from './bundle-folder.ts';
import type { BuiltBundle, BundlePlace } from './bundle-place.ts';
import { inLockFile, pinAll } from './pins.ts';
import { differences, fileWatch, type Recipe, recipeOf, recipeOfInputs } from './recipe.ts';

export type BatchRequest = Pick<
  BundleRequest,
  'store' | 'signer' | 'buildDate' | 'purgatoryOf' | 'toolVersion' | 'progress'
> & {
  /** Files. */
  readonly profiles: readonly string[];
  /** Folder for the bundles, where they do not go to a layout. */
  readonly out: string;
  /** An OCI image layout for them instead, and what they are called there, as `push` takes it. */
  readonly layout?: { readonly folder: string; readonly reference: string } | undefined;
  /** Where packages come from, and where they are kept. */
  readonly packages: PackagePlaces;
  readonly lockFile: string;
  /** Pin what is new or has changed, instead of refusing it. */
  readonly updateLock: boolean;
  /** File with what is known of the bundles that are there; undefined: nobody asks again. */
  readonly record: string | undefined;
  /** How many are built side by side. */
  readonly jobs: number;
  /** After a profile that is refused the others are built all the same. */
  readonly keepGoing: boolean;
  /** What this tool is, to the byte; undefined where nobody knows: then every bundle is made, and compared. */
  readonly tool: string | undefined;
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
  const opened = await openPlace(host, request);
  if (!opened.ok) return opened;
  const place = opened.value;
  const once = oncePerTag(place, asked, parsed);
  if (once !== undefined) return once;

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
  const work = async (progress: Progress): Promise<Result<void>> => {
    const waiting = waitingRoom(host, request, place, settle);
    const one = oneBuild(host, { ...request, progress }, lock.value, place);
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
    return place.finish();
  };
  const { progress } = request;
  const finished = !many
    ? await work(progress)
    : await progress.step(`Building ${parsed.length} profiles`, (say) =>
        work(inOneLine((detail) => say(`${done} done, ${detail}`))),
      );
  return finished.ok ? ok(outcomes) : finished;
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

export const openPlace = async (
  host: Host,
  { layout, out, record }: Pick<BatchRequest, 'layout' | 'out' | 'record'>,
): Promise<Result<BundlePlace>> =>
  layout === undefined
    ? ok(await bundleFolder(host, out, record))
    : (await import('./bundle-layout.ts')).bundleLayout(host, layout, record);

/** Two bundles cannot have one name. */
function oncePerTag(
  place: BundlePlace,
  asked: readonly Asked[],
  parsed: readonly ParsedProfile[],
): ReturnType<typeof fail> | undefined {
  const first = new Map<string, string>();
  for (const { at, profile } of asked) {
    const file = parsed[at]?.file ?? '';
    const name = place.nameOf(profile.name, true);
    // Told when its turn comes.
    if (!name.ok) continue;
    const before = first.get(name.value);
    if (before !== undefined)
      return fail({
        area: 'registry',
        kind: 'two-for-one-tag',
        reference: place.pathOf(name.value),
        paths: [before, file],
      });
    first.set(name.value, file);
  }
  return undefined;
}

type Made =
  | { readonly kind: 'unchanged'; readonly bundle: BuiltBundle }
  | {
      readonly kind: 'finished';
      readonly name: string;
      readonly finished: FinishedBundle;
      readonly recipe: Recipe | undefined;
      /** What it pinned is in the lock file already. */
      readonly pinned: boolean;
    };

function oneBuild(
  host: Host,
  request: BatchRequest,
  lock: Lock | undefined,
  place: BundlePlace,
): (profile: Profile) => Promise<Result<Made>> {
  const apt = sharedApt(host, request.packages);
  const shared: SharedWork = sharedWork(sharedMost);
  const files = fileWatch(host, shared);
  return async (profile) => {
    await files.begin(profile);
    const locked = request.updateLock ? undefined : lock?.profiles[profile.name];
    const named = place.nameOf(profile.name, request.signer !== undefined);
    if (!named.ok) return named;
    const name = named.value;
    const madeBy = async (recipe: Recipe | undefined): Promise<BuiltBundle | undefined> => {
      const there = recipe === undefined ? undefined : await place.asLeft(name);
      return there?.recipe && recipe && differences(there.recipe, recipe).length === 0
        ? place.keep(name, there)
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
          (await recipeOfInputs(host, shared, inputs, facts));
        // Nobody could say which of its contents this bundle is made of.
        if (!(await files.untouched(profile))) recipe = undefined;
        made = locked === undefined ? undefined : await madeBy(recipe);
        return made !== undefined;
      },
    });
    if (!built.ok) return built;
    if (made !== undefined) return ok({ kind: 'unchanged', bundle: made });
    const finished = built.value;
    if (finished === undefined) throw new Error('a bundle that is there was found nowhere');
    return ok({ kind: 'finished', name, finished, recipe, pinned: locked !== undefined });
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
  place: BundlePlace,
  settle: (whose: Asked, result: Result<BuiltBundle>) => void,
): WaitingRoom {
  type Waiting = { readonly whose: Asked; readonly made: Extract<Made, { kind: 'finished' }> };
  let waiting: Waiting[] = [];
  const bytes = new Map<Uint8Array, number>();
  const write = async ({ whose, made }: Waiting): Promise<void> =>
    settle(whose, await refusalAsProblem(() => place.write(made.name, made.finished, made.recipe)));
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
