/** Bundles in a folder: what a registry can do, without one. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { runCli, runForJson } from '../cli/memory-world.ts';
import { testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { skopeo } from '../support/servers/registry-server.ts';
import { fleetBundle, fleetKeys } from './fixture.ts';

const bundles: Record<string, Uint8Array> = {};
beforeAll(async () => {
  for (const profile of ['web', 'db', 'edge'])
    bundles[`/${profile}.crashseal`] = await fleetBundle({ profile });
  bundles['/web2.crashseal'] = await fleetBundle({ profile: 'web', epoch: 2n });
});

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;

describe('a folder of bundles', () => {
  test('gives back what was put in, byte for byte', async () => {
    const host = memoryHost(bundles);
    expect((await runCli(['push', 'oci:/l', '/web.crashseal', '/db.crashseal'], host)).status).toBe(
      0,
    );
    for (const profile of ['web', 'db']) {
      const out = `/pulled/${profile}`;
      expect((await runCli(['pull', `oci:/l:${profile}`, '--output', out], host)).status).toBe(0);
      expect(same(await host.readFile(out), bundles[`/${profile}.crashseal`])).toBe(true);
    }
  });

  test('holds what is alike once, and joined slices are the bundle', async () => {
    const host = memoryHost(bundles);
    const { bundles: pushed } = await runForJson(
      ['push', 'oci:/l', '/web.crashseal', '/db.crashseal', '/edge.crashseal'],
      host,
    );
    const sent = pushed.map((one: { bytes: { sent: number } }) => one.bytes.sent);
    expect(sent.filter((bytes: number) => bytes > 200_000).length).toBe(1);
    const { bundles: listed } = await runForJson(['list', 'oci:/l:db'], host);
    const pieces: Uint8Array[] = [];
    for (const { digest } of listed[0].slices)
      pieces.push((await host.readFile(`/l/blobs/sha256/${digest}`)) ?? new Uint8Array());
    expect(same(Buffer.concat(pieces), bundles['/db.crashseal'])).toBe(true);
  });

  test('tells that a bundle is there already, and moves the tag of one that changed', async () => {
    const host = memoryHost(bundles);
    const push = (path: string) => runForJson(['push', 'oci:/l', path], host);
    expect((await push('/web.crashseal')).bundles[0].fate).toBe('pushed');
    const first = (await runForJson(['list', 'oci:/l:web'], host)).bundles[0].digest;
    expect((await push('/web.crashseal')).bundles[0].fate).toBe('unchanged');
    expect((await push('/web2.crashseal')).bundles[0].fate).toBe('pushed');
    const listed = (await runForJson(['list', 'oci:/l'], host)).bundles;
    expect(listed).toMatchObject([{ tag: 'web', facts: { epoch: '2' } }]);
    expect(listed[0].digest).not.toBe(first);
  });

  test('lists them', async () => {
    const host = memoryHost(bundles);
    await runCli(['push', 'oci:/l', '/web.crashseal', '/db.crashseal'], host);
    const { status, out } = await runCli(['list', 'oci:/l'], host);
    expect(status).toBe(0);
    await expect(out.replace(/[0-9a-f]{64}/g, 'DIGEST')).toMatchFileSnapshot(
      '../golden/registry/list.txt',
    );
  });

  test('gives slices that the old file does not have, and takes the rest from it', async () => {
    const host = memoryHost({ ...bundles, '/out': bundles['/web.crashseal'] ?? '' });
    await runCli(['push', 'oci:/l', '/web2.crashseal'], host);
    const pulled = await runForJson(['pull', 'oci:/l:web', '--output', '/out'], host);
    expect(pulled.bytes.reused).toBeGreaterThan(200_000);
    expect(pulled.bytes.received).toBeLessThan(16_000);
    expect(same(await host.readFile('/out'), bundles['/web2.crashseal'])).toBe(true);
  });

  test('is verified where a trust store is given, and else says that it was not', async () => {
    const keys = await fleetKeys();
    const others = await testKeys();
    const trusted = keys.file('root.pem').bytes;
    const host = memoryHost(
      { ...bundles, '/t': trusted, '/other': others.file('root.pem').bytes },
      { now },
    );
    await runCli(['push', 'oci:/l', '/web.crashseal'], host);
    const words = ['pull', 'oci:/l:web', '--output', '/out'];
    expect((await runCli(words, host)).out).toContain('not verified');
    expect((await runCli([...words, '--trust', '/t'], host)).out).toContain('signature    good');
    const before = await host.readFile('/out');
    const refused = await runCli([...words, '--trust', '/other'], host);
    expect(refused.status).toBe(1);
    expect(same(await host.readFile('/out'), before)).toBe(true);
  });
});

describe('a folder that is not right', () => {
  const pushed = async () => {
    const host = memoryHost(bundles);
    await runCli(['push', 'oci:/l', '/web.crashseal'], host);
    const { bundles: listed } = await runForJson(['list', 'oci:/l:web'], host);
    return {
      host,
      digest: listed[0].digest as string,
      slice: listed[0].slices[1].digest as string,
    };
  };
  const pullKind = async (host: Host, reference = 'oci:/l:web') =>
    (await runForJson(['pull', reference, '--output', '/out'], host)).problems?.[0].kind;

  test('with another byte in a slice writes no file', async () => {
    const { host, slice } = await pushed();
    const bytes = Uint8Array.from((await host.readFile(`/l/blobs/sha256/${slice}`)) ?? []);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await host.writeFile(`/l/blobs/sha256/${slice}`, bytes);
    expect(await pullKind(host)).toBe('digest-wrong');
    expect(await host.readFile('/out')).toBeUndefined();
  });

  test('with a slice that is shorter, or gone, writes no file', async () => {
    const { host, slice } = await pushed();
    await host.writeFile(`/l/blobs/sha256/${slice}`, new Uint8Array(512));
    expect(await pullKind(host)).toBe('size-wrong');
    await host.remove(`/l/blobs/sha256/${slice}`);
    expect(await pullKind(host)).toBe('blob-missing');
    expect(await host.readFile('/out')).toBeUndefined();
  });

  test('with another manifest than its index says is refused', async () => {
    const { host, digest } = await pushed();
    await host.writeFile(`/l/blobs/sha256/${digest}`, new TextEncoder().encode('{}'));
    expect(await pullKind(host)).toBe('digest-wrong');
  });

  test('is refused where it holds something else', async () => {
    const { host } = await pushed();
    expect(await pullKind(host, 'oci:/l:gone')).toBe('not-there');
    expect(await pullKind(host, 'oci:/nowhere:web')).toBe('not-there');
    expect(await pullKind(host, 'oci:/l')).toBe('reference-without-tag');
    await host.writeFile('/l/index.json', new TextEncoder().encode('{"manifests":7}'));
    expect(await pullKind(host)).toBe('layout-form');
    await host.writeFile('/other/letter.txt', new TextEncoder().encode('Dear all'));
    const { refused } = await runForJson(['push', 'oci:/other', '/web.crashseal'], host);
    expect(refused[0].kind).toBe('layout-form');
    expect(await host.list('/other')).toEqual(['letter.txt']);
  });

  test('is not pushed to by two bundles for one tag, and the others go there', async () => {
    const host = memoryHost(bundles);
    const result = await runForJson(
      ['push', 'oci:/l', '/web.crashseal', '/web2.crashseal', '/db.crashseal', '/gone'],
      host,
    );
    expect(result.status).toBe(1);
    expect(result.refused.map(({ kind }: { kind: string }) => kind)).toEqual([
      'bundle-missing',
      'two-for-one-tag',
    ]);
    expect(result.bundles.map(({ path }: { path: string }) => path)).toEqual(['/db.crashseal']);
  });
});

describe('an index that is nearly full of bundles that lost their tags', () => {
  /** As builds leave it that replace every bundle again and again; `room`: bytes below what is read. */
  const nearlyFull = async (room: number) => {
    const host = memoryHost(bundles, { now });
    await runCli(['push', 'oci:/l', '/web.crashseal'], host);
    await runCli(['push', 'oci:/l', '/web2.crashseal'], host);
    const text = async () => new TextDecoder().decode(await host.readFile('/l/index.json'));
    const { manifests, ...rest } = JSON.parse(await text());
    const [old] = manifests.filter((one: { annotations?: unknown }) => !one.annotations);
    const each = JSON.stringify(old).length + 1;
    const more = Math.ceil(((4 << 20) - room - (await text()).length) / each);
    const full = JSON.stringify({ ...rest, manifests: [...manifests, ...Array(more).fill(old)] });
    await host.writeFile('/l/index.json', new TextEncoder().encode(full));
    return { host, text, full };
  };
  const words = ['pull', 'oci:/l:web', '--output', '/out'];

  test('takes no bundle more: that is said, and the index stays as it was', async () => {
    const { host, text, full } = await nearlyFull(200);
    expect((await runCli(words, host)).status).toBe(0);
    const { refused } = await runForJson(['push', 'oci:/l', '/db.crashseal'], host);
    expect(refused).toMatchObject([{ kind: 'index-too-large', when: 'written', most: 4 << 20 }]);
    expect(await text()).toBe(full);
    expect((await runCli(['push', 'oci:/l', '/db.crashseal'], host)).talk).toContain(
      'hint: run `crashseal prune --remove oci:/l`',
    );
  });

  test('is made small again by prune, even if it is too large for all others', async () => {
    const { host } = await nearlyFull(-200);
    const { problems } = await runForJson(words, host);
    expect(problems).toMatchObject([{ kind: 'index-too-large', when: 'read', most: 4 << 20 }]);
    expect((await runCli(['prune', '--remove', 'oci:/l'], host)).talk).toBe('');
    expect((await runCli(words, host)).status).toBe(0);
    expect(same(await host.readFile('/out'), bundles['/web2.crashseal'])).toBe(true);
    expect((await runCli(['push', 'oci:/l', '/db.crashseal'], host)).status).toBe(0);
  });
});

describe.skipIf(process.getuid?.() !== 0)('skopeo', () => {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'layout-'));
    for (const [name, bytes] of Object.entries(bundles)) writeFileSync(join(folder, name), bytes);
    const paths = ['web', 'db'].map((name) => join(folder, `${name}.crashseal`));
    expect((await runCli(['push', `oci:${folder}/ours`, ...paths], realHost())).status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('reads our folder', () => {
    const manifest = JSON.parse(skopeo(['inspect', '--raw', `oci:${folder}/ours:web`]));
    expect(manifest.artifactType).toBe('application/vnd.crashseal.bundle.v1');
  });

  test('copies it, and we read the copy; `cat` of its slices is the bundle', async () => {
    skopeo(['copy', `oci:${folder}/ours:db`, `oci:${folder}/theirs:db`]);
    const out = join(folder, 'db-again');
    const pulled = await runCli(['pull', `oci:${folder}/theirs:db`, '--output', out], realHost());
    expect(pulled.talk).toBe('');
    const original = bundles['/db.crashseal'];
    expect(same(readFileSync(out), original)).toBe(true);
    skopeo(['copy', `oci:${folder}/ours:db`, `dir:${folder}/plain`]);
    const manifest = JSON.parse(readFileSync(`${folder}/plain/manifest.json`, 'utf8'));
    const files = manifest.layers.map(({ digest }: { digest: string }) => digest.slice(7));
    expect(files.every((file: string) => existsSync(`${folder}/plain/${file}`))).toBe(true);
    const joined = execFileSync('cat', files, { cwd: `${folder}/plain`, maxBuffer: 1 << 26 });
    expect(same(joined, original)).toBe(true);
  });
});
