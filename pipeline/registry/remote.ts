/** A repository of a registry, over HTTP. OCI distribution 1.1. */
import { createHash } from 'node:crypto';
import { bodyOf, type HttpAnswer, type HttpBody } from '../host/http-client.ts';
import { inPieces } from '../host/in-pieces.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import { type Digest, digestOf } from '../units/units.ts';
import { stored, writeDescriptor } from './bundle-manifest.ts';
import { type Exchange, isPassing, pause } from './exchange.ts';
import { expectDigest } from './expected-digest.ts';
import { isObject, readJson } from './read-json.ts';
import { isTag, type Name, readDigest, showName, showReference } from './reference.ts';
import { readIndex } from './referrers.ts';
import {
  type BlobFate,
  type BlobSource,
  type Descriptor,
  indexType,
  manifestMax,
  manifestType,
  type Repository,
  type Sink,
  type StoredManifest,
} from './repository.ts';

/** What is known of a registry, for all of its repositories. */
export type RegistryTraits = {
  /** Whether it takes a blob with the question itself (OCI distribution 1.1, "Single POST"). */
  singlePost?: boolean;
  /** False: it does not know referrers, so lists of them lie under tags. */
  referrers?: boolean;
};

export type RemoteSettings = {
  readonly exchange: Exchange;
  readonly origin: URL;
  readonly repository: string;
  readonly traits: RegistryTraits;
  readonly wait: (ms: number) => Promise<void>;
};

/** Small enough to be sent for nothing, when a registry turns out to want an address first. */
const smallBlob = 64 << 10;
/** What is sent at a time; of a larger blob, no more is sent again after a failure. */
const chunk = 32 << 20;
const piece = 1 << 20;
const uploadTries = 5;
const downloadTries = 5;
const listTries = 8;
/** A registry that has more tags for us than this has no end. */
const pagesMax = 100;
const tagsMax = 100_000;

const octets = { 'content-type': 'application/octet-stream' };
const manifestTypes = [
  manifestType,
  indexType,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

export function openRemote(settings: RemoteSettings): Repository {
  const { exchange, origin, repository, traits, wait } = settings;
  const place = { kind: 'registry', host: origin.host, repository } as const;
  const name = `${origin.host}/${repository}`;
  const base = `${origin.origin}/v2/${repository}`;
  const reading = { use: `pull ${repository}` };
  const writing = { use: `push ${repository}` };
  const address = (path: string): URL => new URL(`${base}/${path}`);

  async function manifest(wanted: Name): Promise<Result<StoredManifest | undefined>> {
    const where = showReference(place, wanted);
    const answer = await exchange({
      ...reading,
      method: 'GET',
      url: address(`manifests/${showName(wanted)}`),
      headers: { accept: manifestTypes },
      expect: [200, 404],
    });
    if (!answer.ok) return answer;
    if (answer.value.status === 404) {
      await answer.value.discard();
      return ok(undefined);
    }
    const read = await answer.value.read(manifestMax);
    if (!read.ok) return read;
    const bytes = read.value;
    const digest = sha256(bytes);
    // By a digest, the one that was asked for; by a tag, the one that the registry says.
    const told = answer.value.header('docker-content-digest');
    const expected = 'digest' in wanted ? wanted.digest : readDigest(told ?? '');
    const right = expectDigest(where, 'manifest', expected ?? digest, digest);
    if (!right.ok) return right;
    const mediaType = (answer.value.header('content-type') ?? '').split(';')[0]?.trim() ?? '';
    return ok({ digest, mediaType, bytes });
  }

  async function find(wanted: Name): Promise<Result<Digest | undefined>> {
    const answer = await exchange({
      ...reading,
      method: 'HEAD',
      url: address(`manifests/${showName(wanted)}`),
      headers: { accept: manifestTypes },
      expect: [200, 404, 405],
    });
    if (!answer.ok) return answer;
    await answer.value.discard();
    if (answer.value.status === 404) return ok(undefined);
    const told = readDigest(answer.value.header('docker-content-digest') ?? '');
    if (answer.value.status === 200 && told !== undefined) return ok(told);
    const whole = await manifest(wanted);
    return whole.ok ? ok(whole.value?.digest) : whole;
  }

  async function tags(): Promise<Result<readonly string[]>> {
    const found: string[] = [];
    let url: URL | undefined = address('tags/list?n=1000');
    for (let page = 0; url !== undefined; page++) {
      const answer: Awaited<ReturnType<Exchange>> = await exchange({
        ...reading,
        method: 'GET',
        url,
        expect: [200, 404],
      });
      if (!answer.ok) return answer;
      if (answer.value.status === 404) {
        await answer.value.discard();
        break;
      }
      const read = await answer.value.read(manifestMax);
      if (!read.ok) return read;
      const json = readJson(read.value);
      // docker-registry says null for none.
      const list = isObject(json) ? (json.tags ?? []) : undefined;
      if (!Array.isArray(list))
        return fail({
          area: 'registry',
          kind: 'answer-form',
          where: name,
          part: 'list of tags',
        });
      found.push(...list.filter((tag): tag is string => typeof tag === 'string' && isTag(tag)));
      url = nextPage(answer.value, answer.value.url);
      if (url !== undefined && (page + 1 >= pagesMax || found.length > tagsMax))
        return fail({
          area: 'registry',
          kind: 'answer-form',
          where: name,
          part: 'end of the tags',
        });
    }
    return ok([...new Set(found)].sort());
  }

  /** From an answer that says where to go on. */
  function sessionOf(answer: HttpAnswer & { readonly url: URL }): Result<URL> {
    const location = answer.header('location');
    return location === undefined || !URL.canParse(location, answer.url.href)
      ? fail({
          area: 'registry',
          kind: 'answer-form',
          where: name,
          part: 'address of an upload',
        })
      : ok(new URL(location, answer.url));
  }

  /** A session, or `done` when the registry has the blob by now. */
  async function startUpload(
    blob: BlobSource,
    elsewhere: string | undefined,
  ): Promise<Result<URL | Exclude<BlobFate, 'there'>>> {
    const digest = `sha256:${blob.digest}`;
    const single =
      elsewhere === undefined &&
      (traits.singlePost === true
        ? blob.size <= chunk
        : traits.singlePost === undefined && blob.size <= smallBlob);
    const url = address('blobs/uploads/');
    if (elsewhere !== undefined) {
      url.searchParams.set('mount', digest);
      url.searchParams.set('from', elsewhere);
    } else if (single) url.searchParams.set('digest', digest);
    const answer = await exchange({
      // Another repository's blob needs the right to read that one too.
      use: elsewhere === undefined ? writing.use : `${writing.use} ${elsewhere}`,
      method: 'POST',
      url,
      headers: octets,
      ...(single ? { body: partAsBody(blob, 0, blob.size) } : {}),
      expect: [201, 202],
    });
    if (!answer.ok) return answer;
    await answer.value.discard();
    if (single) traits.singlePost = answer.value.status === 201;
    if (answer.value.status === 202) return sessionOf(answer.value);
    return ok(elsewhere === undefined ? 'sent' : 'mounted');
  }

  /** Where the registry stands with a session; undefined: it does not know it any more. */
  async function progressOf(
    session: URL,
  ): Promise<{ readonly session: URL; readonly at: number } | undefined> {
    const answer = await exchange({ ...writing, method: 'GET', url: session, expect: [204] });
    if (!answer.ok) return undefined;
    await answer.value.discard();
    const next = sessionOf(answer.value);
    const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.value.header('range') ?? '')?.[1];
    if (!next.ok) return undefined;
    // "0-0" is said both of none and of one byte.
    return { session: next.value, at: last === undefined || last === '0' ? 0 : Number(last) + 1 };
  }

  /** Sends what is missing from `at` on. What a session has after a failure is asked, and gone on from there. */
  async function upload(blob: BlobSource, start: URL): Promise<Result<void>> {
    let session = start;
    let at = 0;
    let failures = 0;
    const goOn = async (): Promise<boolean> => {
      if (++failures >= uploadTries || blob.size <= chunk) return false;
      await wait(pause(failures));
      const stands = await progressOf(session);
      if (stands === undefined || stands.at > blob.size) return false;
      session = stands.session;
      at = stands.at;
      return true;
    };
    while (blob.size > chunk && at < blob.size) {
      const end = Math.min(at + chunk, blob.size);
      const answer = await exchange({
        ...writing,
        method: 'PATCH',
        url: session,
        headers: { ...octets, 'content-range': `${at}-${end - 1}` },
        body: partAsBody(blob, at, end),
        expect: [202],
        again: false,
      });
      if (!answer.ok) {
        if (isPassing(answer) && (await goOn())) continue;
        return answer;
      }
      await answer.value.discard();
      const next = sessionOf(answer.value);
      if (!next.ok) return next;
      session = next.value;
      at = end;
    }
    session.searchParams.set('digest', `sha256:${blob.digest}`);
    const answer = await exchange({
      ...writing,
      method: 'PUT',
      url: session,
      headers: octets,
      ...(at === 0 ? { body: partAsBody(blob, 0, blob.size) } : {}),
      expect: [201],
      again: false,
    });
    if (!answer.ok) return answer;
    await answer.value.discard();
    const told = readDigest(answer.value.header('docker-content-digest') ?? '');
    return expectDigest(name, 'blob', blob.digest, told ?? blob.digest);
  }

  async function hasBlob({ digest, size }: BlobSource): Promise<Result<boolean>> {
    const answer = await exchange({
      ...reading,
      method: 'HEAD',
      url: address(`blobs/sha256:${digest}`),
      expect: [200, 404],
    });
    if (!answer.ok) return answer;
    await answer.value.discard();
    const length = answer.value.header('content-length');
    return ok(answer.value.status === 200 && (length === undefined || Number(length) === size));
  }

  async function putBlob(
    blob: BlobSource,
    hints: { readonly probablyNew?: boolean; readonly elsewhere?: string } = {},
  ): Promise<Result<BlobFate>> {
    const elsewhere = hints.elsewhere === repository ? undefined : hints.elsewhere;
    let asks = elsewhere === undefined && hints.probablyNew !== true;
    for (let tries = 1; ; tries++) {
      if (asks) {
        const there = await hasBlob(blob);
        if (!there.ok) return there;
        if (there.value) return ok(tries === 1 ? 'there' : 'sent');
      }
      const started = await startUpload(blob, tries === 1 ? elsewhere : undefined);
      if (!started.ok) return started;
      if (typeof started.value === 'string') return ok(started.value);
      const sent = await upload(blob, started.value);
      if (sent.ok) return ok('sent');
      if (tries === uploadTries || !isPassing(sent)) return sent;
      await wait(pause(tries));
      // The answer may be all that was lost.
      asks = true;
    }
  }

  async function readBlob(blob: Descriptor, sink: Sink): Promise<Result<void>> {
    const { digest, size } = blob;
    let hash = createHash('sha256');
    let at = 0;
    for (let tries = 1; ; tries++) {
      const answer = await exchange({
        ...reading,
        method: 'GET',
        url: address(`blobs/sha256:${digest}`),
        headers: at === 0 ? {} : { range: `bytes=${at}-` },
        expect: [200, 206, 404, 416],
      });
      if (!answer.ok) return answer;
      const { status } = answer.value;
      if (status === 404) {
        await answer.value.discard();
        return fail({ area: 'registry', kind: 'blob-missing', where: name, digest });
      }
      const goesOn =
        status === 206 &&
        new RegExp(`^bytes ${at}-`).test(answer.value.header('content-range') ?? '');
      if (status !== 200 && !goesOn) {
        await answer.value.discard();
        if (tries === downloadTries) return wrongSize(blob);
        [at, hash] = [0, createHash('sha256')];
        continue;
      }
      if (!goesOn) [at, hash] = [0, createHash('sha256')];
      const length = answer.value.header('content-length');
      const read =
        length !== undefined && Number(length) > size - at
          ? fail({ area: 'registry', kind: 'answer-too-large', where: name, most: size })
          : await answer.value.each(size - at, async (bytes) => {
              hash.update(bytes);
              await sink(at, bytes);
              at += bytes.length;
            });
      if (!read.ok) {
        if (tries === downloadTries || !isPassing(read)) return read;
        await wait(pause(tries));
        continue;
      }
      if (at !== size) return wrongSize(blob);
      return expectDigest(name, 'blob', digest, digestOf(hash.digest()));
    }
  }

  const wrongSize = ({ size }: Descriptor) =>
    fail({ area: 'registry', kind: 'size-wrong', where: name, what: 'blob', expected: size });

  async function putManifest(
    { bytes, digest, mediaType }: StoredManifest,
    tag: string | undefined,
  ): Promise<Result<{ readonly subjectTaken: boolean }>> {
    const wanted: Name = tag === undefined ? { digest } : { tag };
    const answer = await exchange({
      ...writing,
      method: 'PUT',
      url: address(`manifests/${showName(wanted)}`),
      headers: { 'content-type': mediaType },
      body: bodyOf(bytes),
      expect: [201],
    });
    if (!answer.ok) return answer;
    await answer.value.discard();
    const told = readDigest(answer.value.header('docker-content-digest') ?? '');
    const right = expectDigest(showReference(place, wanted), 'manifest', digest, told ?? digest);
    return right.ok
      ? ok({ subjectTaken: answer.value.header('oci-subject') !== undefined })
      : right;
  }

  /** OCI distribution 1.1, "Referrers tag schema": an index under a tag that the digest makes. */
  const listTag = (subject: Digest): string => `sha256-${subject}`;

  async function listedByTag(subject: Digest): Promise<Result<readonly Descriptor[]>> {
    const index = await manifest({ tag: listTag(subject) });
    if (!index.ok) return index;
    return ok(index.value === undefined ? [] : (readIndex(index.value.bytes) ?? []));
  }

  async function referrers(subject: Digest): Promise<Result<readonly Descriptor[]>> {
    if (traits.referrers === false) return listedByTag(subject);
    const found: Descriptor[] = [];
    let url: URL | undefined = address(`referrers/sha256:${subject}`);
    for (let page = 0; url !== undefined && page < pagesMax; page++) {
      const answer: Awaited<ReturnType<Exchange>> = await exchange({
        ...reading,
        method: 'GET',
        url,
        headers: { accept: indexType },
        expect: [200, 400, 404, 405],
      });
      if (!answer.ok) return answer;
      const read = await answer.value.read(manifestMax);
      if (!read.ok) return read;
      const listed = answer.value.status === 200 ? readIndex(read.value) : undefined;
      if (listed === undefined) {
        traits.referrers = false;
        return listedByTag(subject);
      }
      found.push(...listed);
      url = nextPage(answer.value, answer.value.url);
    }
    return ok(found);
  }

  async function putReferrer(
    referrer: StoredManifest,
    subject: Digest,
    artifactType: string,
  ): Promise<Result<void>> {
    const put = await putManifest(referrer, undefined);
    if (!put.ok) return put;
    if (put.value.subjectTaken) return ok(undefined);
    const { bytes, digest, mediaType } = referrer;
    // Whoever writes the list at the same time may overwrite it: so look again, until we are on it.
    for (let tries = 1; tries <= listTries; tries++) {
      const before = await listedByTag(subject);
      if (!before.ok) return before;
      if (before.value.some((one) => one.digest === digest)) return ok(undefined);
      const listed = [...before.value, { mediaType, digest, size: bytes.length, artifactType }];
      const index = stored(indexType, {
        schemaVersion: 2,
        mediaType: indexType,
        manifests: listed.map(writeDescriptor),
      });
      const written = await putManifest(index, listTag(subject));
      if (!written.ok) return written;
    }
    const after = await listedByTag(subject);
    if (!after.ok) return after;
    return after.value.some((one) => one.digest === digest)
      ? ok(undefined)
      : fail({ area: 'registry', kind: 'list-contended', where: name });
  }

  async function remove(digest: Digest): Promise<Result<void>> {
    const answer = await exchange({
      use: `delete ${repository}`,
      method: 'DELETE',
      url: address(`manifests/sha256:${digest}`),
      expect: [200, 202, 204, 404],
    });
    if (!answer.ok) return answer;
    await answer.value.discard();
    return ok(undefined);
  }

  return {
    name,
    find,
    manifest,
    tags: async () => {
      const all = await tags();
      // Lists of referrers are no names of anything.
      return all.ok ? ok(all.value.filter((tag) => !/^sha256-[0-9a-f]{64}$/.test(tag))) : all;
    },
    putBlob,
    readBlob,
    putManifest: async (one, tag) => {
      const put = await putManifest(one, tag);
      return put.ok ? ok(undefined) : put;
    },
    referrers,
    putReferrer,
    remove,
    sweep: async () => ok(0),
  };
}

const partAsBody = (blob: BlobSource, start: number, end: number): HttpBody => ({
  size: end - start,
  pieces: async function* () {
    for await (const { bytes } of inPieces(blob.read, start, end, piece)) yield bytes;
  },
});

/** RFC 8288: `</v2/…?last=x>; rel="next"`. */
function nextPage(answer: HttpAnswer, from: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(answer.header('link') ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const url = new URL(target, from);
  return url.origin === from.origin ? url : undefined;
}
