/** What goes with a bundle, tags that move, and what is removed: in a folder, and in Debian's docker-registry. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { openLayout } from '../../pipeline/registry/layout.ts';
import { runCli, runForJson } from '../cli/memory-world.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { RegistryServer } from '../support/servers/registry-server.ts';
import { clientOf, serve } from './faulty-registry.ts';
import { fleetBundle } from './fixture.ts';

const text = (value: string) => new TextEncoder().encode(value);
const attestation = text('{"statement":1}\nsignature');
const files: Record<string, Uint8Array> = {};
beforeAll(async () => {
  files['web.crashseal'] = await fleetBundle({ profile: 'web' });
  files['web-2.crashseal'] = await fleetBundle({ profile: 'web', epoch: 2n });
  files['web.crashseal.test-crash'] = attestation;
  files['web.crashseal.cdx.json'] = text('{"bomFormat":"CycloneDX"}');
});

const anyCase = (
  name: string,
  make: () => Promise<{ host: Host; folder: string; ref: string; options: readonly string[] }>,
  skip = false,
) =>
  describe.skipIf(skip)(name, () => {
    let world: Awaited<ReturnType<typeof make>>;
    beforeAll(async () => {
      world = await make();
      for (const [file, bytes] of Object.entries(files))
        await world.host.writeFile(join(world.folder, file), bytes);
    });
    const json = (...words: readonly string[]) =>
      runForJson([...words, ...world.options], world.host);
    const path = (file: string) => join(world.folder, file);

    test('attestation and bill of materials go with a bundle once, and the attestation comes back', async () => {
      const ref = `${world.ref}1`;
      expect((await json('push', ref, path('web.crashseal'))).bundles).toMatchObject([
        { fate: 'pushed', attached: 2 },
      ]);
      expect((await json('push', ref, path('web.crashseal'))).bundles).toMatchObject([
        { fate: 'unchanged', attached: 0 },
      ]);
      await json('push', ref, '--signatures', path('web.crashseal'));
      const pulled = await json('pull', `${ref}:web`, '--output', path('out'));
      expect(pulled).toMatchObject({ status: 0, attested: true });
      const got = await world.host.readFile(path('out.test-crash'));
      expect(Buffer.from(got ?? []).equals(attestation)).toBe(true);
      // Lists of referrers are under tags of their own, which are nobody's bundles.
      const { bundles, others } = await json('list', ref);
      expect(bundles.map(({ tag }: { tag: string }) => tag)).toEqual(['web']);
      expect(others).toEqual([]);
    });

    test('an attestation of another bundle does not stay beside the one that is pulled', async () => {
      const ref = `${world.ref}2`;
      await json('push', `${ref}:new`, path('web-2.crashseal'));
      expect(await json('pull', `${ref}:new`, '--output', path('out'))).toMatchObject({
        status: 0,
        attested: false,
      });
      expect(await world.host.readFile(path('out.test-crash'))).toBeUndefined();
    });

    test('a tag is moved to a bundle, told what it named, and moved back by digest', async () => {
      const ref = `${world.ref}3`;
      await json('push', `${ref}:ring0`, path('web.crashseal'));
      const first = await json('promote', `${ref}:ring0`, 'ring1');
      expect(first).toMatchObject({ status: 0 });
      await json('push', `${ref}:ring0`, path('web-2.crashseal'));
      const second = await json(
        'promote',
        `${ref}:ring0`,
        'ring1',
        '--expect',
        `sha256:${first.digest}`,
      );
      expect(second.before).toBe(first.digest);
      expect(second.digest).not.toBe(first.digest);
      const late = await json(
        'promote',
        `${ref}:ring0`,
        'ring1',
        '--expect',
        `sha256:${first.digest}`,
      );
      expect(late.problems).toMatchObject([{ kind: 'tag-moved', found: second.digest }]);
      const back = await json('promote', `${ref}@sha256:${first.digest}`, 'ring1');
      expect(back).toMatchObject({ digest: first.digest, before: second.digest });
      const { bundles } = await json('list', `${ref}:ring1`);
      expect(bundles[0].facts.epoch).toBe('1');
      expect((await json('promote', `${ref}:gone`, 'ring1')).problems[0].kind).toBe('not-there');
    });

    test('what has ended is told, and removed when that is asked for', async () => {
      const ref = `${world.ref}4`;
      await json('push', ref, path('web.crashseal'));
      expect((await json('prune', ref, '--at', '2020-01-01')).ended).toEqual([]);
      const told = await json('prune', ref, '--at', '2040-01-01');
      expect(told).toMatchObject({ removed: false, ended: [{ reference: `${ref}:web` }] });
      expect((await json('list', ref)).bundles.length).toBe(1);
      expect((await json('prune', ref, '--at', '2040-01-01', '--remove')).status).toBe(0);
      expect((await json('list', ref)).bundles).toEqual([]);
    });
  });

anyCase('a folder', async () => ({
  host: memoryHost({}, { now }),
  folder: '/files',
  ref: 'oci:/layout',
  options: [],
}));

let folder = '';
let server: RegistryServer | undefined;
afterAll(async () => {
  await server?.stop();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});
anyCase(
  'a registry without referrers of its own',
  async () => {
    folder = mkdtempSync(join(tmpdir(), 'referrers-'));
    server = await RegistryServer.start(join(folder, 'server'));
    return { host: realHost(), folder, ref: `${server.host}/r`, options: server.options };
  },
  process.getuid?.() !== 0,
);

test('a folder that is pruned keeps what a tag leads to, and nothing else', async () => {
  const host = memoryHost(
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/${name}`, bytes])),
    { now },
  );
  const run = (...words: readonly string[]) => runCli(words, host);
  await run('push', 'oci:/l', '/web.crashseal');
  const before = (await host.list('/l/blobs/sha256')) ?? [];
  await run('push', 'oci:/l:web', '/web-2.crashseal');
  await run('prune', '--remove', 'oci:/l');
  const after = (await host.list('/l/blobs/sha256')) ?? [];
  expect(after.filter((blob) => before.includes(blob)).length).toBeGreaterThan(0);
  expect(before.filter((blob) => !after.includes(blob)).length).toBeGreaterThan(3);
  expect((await run('pull', 'oci:/l:web', '--output', '/out')).status).toBe(0);
  const out = await host.readFile('/out');
  expect(
    Buffer.compare(out ?? new Uint8Array(), files['web-2.crashseal'] ?? new Uint8Array()),
  ).toBe(0);
});

describe('what refers to a bundle of a folder and has a tag that somebody gave it', () => {
  const refName = 'org.opencontainers.image.ref.name';
  type Entry = Record<string, unknown> & { annotations?: Record<string, string> };
  async function taggedWorld(change: (entries: Entry[]) => Entry[]) {
    const host = memoryHost(
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/${name}`, bytes])),
      { now },
    );
    await runCli(['push', 'oci:/l', '/web.crashseal'], host);
    const entries = async (): Promise<Entry[]> =>
      JSON.parse(Buffer.from((await host.readFile('/l/index.json')) ?? []).toString()).manifests;
    const all = change(await entries());
    const index = { schemaVersion: 2, manifests: all };
    await host.writeFile('/l/index.json', text(JSON.stringify(index)));
    return { host, all, entries };
  }
  const named = (entry: Entry, tag: string): Entry => ({
    ...entry,
    annotations: { [refName]: tag },
  });
  const isBundle = ({ annotations }: Entry) => annotations !== undefined;
  /** As another program adds them: it says no type. */
  const nameAll = (entries: Entry[]): Entry[] =>
    entries.map((entry, number) => {
      const { artifactType: _, ...rest } = entry;
      return isBundle(entry) ? entry : named(rest, `named-${number}`);
    });

  test('is found, each manifest read once', async () => {
    const { all, host } = await taggedWorld(nameAll);
    expect((await runForJson(['push', 'oci:/l', '/web.crashseal'], host)).bundles).toMatchObject([
      { fate: 'unchanged', attached: 0 },
    ]);
    const pulled = await runForJson(['pull', 'oci:/l:web', '--output', '/out'], host);
    expect(pulled).toMatchObject({ attested: true });

    const read: string[] = [];
    const layout = openLayout(
      {
        ...host,
        readSmallFile: (path, most) => {
          read.push(path);
          return host.readSmallFile(path, most);
        },
      },
      '/l',
    );
    const web = must(await layout.tagged()).get('web');
    if (web === undefined) throw new Error('there is no bundle');
    for (let count = 0; count < 3; count++)
      expect(must(await layout.referrers(web))).toHaveLength(2);
    expect(read.filter((path) => path !== '/l/index.json')).toHaveLength(all.length);
  });

  test('is found where it is listed twice, once without a type', async () => {
    const { host } = await taggedWorld((entries) => [...entries, ...nameAll(entries).slice(1)]);
    const pulled = await runForJson(['pull', 'oci:/l:web', '--output', '/out'], host);
    expect(pulled).toMatchObject({ attested: true });
  });

  test.each([
    ['is gone', undefined],
    ['is refused to us', 'EACCES'],
  ] as const)('is passed over if it %s, and the others are found', async (_, code) => {
    const digest = '0'.repeat(64);
    const { host } = await taggedWorld((entries) => [
      ...entries,
      { ...named(entries[0] ?? {}, 'strange'), digest: `sha256:${digest}` },
    ]);
    const reads: Host = {
      ...host,
      readSmallFile: async (path, most) => {
        if (code !== undefined && path.endsWith(digest))
          throw Object.assign(new Error('refused'), { code, path, syscall: 'open' });
        return host.readSmallFile(path, most);
      },
    };
    const pulled = await runForJson(['pull', 'oci:/l:web', '--output', '/out'], reads);
    expect(pulled).toMatchObject({ status: 0, attested: true });
  });

  test('stays where the bundle has ended and is pruned', async () => {
    const { all, entries, host } = await taggedWorld(nameAll);
    expect(
      (await runForJson(['prune', 'oci:/l', '--at', '2040-01-01', '--remove'], host)).status,
    ).toBe(0);
    expect((await entries()).length).toBe(all.length - 1);
    const { entries: left, host: other } = await taggedWorld((before) => before);
    await runForJson(['prune', 'oci:/l', '--at', '2040-01-01', '--remove'], other);
    expect(await left()).toEqual([]);
  });
});

describe('a registry that knows referrers', () => {
  test('is asked for them, and keeps no list under a tag', async () => {
    const kept = new Map<string, Buffer>();
    const registry = await serve(({ body, method, path }, response) => {
      const name = path.split('/').at(-1) ?? '';
      if (path.includes('/referrers/')) {
        response.end(JSON.stringify({ manifests: [] }));
      } else if (method === 'PUT') {
        kept.set(name, body);
        response.writeHead(201, { 'oci-subject': 'sha256:x' }).end();
      } else response.writeHead(404).end();
    });
    const { repository, close } = clientOf(registry.host);
    const bytes = text('{}');
    const manifest = { digest: 'ab'.repeat(32) as never, mediaType: 'application/json', bytes };
    expect(must(await repository.referrers(manifest.digest))).toEqual([]);
    must(await repository.putReferrer(manifest, manifest.digest, 'x'));
    expect([...kept.keys()]).toEqual([`sha256:${manifest.digest}`]);
    close();
    await registry.close();
  });

  test('that loses the list to others who write it is written to again, and given up at last', async () => {
    let list = '{"manifests":[]}';
    let losses = 3;
    let writes = 0;
    const registry = await serve(({ body, method, path }, response) => {
      if (path.includes('/referrers/')) response.writeHead(404).end();
      else if (method === 'PUT') {
        if (path.includes('/sha256-')) {
          writes++;
          if (losses-- <= 0) list = body.toString();
        }
        response.writeHead(201).end();
      } else response.end(list);
    });
    const { repository, close } = clientOf(registry.host);
    const manifest = {
      digest: 'ab'.repeat(32) as never,
      mediaType: 'application/json',
      bytes: text('{}'),
    };
    must(await repository.putReferrer(manifest, 'cd'.repeat(32) as never, 'x'));
    expect(writes).toBe(4);
    losses = 100;
    list = '{"manifests":[]}';
    expect(await repository.putReferrer(manifest, 'cd'.repeat(32) as never, 'x')).toMatchObject({
      problems: [{ kind: 'list-contended' }],
    });
    close();
    await registry.close();
  });
});
