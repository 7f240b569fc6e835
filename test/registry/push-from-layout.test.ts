/** Bundles pushed from a folder that holds them: as their files would be, and with all that refers to them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../pipeline/format/limits.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import {
  bundleManifest,
  emptyConfig,
  stored,
  writeDescriptor,
} from '../../pipeline/registry/bundle-manifest.ts';
import { openLayout } from '../../pipeline/registry/layout.ts';
import { memoryBlob } from '../../pipeline/registry/memory-blob.ts';
import { sliceBundle } from '../../pipeline/registry/open-bundle.ts';
import { isObject, readJson } from '../../pipeline/registry/read-json.ts';
import { manifestType, type StoredManifest } from '../../pipeline/registry/repository.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import type { Digest } from '../../pipeline/units/units.ts';
import { runCli, runForJson } from '../cli/memory-world.ts';
import { now } from '../fixtures/now.ts';
import { packSealed } from '../fixtures/pack-sealed.ts';
import { must } from '../fixtures/results.ts';
import { RegistryServer } from '../support/servers/registry-server.ts';
import { fleetBundle } from './fixture.ts';

const text = (value: string) => new TextEncoder().encode(value);
const files: Record<string, Uint8Array> = {};
beforeAll(async () => {
  for (const profile of ['web', 'db', 'edge'])
    files[`/${profile}.crashseal`] = await fleetBundle({ profile, ownTail: true });
  files['/web-2.crashseal'] = await fleetBundle({ profile: 'web', epoch: 2n });
  files['/web.crashseal.test-crash'] = text('{"statement":1}\nsignature');
  files['/web.crashseal.cdx.json'] = text('{"bomFormat":"CycloneDX"}');
});

type Told = {
  readonly path: string;
  readonly reference: string;
  readonly digest: string;
  readonly fate: string;
  readonly attached: number;
};
const referencesOf = ({ bundles }: { bundles: readonly Told[] }): readonly string[] =>
  bundles.map(({ reference }) => reference).toSorted();
const digestsOf = ({ bundles }: { bundles: readonly Told[] }): readonly string[] =>
  bundles.map(({ digest }) => digest).toSorted();
const kindsOf = ({ refused }: { refused: readonly { readonly kind: string }[] }) =>
  refused.map(({ kind }) => kind);

/** A host with a folder `oci:/a`, in which web has an attestation and a bill of materials. */
async function withLayout() {
  const host = memoryHost(files, { now });
  const json = (...words: readonly string[]) => runForJson(words, host);
  const made = await json('push', 'oci:/a', '/web.crashseal', '/db.crashseal');
  expect(made).toMatchObject({ status: 0, refused: [] });
  return { host, json, made };
}

function digestIn({ bundles }: { readonly bundles: readonly Told[] }, profile: string): Digest {
  const found = bundles.find(({ reference }) => reference === `oci:/a:${profile}`);
  if (found === undefined) throw new Error(`no ${profile}`);
  return found.digest as Digest;
}

/** Both bundles have it. */
async function largestSlice(
  json: (
    ...words: readonly string[]
  ) => Promise<{ bundles: readonly { slices: readonly Slice[] }[] }>,
) {
  const [listed] = (await json('list', 'oci:/a:db')).bundles;
  const [largest] = (listed?.slices ?? []).toSorted((a, b) => b.size - a.size);
  if (largest === undefined) throw new Error('no slice');
  return largest;
}
type Slice = { readonly digest: Digest; readonly size: number };

/** An artifact of somebody else whose subject is that manifest, in `oci:/a`. */
async function addReferrer(
  host: Host,
  subject: Digest,
  parts: Readonly<Record<string, unknown>> = {},
  tag?: string,
): Promise<StoredManifest> {
  const layout = openLayout(host, '/a');
  const { bytes, ...config } = emptyConfig;
  must(await layout.putBlob(memoryBlob(bytes)));
  const manifest = stored(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: writeDescriptor(config),
    layers: [],
    subject: { mediaType: manifestType, digest: `sha256:${subject}`, size: 1 },
    ...parts,
  });
  must(await layout.putManifest(manifest, tag));
  return manifest;
}

describe('a folder of bundles that is pushed', () => {
  test('gives what its files would: the same digests, tags, and what refers to them', async () => {
    const { host, json, made } = await withLayout();
    const pushed = await json('push', 'oci:/b', 'oci:/a');
    expect(pushed).toMatchObject({ status: 0, refused: [], others: [] });
    expect(referencesOf(pushed)).toEqual(['oci:/b:db', 'oci:/b:web']);
    expect(digestsOf(pushed)).toEqual(digestsOf(made));
    const web = pushed.bundles.find(({ path }: Told) => path === 'oci:/a:web');
    expect(web).toMatchObject({ fate: 'pushed', attached: 2 });
    // All of it, byte for byte.
    expect(await host.list('/b/blobs/sha256')).toEqual(await host.list('/a/blobs/sha256'));
    await json('pull', 'oci:/b:web', '--output', '/out');
    for (const ending of ['', '.test-crash'])
      expect(await host.readFile(`/out${ending}`)).toEqual(files[`/web.crashseal${ending}`]);
    // The same again, and as files, change nothing.
    const another = await json('push', 'oci:/b', 'oci:/a', '/web-2.crashseal');
    expect(kindsOf(another)).toEqual(['two-for-one-tag']);
    for (const words of [['oci:/a'], ['/web.crashseal', '/db.crashseal']])
      expect((await json('push', 'oci:/b', ...words)).bundles).toMatchObject([
        { fate: 'unchanged', attached: 0 },
        { fate: 'unchanged', attached: 0 },
      ]);
  });

  test('keeps its tags, or gets those of the reference', async () => {
    const { json } = await withLayout();
    await json('push', 'oci:/a:ring0-{profile}', '/edge.crashseal');
    expect(referencesOf(await json('push', 'oci:/b', 'oci:/a'))).toEqual([
      'oci:/b:db',
      'oci:/b:ring0-edge',
      'oci:/b:web',
    ]);
    expect(referencesOf(await json('push', 'oci:/b:ring1-{profile}', 'oci:/a'))).toEqual([
      'oci:/b:ring1-db',
      'oci:/b:ring1-edge',
      'oci:/b:ring1-web',
    ]);
    expect(referencesOf(await json('push', 'oci:/{profile}:new', 'oci:/a'))).toEqual([
      'oci:/db:new',
      'oci:/edge:new',
      'oci:/web:new',
    ]);
    expect(kindsOf(await json('push', 'oci:/b:one', 'oci:/a'))).toEqual(['two-for-one-tag']);
  });

  test('can be one bundle of it, by tag or by digest, and stand among files', async () => {
    const { json, made } = await withLayout();
    const one = await json('push', 'oci:/b', 'oci:/a:db');
    expect(referencesOf(one)).toEqual(['oci:/b:db']);
    await json('push', 'oci:/a:ring0-{profile}', '/web.crashseal');
    const { digest } = made.bundles.find(({ reference }: Told) => reference === 'oci:/a:web');
    const byDigest = await json('push', 'oci:/c', `oci:/a@sha256:${digest}`, '/edge.crashseal');
    expect(referencesOf(byDigest)).toEqual(['oci:/c:edge', 'oci:/c:web']);
    // One bundle of two tags is no two bundles for one.
    const both = await json('push', 'oci:/d:{profile}', 'oci:/a:ring0-web', 'oci:/a:web');
    expect(both).toMatchObject({ refused: [] });
    expect(referencesOf(both)).toEqual(['oci:/d:web']);
  });

  test('and as a file is one bundle, with what goes with either', async () => {
    const { host, json, made } = await withLayout();
    await addReferrer(host, digestIn(made, 'web'));
    await host.writeFile('/web.crashseal.spdx.json', text('{"spdxVersion":"SPDX-2.3"}'));
    const both = await json('push', 'oci:/b', 'oci:/a:web', '/web.crashseal');
    expect(both).toMatchObject({ status: 0, refused: [] });
    expect(both.bundles).toMatchObject([{ reference: 'oci:/b:web', attached: 4 }]);
  });

  test('brings what refers to a bundle and has a tag of its own, where that stays', async () => {
    const { host, json, made } = await withLayout();
    const note = await addReferrer(host, digestIn(made, 'db'), {}, 'note');
    for (const word of ['oci:/a:db', 'oci:/a']) {
      const pushed = await json('push', `oci:/${word.length}`, word);
      expect(pushed).toMatchObject({ status: 0, others: [] });
      const db = pushed.bundles.find(({ reference }: Told) => reference.endsWith(':db'));
      expect(db).toMatchObject({ attached: 1 });
      const copy = openLayout(host, `/${word.length}`);
      expect(must(await copy.referrers(digestIn(made, 'db')))).toMatchObject([
        { digest: note.digest },
      ]);
    }
    await json('push', 'oci:/a', 'oci:/a');
    expect(must(await openLayout(host, '/a').find({ tag: 'note' }))).toBe(note.digest);
  });

  test('leaves what is no bundle, and says so', async () => {
    const { host, json } = await withLayout();
    const other = stored(manifestType, {
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: `sha256:${emptyConfig.digest}`,
        size: emptyConfig.size,
      },
      layers: [],
    });
    must(await openLayout(host, '/a').putManifest(other, 'debian'));
    const pushed = await json('push', 'oci:/b', 'oci:/a');
    expect(pushed).toMatchObject({ status: 0, others: ['oci:/a:debian'] });
    expect(referencesOf(pushed)).toEqual(['oci:/b:db', 'oci:/b:web']);
    const { out } = await runCli(['push', 'oci:/b', 'oci:/a'], host);
    expect(out).toContain('not a bundle, so not pushed\n  oci:/a:debian\n');
    expect(kindsOf(await json('push', 'oci:/b', 'oci:/a:debian'))).toEqual(['not-a-bundle']);
  });

  test('brings signatures as artifacts where that is asked for', async () => {
    const { json } = await withLayout();
    const pushed = await json('push', '--signatures', 'oci:/b', 'oci:/a:db');
    expect(pushed.bundles).toMatchObject([{ attached: 1 }]);
    const asFile = await json('push', '--signatures', 'oci:/b', '/db.crashseal');
    expect(asFile.bundles).toMatchObject([{ fate: 'unchanged', attached: 0 }]);
  });

  test('brings artifacts of others, and what refers to those, as they are', async () => {
    const { host, json, made } = await withLayout();
    const layout = openLayout(host, '/a');
    const refer = async (subject: Digest, size: number, type: string): Promise<StoredManifest> => {
      const blob = memoryBlob(text(type));
      must(await layout.putBlob(blob));
      const manifest = stored(manifestType, {
        schemaVersion: 2,
        mediaType: manifestType,
        // In another order than ours, and with more keys.
        annotations: { 'org.example.by': 'somebody' },
        config: { mediaType: type, digest: `sha256:${blob.digest}`, size: blob.size },
        layers: [],
        subject: { mediaType: manifestType, digest: `sha256:${subject}`, size },
      });
      must(await layout.putReferrer(manifest, subject, type));
      return manifest;
    };
    const db = made.bundles.find(({ reference }: Told) => reference === 'oci:/a:db').digest;
    const bytes = must(await layout.manifest({ digest: db }))?.bytes ?? new Uint8Array();
    const scan = await refer(db, bytes.length, 'application/vnd.example.scan');
    const signed = await refer(scan.digest, scan.bytes.length, 'application/vnd.example.sig');
    expect((await json('push', 'oci:/b', 'oci:/a:db')).bundles).toMatchObject([{ attached: 2 }]);
    const copy = openLayout(host, '/b');
    for (const { bytes, digest } of [scan, signed])
      expect(must(await copy.manifest({ digest }))?.bytes).toEqual(bytes);
    expect(must(await copy.referrers(db))).toMatchObject([
      { digest: scan.digest, artifactType: 'application/vnd.example.scan' },
    ]);
    expect((await json('push', 'oci:/b', 'oci:/a:db')).bundles).toMatchObject([{ attached: 0 }]);
  });

  test('is read where it is: in pieces, what is shared not for each bundle anew, and no bundle is written', async () => {
    const memory = memoryHost({}, { now });
    for (const profile of ['web', 'db', 'edge'])
      await memory.writeFile(
        `/${profile}.crashseal`,
        await fleetBundle({ profile, base: 20_000_000, ownTail: true }),
      );
    await runForJson(
      ['push', 'oci:/a', '/web.crashseal', '/db.crashseal', '/edge.crashseal'],
      memory,
    );
    let largest = 0;
    let sum = 0;
    const created: string[] = [];
    const host: Host = {
      ...memory,
      openFile: async (path) => {
        const file = await memory.openFile(path);
        if (file === undefined || file === 'not-a-file' || !path.startsWith('/a/')) return file;
        return {
          ...file,
          read: async (at, size) => {
            const bytes = await file.read(at, size);
            largest = Math.max(largest, bytes.length);
            sum += bytes.length;
            return bytes;
          },
        };
      },
      createFile: async (path, mode) => {
        created.push(path);
        return memory.createFile(path, mode);
      },
    };
    const pushed = await runForJson(['push', 'oci:/b', 'oci:/a'], host);
    expect(pushed).toMatchObject({ status: 0, refused: [] });
    expect(largest).toBeLessThanOrEqual(4 << 20);
    // The large blob for its own digest, for that of its member by each bundle that begins at once, and to be
    // written; the head of each as often as it is opened.
    expect(sum).toBeLessThan(20_000_000 * 5 + 3 * 2 * limits.bundleHeadMax.value);
    expect(created.every((path) => path.startsWith('/b/blobs/'))).toBe(true);
  });
});

describe('a folder that cannot be pushed', () => {
  test('is told: none, none that can be read, an empty one, a tag that is not there', async () => {
    const { host, json } = await withLayout();
    const refused = async (...words: readonly string[]) =>
      kindsOf(await json('push', 'oci:/b', ...words));
    expect(await refused('oci:/nowhere')).toEqual(['no-layout']);
    expect(await refused('oci:/a:gone', `oci:/a@sha256:${'ab'.repeat(32)}`)).toEqual([
      'not-there',
      'not-there',
    ]);
    await host.writeFile('/letters/letter.txt', text('Dear all'));
    expect(await refused('oci:/letters')).toEqual(['layout-form']);
    await host.writeFile('/empty/index.json', text('{"schemaVersion":2,"manifests":[]}'));
    expect(await refused('oci:/empty')).toEqual(['no-bundles']);
    expect(await refused('oci:')).toEqual(['reference-form']);
    expect(await host.list('/b')).toBeUndefined();
    // And keeps no other from being pushed.
    const mixed = await json('push', 'oci:/b', 'oci:/nowhere', 'oci:/a:db', '/gone');
    expect(mixed.status).toBe(1);
    expect(kindsOf(mixed)).toEqual(['no-layout', 'bundle-missing']);
    expect(referencesOf(mixed)).toEqual(['oci:/b:db']);
  });

  test('nor is a registry, of which a hint says how', async () => {
    const { host } = await withLayout();
    const words = ['push', 'oci:/b', 'registry.example/kdump:web'];
    const { status, talk } = await runCli(words, host);
    expect(status).toBe(1);
    expect(talk).toContain(
      'registry.example/kdump:web is no file here, and push takes none from a registry',
    );
    expect(talk).toContain('crashseal pull registry.example/kdump:web');
    const { refused } = await runForJson(['push', 'oci:/b', 'web.d/web.crashseal'], host);
    expect(refused).toMatchObject([{ kind: 'bundle-missing' }]);
  });

  test('has bytes that are not what their names say', async () => {
    const { host, json } = await withLayout();
    const [{ slices }] = (await json('list', 'oci:/a:web')).bundles;
    const path = `/a/blobs/sha256/${slices[1].digest}`;
    const bytes = Uint8Array.from((await host.readFile(path)) ?? []);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await host.writeFile(path, bytes);
    // Both have it.
    expect(kindsOf(await json('push', 'oci:/b', 'oci:/a'))).toEqual([
      'digest-wrong',
      'digest-wrong',
    ]);
    await host.writeFile(path, new Uint8Array(512));
    expect(kindsOf(await json('push', 'oci:/b', 'oci:/a:db'))).toEqual(['size-wrong']);
    await host.remove(path);
    expect(kindsOf(await json('push', 'oci:/b', 'oci:/a:db'))).toEqual(['blob-missing']);
    expect(await host.list('/b')).toBeUndefined();
  });

  test('has an artifact whose blob is not what its name says', async () => {
    const { host, json } = await withLayout();
    const attestation = sha256(files['/web.crashseal.test-crash'] ?? new Uint8Array());
    const path = `/a/blobs/sha256/${attestation}`;
    await host.writeFile(path, text('{"statement":2}\nsignature'));
    expect(kindsOf(await json('push', 'oci:/b', 'oci:/a:web'))).toEqual(['digest-wrong']);
    expect(await host.stat(`/b/blobs/sha256/${attestation}`)).toBeUndefined();
  });

  test('has an artifact that says another size of a slice: that one stays whole', async () => {
    const { host, json, made } = await withLayout();
    const large = await largestSlice(json);
    const layer = { mediaType: 'a/b', digest: `sha256:${large.digest}`, size: 512 };
    await addReferrer(host, digestIn(made, 'db'), { layers: [layer] });
    await json('push', 'oci:/b', '/web.crashseal');
    const { refused, status } = await json('push', 'oci:/b', 'oci:/a:db');
    expect(status).toBe(1);
    expect(refused).toMatchObject([{ kind: 'size-wrong', expected: 512 }]);
    expect(await host.stat(`/b/blobs/sha256/${large.digest}`)).toMatchObject({ size: large.size });
  });

  test.each(['oci:/a:db', '/db.crashseal'])(
    'or a file has bytes that change once they were looked at: %s',
    async (word) => {
      const { host: memory, json } = await withLayout();
      const large = await largestSlice(json);
      const from = word.startsWith('oci:') ? `/a/blobs/sha256/${large.digest}` : word;
      let changes = false;
      const host: Host = {
        ...memory,
        createFile: async (path, mode) => {
          changes ||= path.includes(large.digest);
          return memory.createFile(path, mode);
        },
        openFile: async (path) => {
          const file = await memory.openFile(path);
          if (file === undefined || file === 'not-a-file' || path !== from) return file;
          return {
            ...file,
            read: async (at, size) => {
              const bytes = Uint8Array.from(await file.read(at, size));
              if (changes) bytes[1000] = (bytes[1000] ?? 0) ^ 1;
              return bytes;
            },
          };
        },
      };
      const { refused } = await runForJson(['push', 'oci:/b', word], host);
      expect(refused).toMatchObject([{ kind: 'blob-changed', digest: large.digest }]);
      expect(await memory.list('/b/blobs/sha256')).not.toContain(large.digest);
      expect(await memory.stat('/b/index.json')).toBeUndefined();
    },
  );

  /** A folder that somebody made of these bytes, with a manifest of ours. */
  async function layoutOf(host: Host, bytes: Uint8Array, cuts: readonly number[]): Promise<void> {
    const layout = openLayout(host, '/made');
    const { facts } = must(await sliceBundle(memoryHost(files), '/web.crashseal'));
    const slices = [];
    for (const [index, start] of cuts.entries()) {
      const blob = memoryBlob(bytes.subarray(start, cuts[index + 1] ?? bytes.length));
      must(await layout.putBlob(blob));
      slices.push({ name: `part-${index}`, digest: blob.digest, size: blob.size });
    }
    must(await layout.putManifest(bundleManifest({ ...facts, size: bytes.length }, slices), 'web'));
  }

  test('has a bundle that nobody signed, or with a member that is not the one of its seal', async () => {
    const host = memoryHost(files, { now });
    const web = files['/web.crashseal'] ?? new Uint8Array();
    const [seal, ...others] = must(await unpackBundle(web));
    const members = others.filter(({ name }) => name !== 'seal.p7s');
    const unsigned = await packSealed(seal?.bytes ?? new Uint8Array(), [], members);
    await layoutOf(host, unsigned, [0]);
    const push = () => runForJson(['push', 'oci:/b', 'oci:/made'], host);
    expect(kindsOf(await push())).toEqual(['bundle-not-signed']);
    const changed = Uint8Array.from(web);
    const middle = Math.floor(changed.length / 2);
    changed[middle] = (changed[middle] ?? 0) ^ 1;
    await layoutOf(host, changed, [0, 1024]);
    expect(kindsOf(await push())).toEqual(['member-digest']);
    await layoutOf(host, web.subarray(0, -1024), [0]);
    expect(kindsOf(await push())).toEqual(['bundle-size']);
    expect(await host.list('/b')).toBeUndefined();
  });

  test('cuts a bundle otherwise, or says of it what its seal does not', async () => {
    const { host, json } = await withLayout();
    const web = files['/web.crashseal'] ?? new Uint8Array();
    await layoutOf(host, web, [0, 1024, 4096]);
    expect(kindsOf(await json('push', 'oci:/b', 'oci:/made'))).toEqual(['manifest-other']);
    const layout = openLayout(host, '/a');
    const { bytes } = must(await layout.manifest({ tag: 'web' })) ?? { bytes: new Uint8Array() };
    const manifest = readJson(bytes);
    if (!isObject(manifest) || !isObject(manifest.annotations)) throw new Error('no manifest');
    const lie = {
      ...manifest,
      annotations: { ...manifest.annotations, 'crashseal.profile': 'db' },
    };
    must(await layout.putManifest(stored(manifestType, lie), 'web'));
    const pushed = await json('push', 'oci:/b', 'oci:/a:web');
    expect(kindsOf(pushed)).toEqual(['manifest-other']);
    // What `crashseal pull` makes of it is the bundle, whatever is said of it.
    await json('pull', 'oci:/a:web', '--output', '/out');
    expect(await host.readFile('/out')).toEqual(web);
  });

  test('has an artifact that is a list, of which nobody knows what belongs to it', async () => {
    const { host, json, made } = await withLayout();
    const layout = openLayout(host, '/a');
    const db: Digest = made.bundles.find(({ reference }: Told) => reference === 'oci:/a:db').digest;
    const type = 'application/vnd.oci.image.index.v1+json';
    const subject = { mediaType: manifestType, digest: `sha256:${db}`, size: 1 };
    const list = stored(type, { schemaVersion: 2, mediaType: type, manifests: [], subject });
    must(await layout.putReferrer(list, db, 'application/vnd.example.list'));
    const { refused } = await json('push', 'oci:/b', 'oci:/a:db');
    expect(refused).toMatchObject([{ kind: 'referrer-form', digest: list.digest }]);
    expect(await host.list('/b')).toBeUndefined();
  });

  test('has an artifact whose type is no text', async () => {
    const { host, json, made } = await withLayout();
    const odd = await addReferrer(host, digestIn(made, 'db'), { artifactType: { x: 1 } });
    const { refused } = await json('push', 'oci:/b', 'oci:/a:db');
    expect(refused).toMatchObject([{ kind: 'referrer-form', digest: odd.digest }]);
    expect(await host.list('/b')).toBeUndefined();
  });

  test('has an entry that cannot be read: that is told once, and the bundles go there', async () => {
    const { host, json } = await withLayout();
    const gone = await addReferrer(host, 'ab'.repeat(32) as Digest);
    await host.remove(`/a/blobs/sha256/${gone.digest}`);
    const pushed = await json('push', 'oci:/b', 'oci:/a:db', 'oci:/a');
    expect(pushed.status).toBe(1);
    expect(pushed.refused).toMatchObject([{ kind: 'blob-missing', digest: gone.digest }]);
    expect(referencesOf(pushed)).toEqual(['oci:/b:db', 'oci:/b:web']);
    // A bundle that cannot be read is told as that bundle.
    const { bundles } = await json('list', 'oci:/a:db');
    await host.remove(`/a/blobs/sha256/${bundles[0].digest}`);
    const { refused } = await json('push', 'oci:/c', 'oci:/a');
    expect(refused).toMatchObject([{ digest: bundles[0].digest }, { digest: gone.digest }]);
  });

  test.each(['oci:/a:db', '/db.crashseal'])(
    'or a file goes away meanwhile, and the others go there: %s',
    async (word) => {
      const { host: memory, json } = await withLayout();
      // Its own: no other bundle puts it there first.
      const [head] = (await json('list', 'oci:/a:db')).bundles[0].slices;
      const from = word.startsWith('oci:') ? `/a/blobs/sha256/${head.digest}` : word;
      const host: Host = {
        ...memory,
        createFile: async (path, mode) => {
          if (path.includes(head.digest)) await memory.remove(from);
          return memory.createFile(path, mode);
        },
      };
      const pushed = await runForJson(['push', 'oci:/b', word, '/web.crashseal'], host);
      expect(pushed.status).toBe(1);
      expect(pushed.refused).toMatchObject([
        word.startsWith('oci:')
          ? { kind: 'blob-missing', where: 'oci:/a', digest: head.digest }
          : { kind: 'bundle-missing', path: word },
      ]);
      expect(referencesOf(pushed)).toEqual(['oci:/b:web']);
    },
  );

  test('has a tag twice: that is told, with a hint that helps', async () => {
    const { host, json, made } = await withLayout();
    const index = readJson((await host.readFile('/a/index.json')) ?? new Uint8Array());
    await host.writeFile('/a/index.json', text(JSON.stringify(index).replace('"web"', '"db"')));
    for (const word of ['oci:/a', 'oci:/a:db']) {
      const { bundles, refused } = await json('push', 'oci:/b', word);
      expect(bundles).toEqual([]);
      expect(refused).toMatchObject([{ kind: 'tag-twice', where: 'oci:/a', tag: 'db' }]);
    }
    await json('promote', `oci:/a@sha256:${digestIn(made, 'db')}`, 'db');
    const pushed = await json('push', 'oci:/b', 'oci:/a');
    expect(pushed).toMatchObject({ status: 0, bundles: [{ digest: digestIn(made, 'db') }] });
  });
});

describe.skipIf(process.getuid?.() !== 0)('into a registry', () => {
  let folder = '';
  let server: RegistryServer;
  const host = realHost();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'push-layout-'));
    server = await RegistryServer.start(join(folder, 'server'));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const paths = ['web', 'db', 'edge'].map((name) => join(folder, `${name}.crashseal`));
    expect((await runCli(['push', `oci:${folder}/a`, ...paths], host)).status).toBe(0);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const push = async (repository: string, ...words: readonly string[]) => {
    const before = server.requests.length;
    const place = `${server.host}/${repository}`;
    const pushed = await runForJson(['push', ...server.options, place, ...words], host);
    return { pushed, requests: server.requests.slice(before) };
  };

  test('a-layout-is-pushed-as-its-files-are: digests, requests, bytes, and what refers to them', async () => {
    const paths = ['web', 'db', 'edge'].map((name) => join(folder, `${name}.crashseal`));
    const asFiles = await push('as-files', ...paths);
    const asLayout = await push('as-layout', `oci:${folder}/a`);
    expect(asLayout.pushed).toMatchObject({ status: 0, refused: [] });
    expect(digestsOf(asLayout.pushed)).toEqual(digestsOf(asFiles.pushed));
    expect(asLayout.requests.length).toBeLessThanOrEqual(asFiles.requests.length);
    const attached = asLayout.pushed.bundles.map((one: Told) => one.attached).toSorted();
    expect(attached).toEqual([0, 0, 2]);
    const sums = asLayout.pushed.bundles.map(
      ({ bytes }: { bytes: { sent: number } }) => bytes.sent,
    );
    expect(sums.filter((sent: number) => sent > 200_000).length).toBe(1);
    const out = join(folder, 'out');
    await runForJson(
      ['pull', ...server.options, `${server.host}/as-layout:web`, '--output', out],
      host,
    );
    for (const ending of ['', '.test-crash'])
      expect(Buffer.from((await host.readFile(`${out}${ending}`)) ?? [])).toEqual(
        Buffer.from(files[`/web.crashseal${ending}`] ?? []),
      );
  });

  test('one that did not change costs a request, and another repository gives what it has', async () => {
    await push('again', `oci:${folder}/a:db`, `oci:${folder}/a:edge`);
    const again = await push('again', `oci:${folder}/a:db`, `oci:${folder}/a:edge`);
    expect(again.pushed.bundles.map(({ fate }: Told) => fate)).toEqual(['unchanged', 'unchanged']);
    // The list of tags, once without the password.
    const asked = again.requests.filter((one) => one.includes('/manifests/'));
    expect(asked.toSorted()).toEqual([
      'HEAD /v2/again/manifests/db',
      'HEAD /v2/again/manifests/edge',
    ]);
    expect(again.requests.length - asked.length).toBeLessThanOrEqual(2);
    const { pushed } = await push('each/{profile}:stable', `oci:${folder}/a`);
    expect(pushed.refused).toEqual([]);
    const mounted = pushed.bundles.map(
      ({ bytes }: { bytes: { mounted: number } }) => bytes.mounted > 200_000,
    );
    expect(mounted).toContain(true);
  });
});
