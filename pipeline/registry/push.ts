/**
 * Bundles into a repository, with as few requests as it takes: an unchanged bundle is one question, and what one
 * bundle of a run has brought there is not asked for again.
 */
import { sideBySide } from '../host/side-by-side.ts';
import { refusalAsProblem } from '../host/system-refusal.ts';
import { metWith, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import { emptyConfig } from './bundle-manifest.ts';
import { memoryBlob } from './memory-blob.ts';
import type { SlicedBundle } from './open-bundle.ts';
import { type Place, showPlace, showReference } from './reference.ts';
import { putReferrers, type Referrer, type Subject } from './referrers.ts';
import type { BlobFate, BlobSource, Repository } from './repository.ts';

export type Pushed = {
  readonly path: string;
  /** With the tag. */
  readonly reference: string;
  readonly digest: Digest;
  /** `unchanged`: the tag named this very bundle already. */
  readonly fate: 'pushed' | 'unchanged';
  /** Attestations, bills of materials and signatures that were not there yet. */
  readonly attached: number;
  /** Of its slices: how many bytes each fate has. */
  readonly bytes: Readonly<Record<BlobFate, number>>;
};

/** A bundle that can be pushed, wherever it is. */
export type PushSource = {
  /** As the user names it. */
  readonly path: string;
  /** Its members are what its seal says. */
  readonly slice: () => Promise<Result<SlicedBundle>>;
  /** What goes with it, each after what it refers to. What they are made of was looked at. */
  readonly referrers: (subject: Subject) => Promise<Result<readonly Referrer[]>>;
};

export type Pushing = PushSource & {
  readonly place: Place;
  readonly tag: string;
};

export type PushOutcome = { readonly pushing: Pushing; readonly result: Result<Pushed> };

const empty = memoryBlob(emptyConfig.bytes);

/** Pushed side by side. More make a registry slower, not faster: it looks up the password for each request. */
const atOnce = 6;

export type PushContext = {
  readonly repositoryOf: (place: Place) => Repository;
  readonly tell: (done: number) => void;
};

/** One that fails keeps no other from being pushed. */
export async function pushAll(
  { repositoryOf, tell }: PushContext,
  pushings: readonly Pushing[],
): Promise<readonly PushOutcome[]> {
  /** By repository and digest: the blob is there, or on its way. */
  const known = new Map<string, Promise<Result<BlobFate>>>();
  /** By registry and digest: a repository that has it, or will have it. */
  const holders = new Map<
    string,
    { readonly repository: string; readonly put: Promise<Result<BlobFate>> }
  >();
  const tagsOf = knownTags(repositoryOf, pushings);

  async function putOnce(
    place: Place,
    blob: BlobSource,
    probablyNew: boolean,
  ): Promise<Result<BlobFate>> {
    const key = `${showPlace(place)} ${blob.digest}`;
    const before = known.get(key);
    // What failed for another bundle is tried once more for this one.
    if (before !== undefined && (await before).ok) return ok('there');
    const put = putNew(place, blob, probablyNew);
    known.set(key, put);
    return put;
  }

  async function putNew(
    place: Place,
    blob: BlobSource,
    probablyNew: boolean,
  ): Promise<Result<BlobFate>> {
    const send = (elsewhere?: string) =>
      refusalAsProblem(() =>
        repositoryOf(place).putBlob(blob, {
          probablyNew,
          ...(elsewhere === undefined ? {} : { elsewhere }),
        }),
      );
    if (place.kind === 'layout' || probablyNew) return send();
    const key = `${place.host} ${blob.digest}`;
    const holder = holders.get(key);
    // On its way to another repository: from there it comes without being sent again.
    if (holder !== undefined && (await holder.put).ok) return send(holder.repository);
    const put = send();
    holders.set(key, { repository: place.repository, put });
    return put;
  }

  async function pushOne(pushing: Pushing): Promise<Result<Pushed>> {
    const { path, place, tag } = pushing;
    const sliced = await pushing.slice();
    if (!sliced.ok) return sliced;
    const { manifest, slices } = sliced.value;
    // Before anything is put: a tag that has moved could not be taken back.
    const referrers = await pushing.referrers({ ...manifest, size: manifest.bytes.length });
    if (!referrers.ok) return referrers;
    const repository = repositoryOf(place);
    const reference = showReference(place, { tag });
    const { digest } = manifest;
    const bytes = { there: 0, mounted: 0, sent: 0 };
    const attachAll = (): Promise<Result<number>> => putReferrers(repository, referrers.value);
    const tags = await tagsOf(place);
    if (tags === undefined || tags.has(tag)) {
      const found = await repository.find({ tag });
      if (!found.ok) return found;
      if (found.value === digest) {
        for (const { size } of slices) bytes.there += size;
        const attached = await attachAll();
        return attached.ok
          ? ok({ path, reference, digest, fate: 'unchanged', attached: attached.value, bytes })
          : attached;
      }
    }
    for (const each of [{ ...empty, unique: false }, ...slices]) {
      const put = await putOnce(place, each, each.unique);
      if (!put.ok) return put;
      if (each.digest !== empty.digest) bytes[put.value] += each.size;
    }
    const put = await repository.putManifest(manifest, tag);
    if (!put.ok) return put;
    const attached = await attachAll();
    return attached.ok
      ? ok({ path, reference, digest, fate: 'pushed', attached: attached.value, bytes })
      : attached;
  }

  let done = 0;
  return sideBySide(pushings, atOnce, async (pushing): Promise<PushOutcome> => {
    const result = await refusalAsProblem(() => pushOne(pushing));
    tell(++done);
    return {
      pushing,
      result: result.ok ? result : metWith(result, { doing: 'pushing', what: pushing.path }),
    };
  });
}

/**
 * Which tags a repository has, asked once where several bundles go there: then a new one costs no question.
 * Undefined: not known, so ask for each.
 */
function knownTags(
  repositoryOf: (place: Place) => Repository,
  pushings: readonly Pushing[],
): (place: Place) => Promise<ReadonlySet<string> | undefined> {
  const counts = new Map<string, number>();
  for (const { place } of pushings)
    counts.set(showPlace(place), (counts.get(showPlace(place)) ?? 0) + 1);
  const asked = new Map<string, Promise<ReadonlySet<string> | undefined>>();
  const ask = async (place: Place): Promise<ReadonlySet<string> | undefined> => {
    const tags = await repositoryOf(place).tags();
    return tags.ok ? new Set(tags.value) : undefined;
  };
  return async (place) => {
    const key = showPlace(place);
    if ((counts.get(key) ?? 0) < 2) return undefined;
    const answer = asked.get(key) ?? ask(place);
    asked.set(key, answer);
    return answer;
  };
}
