/**
 * Bundles that lie in a registry, tried by one of several jobs that know nothing of each other. What was tried is seen
 * from its attestation there, and each result is there as soon as it is known: so a job can end at any time, and
 * another goes on. docs/decisions/0037-shards-know-the-registry-alone.md
 */
import { join } from 'node:path';
import { attest } from '../attest/attest.ts';
import { encodeStatement } from '../attest/statement.ts';
import { statedByTesters } from '../attest/verify-attestation.ts';
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import { sideBySide } from '../host/side-by-side.ts';
import { refusalAsProblem } from '../host/system-refusal.ts';
import type { Problem } from '../problem/problem.ts';
import { type Failure, fail, ok, type Result } from '../problem/result.ts';
import { isInconclusive, type Outcome } from '../prove/finding.ts';
import type { Proof } from '../prove/proof.ts';
import { outcomeStated, statementOf, wasQuick } from '../prove/proof-statement.ts';
import { emptyConfig } from '../registry/bundle-manifest.ts';
import { listNames, listTags } from '../registry/list.ts';
import { memoryBlob } from '../registry/memory-blob.ts';
import { type Found, pullBundle } from '../registry/pull.ts';
import { type Reference, showPlace } from '../registry/reference.ts';
import { attach, attestationsOf, attestationType } from '../registry/referrers.ts';
import type { Repository } from '../registry/repository.ts';
import { sealThere } from '../registry/seal-there.ts';
import type { Signer } from '../sign/sign.ts';
import type { Trust } from '../sign/verify-signature.ts';
import { sha256 } from '../units/sha256.ts';
import type { Registries } from './registries.ts';
import { isOfShard, type Shard } from './shard.ts';

export type Wanted = {
  readonly repositoryOf: Registries['repositoryOf'];
  readonly from: readonly Reference[];
  /** Where results go; undefined: each to where its bundle is. */
  readonly to: Reference['place'] | undefined;
  readonly shard: Shard | undefined;
  readonly trust: Trust;
  readonly tester: Signer;
  /** Version of this tool. */
  readonly tool: string;
  readonly quick: boolean;
  /** Tries again what was tried before. */
  readonly again: boolean;
  readonly jobs: number;
  readonly prove: (path: string, say: (detail: string) => void) => Promise<Result<Proof>>;
};

/** Somebody whose word counts has tried it. */
export type Before = {
  readonly reference: string;
  readonly outcome: Outcome;
  readonly tester: string;
};

export type TriedThere = {
  /** Bundles there, and how many of them are this shard's. */
  readonly listed: number;
  readonly own: number;
  readonly before: readonly Before[];
  readonly tried: readonly { readonly path: string; readonly result: Result<Proof> }[];
  /**
   * Without a result that counts: not tried, because what went wrong with another would go wrong with them, or in
   * `tried` with what this host kept from its end.
   */
  readonly left: readonly string[];
};

type Work = { readonly found: Found; readonly from: Repository; readonly to: Repository };

type Fate =
  | { readonly kind: 'before'; readonly before: Before }
  | { readonly kind: 'tried'; readonly proof: Proof }
  /** `endsAll`: the same would happen to every other. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly endsAll: boolean }
  | { readonly kind: 'left' };

/** Requests for what is there already. More make a registry slower, not faster. */
const atOnce = 6;

export async function tryThere(
  host: Host,
  progress: Progress,
  wanted: Wanted,
): Promise<Result<TriedThere>> {
  const listing = await progress.step('listing bundles', () => listAll(wanted));
  if (!listing.ok) return listing;
  const { unread, works } = listing.value;
  const own = works.filter(({ found }) => isOfShard(found.digest, wanted.shard));
  const looked = await progress.step('looking for what was tried before', () =>
    sideBySide(own, atOnce, (work) => fateBefore(host, work, wanted)),
  );
  const due = own.filter((_, index) => looked[index] === undefined);
  const writable = await mayWrite(new Set(due.map(({ to }) => to)));
  if (!writable.ok) return writable;
  const fates = new Map(own.map((work, index) => [work, looked[index]]));
  for (const [work, fate] of await tryAll(host, progress, due, wanted)) fates.set(work, fate);

  const before: Before[] = [];
  const left: string[] = [];
  const tried: { readonly path: string; readonly result: Result<Proof> }[] = [...unread];
  for (const [{ found }, fate] of fates) {
    const path = found.reference;
    if (fate?.kind === 'before') before.push(fate.before);
    else if (fate?.kind === 'tried') {
      tried.push({ path, result: ok(fate.proof) });
      if (isInconclusive(fate.proof.findings)) left.push(path);
    } else if (fate?.kind === 'refused') tried.push({ path, result: fate.failure });
    else left.push(path);
  }
  return ok({ listed: works.length, own: own.length, before, tried, left });
}

/** Each bundle once, however many tags it has. */
async function listAll({ from, repositoryOf, shard, to }: Wanted) {
  const works = new Map<string, Work>();
  const unread: { readonly path: string; readonly result: Failure }[] = [];
  for (const { digest, place, tag } of from) {
    const repository = repositoryOf(place);
    const name = digest !== undefined ? { digest } : tag !== undefined ? { tag } : undefined;
    const listing = await (name === undefined
      ? listTags(repository, place)
      : listNames(repository, place, [name]));
    if (!listing.ok) return listing;
    const { bundles, problems } = listing.value;
    if (bundles.length === 0 && problems.length === 0)
      return fail({ area: 'registry', kind: 'no-bundles', where: showPlace(place) });
    for (const problem of problems) {
      const unreadTag = problem.met?.what ?? '';
      // What it names is not known: one shard tells of it, by the name.
      if (isOfShard(sha256(new TextEncoder().encode(unreadTag)), shard))
        unread.push({ path: `${showPlace(place)}:${unreadTag}`, result: fail(problem) });
    }
    const target = to ?? place;
    for (const found of bundles) {
      const key = `${showPlace(target)}@${found.digest}`;
      if (!works.has(key)) works.set(key, { found, from: repository, to: repositoryOf(target) });
    }
  }
  return ok({ works: [...works.values()], unread });
}

/** Asked with a blob that every bundle has, before machines run for minutes and their results can go nowhere. */
async function mayWrite(repositories: ReadonlySet<Repository>): Promise<Result<void>> {
  for (const repository of repositories) {
    const put = await refusalAsProblem(() =>
      repository.putBlob(memoryBlob(emptyConfig.bytes), { probablyNew: true }),
    );
    if (!put.ok) return put;
  }
  return ok(undefined);
}

/** Undefined: nobody whose word counts has tried it as it is to be tried now. */
async function fateBefore(
  host: Host,
  { found, from, to }: Work,
  { again, quick, trust }: Wanted,
): Promise<Fate | undefined> {
  if (again) return undefined;
  const files = await attestationsOf(to, found.digest, endsAll);
  if (!files.ok) return refused(files);
  if (files.value.length === 0) return undefined;
  const { reference } = found;
  const seal = await sealThere(from, found);
  if (!seal.ok) return refused(seal);
  const stated = statedByTesters(
    files.value.map((bytes) => ({ path: reference, bytes })),
    seal.value,
    trust,
    host.now(),
  )
    .filter(({ statement }) => quick || !wasQuick(statement))
    .map(({ chain: [tester], statement }) => ({
      reference,
      outcome: outcomeStated(statement),
      tester: tester?.subjectText ?? '',
    }));
  // Of several, the one that machines go by.
  const before = stated.toSorted((a, b) => rank[a.outcome] - rank[b.outcome])[0];
  return before === undefined ? undefined : { kind: 'before', before };
}

const rank: Readonly<Record<Outcome, number>> = { passed: 0, 'not proven': 1, failed: 2 };

async function tryAll(
  host: Host,
  progress: Progress,
  due: readonly Work[],
  wanted: Wanted,
): Promise<readonly (readonly [Work, Fate])[]> {
  if (due.length === 0) return [];
  let ended = false;
  return host.withTempFolder(async (temp) => {
    /** A place for each bundle that is tried at a time: what the one before had alike is not fetched again. */
    const free: string[] = [];
    for (let index = 0; index < wanted.jobs; index++) {
      free.push(join(temp, String(index), 'bundle.crashseal'));
      await host.makeFolder(join(temp, String(index)));
    }
    return sideBySide(due, wanted.jobs, async (work): Promise<readonly [Work, Fate]> => {
      if (ended) return [work, { kind: 'left' }];
      const path = free.pop();
      if (path === undefined) throw new Error('more bundles at a time than places for them');
      const fate = await progress.step(`trying ${work.found.reference}`, (say) =>
        tryOne(host, work, path, wanted, say),
      );
      free.push(path);
      if (fate.kind === 'refused' && fate.endsAll) ended = true;
      return [work, fate];
    });
  });
}

async function tryOne(
  host: Host,
  work: Work,
  path: string,
  wanted: Wanted,
  say: (detail: string) => void,
): Promise<Fate> {
  const { found, from } = work;
  say('asking whether another has tried it');
  const before = await fateBefore(host, work, wanted);
  if (before !== undefined) return before;
  say('pulling');
  const pulled = await refusalAsProblem(() =>
    // Verified when it is tried.
    pullBundle(host, from, found, path, async () => ok(undefined)),
  );
  if (!pulled.ok) return refused(pulled);
  const proof = await refusalAsProblem(() => wanted.prove(path, say));
  if (!proof.ok) return refused(proof);
  const tried: Fate = { kind: 'tried', proof: { ...proof.value, path: found.reference } };
  // Attested, it would not be tried again.
  if (isInconclusive(proof.value.findings)) return tried;
  say('attesting');
  const put = await refusalAsProblem(() => putResult(host, work, proof.value, wanted));
  if (put.ok) return tried;
  // One that was removed meanwhile takes no result; what else is refused here is refused for all.
  const gone = put.problems.every(({ kind }) => kind === 'not-there');
  return { kind: 'refused', failure: put, endsAll: !gone };
}

/** The same result by the same tester is the same attestation: of two workers on one bundle, it is there once. */
async function putResult(
  host: Host,
  { found, from, to }: Work,
  proof: Proof,
  { tester, tool }: Wanted,
): Promise<Result<unknown>> {
  const bytes = await attest(encodeStatement(statementOf(proof, tool)), tester, host.now());
  if (!bytes.ok) return bytes;
  const { digest, reference } = found;
  const manifest = await from.manifest({ digest });
  if (!manifest.ok) return manifest;
  if (manifest.value === undefined) return fail({ area: 'registry', kind: 'not-there', reference });
  const subject = { ...manifest.value, size: manifest.value.bytes.length };
  const name = 'bundle.crashseal.test-crash';
  return attach(to, subject, [{ type: attestationType, name, bytes: bytes.value }]);
}

/** Not of one bundle, but of the registry, of the way there, or of this machine. */
const ofAll: readonly Problem['kind'][] = [
  'proxy-unusable',
  'registry-unreachable',
  'registry-stalled',
  'login-needed',
  'system-error',
];

const endsAll = ({ problems }: Failure): boolean =>
  problems.some(({ kind }) => ofAll.includes(kind));

const refused = (failure: Failure): Fate => ({
  kind: 'refused',
  failure,
  endsAll: endsAll(failure),
});
