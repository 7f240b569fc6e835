/** Debian's docker-registry, encrypted and with passwords: the tool as it runs, and what it costs in requests and bytes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { runCli, runForJson } from '../cli/memory-world.ts';
import { login, RegistryServer, skopeo, writeLogins } from '../support/servers/registry-server.ts';
import { fleetBundle } from './fixture.ts';

const host = realHost();

describe.skipIf(process.getuid?.() !== 0)('a registry', () => {
  let folder = '';
  let server: RegistryServer;
  const file = (name: string) => join(folder, `${name}.crashseal`);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'registry-'));
    server = await RegistryServer.start(join(folder, 'server'));
    for (const profile of ['web', 'db', 'edge'])
      writeFileSync(file(profile), await fleetBundle({ profile, base: 300_000 }));
    writeFileSync(file('web-2'), await fleetBundle({ profile: 'web', base: 300_000, epoch: 2n }));
    // Of more bytes than are sent at a time.
    writeFileSync(file('large'), await fleetBundle({ profile: 'large', base: 40_000_000 }));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const json = (...words: readonly string[]) => runForJson([...words, ...server.options], host);
  const same = (a: string, b: string): boolean =>
    Buffer.compare(readFileSync(a), readFileSync(b)) === 0;
  /** What the registry logged of `work`. */
  const requestsOf = async <T>(work: () => Promise<T>) => {
    const before = server.requests.length;
    const result = await work();
    return { result, requests: server.requests.slice(before) };
  };

  test('push-and-pull-give-the-same-bytes', async () => {
    const repository = `${server.host}/same/bytes`;
    const pushed = await json('push', repository, file('web'), file('db'), file('large'));
    expect(pushed).toMatchObject({ status: 0, refused: [] });
    for (const profile of ['web', 'db', 'large']) {
      const out = file(`${profile}-pulled`);
      expect((await json('pull', `${repository}:${profile}`, '--output', out)).status).toBe(0);
      expect(same(out, file(profile))).toBe(true);
    }
    const listed = await json('list', repository);
    expect(listed.bundles.map(({ tag }: { tag: string }) => tag)).toEqual(['db', 'large', 'web']);
    const digest = listed.bundles[2].digest;
    const out = file('by-digest');
    await json('pull', `${repository}@sha256:${digest}`, '--output', out);
    expect(same(out, file('web'))).toBe(true);
  });

  test('changed-profile-sends-only-its-head-and-tail', async () => {
    const repository = `${server.host}/changed/profile`;
    const first = await json('push', repository, file('web'));
    expect(first.traffic.sent).toBeGreaterThan(300_000);
    const changed = await json('push', `${repository}:web`, file('web-2'));
    const [{ bytes }] = changed.bundles;
    const slices = (await json('list', `${repository}:web`)).bundles[0].slices;
    const ends = slices[0].size + slices.at(-1).size;
    expect(bytes).toMatchObject({ sent: ends, mounted: 0 });
    // Head and tail, once more for what the registry did not take at once, and the manifest.
    expect(changed.traffic.sent).toBeLessThan(2 * ends + 4096);
    expect(changed.traffic.sent).toBeLessThan(40_000);
  });

  test('takes one request for a bundle that did not change, and five for a new one', async () => {
    const repository = `${server.host}/few/requests`;
    await json('push', repository, file('web'));
    const again = await requestsOf(() => json('push', repository, file('web')));
    // The first of a run is sent without a password, because no registry need ask for one.
    expect(again.requests).toEqual([
      'HEAD /v2/few/requests/manifests/web',
      'HEAD /v2/few/requests/manifests/web',
    ]);
    const more = await requestsOf(() => json('push', repository, file('db'), file('edge')));
    expect(more.result.status).toBe(0);
    const shape = more.requests.map((one) =>
      one
        .replace(/\?.*/, '')
        .replace(/uploads\/.+/, 'uploads/ID')
        .replace(/sha256:\w+/, 'DIGEST'),
    );
    const count = (text: string) => shape.filter((one) => one === text).length;
    const v2 = '/v2/few/requests';
    // What the run asks once, whatever number of bundles it has.
    expect(count(`GET ${v2}/tags/list`)).toBe(2);
    expect(count(`HEAD ${v2}/blobs/DIGEST`)).toBe(2);
    expect(shape.filter((one) => one.startsWith('HEAD') && one.includes('manifests'))).toEqual([]);
    // And five for each: an address and a blob for its head and its tail, and the manifest.
    expect(count(`POST ${v2}/blobs/uploads/`)).toBeLessThanOrEqual(4);
    expect(count(`PUT ${v2}/blobs/uploads/ID`)).toBeLessThanOrEqual(4);
    expect(shape.filter((one) => one.startsWith(`PUT ${v2}/manifests/`)).length).toBe(2);
    expect(shape.length).toBeLessThanOrEqual(2 * 5 + 4);
  });

  test('gets what another repository has from there', async () => {
    const reference = `${server.host}/mounted/{profile}:stable`;
    const { bundles } = await json('push', reference, file('web'), file('db'), file('edge'));
    const sums = bundles.map(({ bytes }: { bytes: { sent: number; mounted: number } }) => [
      bytes.sent > 300_000,
      bytes.mounted > 300_000,
    ]);
    expect(sums.filter(([sent]: boolean[]) => sent).length).toBeLessThan(3);
    expect(sums.some(([, mounted]: boolean[]) => mounted)).toBe(true);
    const out = file('mounted');
    await json('pull', `${server.host}/mounted/edge:stable`, '--output', out);
    expect(same(out, file('edge'))).toBe(true);
  });

  test('is read and copied by skopeo, and `cat` joins what it wrote', async () => {
    const repository = `${server.host}/for/skopeo`;
    await json('push', repository, file('db'));
    const words = ['--src-creds', `${login.user}:${login.password}`, '--src-tls-verify=false'];
    skopeo(['copy', ...words, `docker://${repository}:db`, `dir:${folder}/plain`]);
    const manifest = JSON.parse(readFileSync(`${folder}/plain/manifest.json`, 'utf8'));
    const names = manifest.layers.map(({ digest }: { digest: string }) => digest.slice(7));
    const joined = execFileSync('cat', names, { cwd: `${folder}/plain`, maxBuffer: 1 << 26 });
    expect(Buffer.compare(joined, readFileSync(file('db')))).toBe(0);
    skopeo(['copy', ...words, `docker://${repository}:db`, `oci:${folder}/layout:db`]);
    const out = file('from-skopeo');
    await runCli(['pull', `oci:${folder}/layout:db`, '--output', out], host);
    expect(same(out, file('db'))).toBe(true);
  });

  test('is not used with a certificate of another authority, a wrong password, or none', async () => {
    const words = ['push', `${server.host}/nobody`, file('web'), '--json'];
    const kindOf = async (...options: readonly string[]) =>
      JSON.parse((await runCli([...words, ...options], host)).out).refused[0];
    const { ca } = server.tls;
    expect(await kindOf('--authfile', server.logins)).toMatchObject({
      kind: 'registry-unreachable',
    });
    const empty = join(folder, 'none.json');
    writeFileSync(empty, '{}');
    expect(await kindOf('--ca', ca, '--authfile', empty)).toMatchObject({
      kind: 'login-needed',
      tried: false,
    });
    const wrong = writeLogins(join(folder, 'wrong.json'), server.host, {
      ...login,
      password: 'x',
    } as never);
    expect(await kindOf('--ca', ca, '--authfile', wrong)).toMatchObject({
      kind: 'login-needed',
      tried: true,
    });
  });

  test('that is read-only says so, and what it has can be pulled', async () => {
    const repository = `${server.host}/read/only`;
    await json('push', repository, file('web'));
    await server.stop();
    await server.run('  maintenance: { readonly: { enabled: true } }');
    try {
      const { refused } = await json('push', repository, file('db'));
      expect(refused[0]).toMatchObject({ kind: 'registry-refused', status: 405 });
      const out = file('read-only');
      await json('pull', `${repository}:web`, '--output', out);
      expect(same(out, file('web'))).toBe(true);
    } finally {
      await server.stop();
      await server.run();
    }
  });
});
