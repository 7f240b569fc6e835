/** Programs that others made: oras and skopeo read what we write, and write what we read; a second registry takes it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { runForJson } from '../cli/memory-world.ts';
import { RegistryServer, skopeo } from '../support/servers/registry-server.ts';
import { newerProgram, SecondRegistry } from '../support/servers/second-registry.ts';
import { fleetBundle } from './fixture.ts';

const host = realHost();
const attestation = '{"statement":1}\nsignature';

describe.skipIf(process.getuid?.() !== 0)('with programs of others', () => {
  let folder = '';
  let first: RegistryServer;
  let second: SecondRegistry;
  let oras = (_: readonly string[]): string => '';
  const path = (name: string): string => join(folder, name);
  const bundle = (name: string): string => path(`${name}.crashseal`);
  const same = (a: string, b: string): boolean => readFileSync(a).equals(readFileSync(b));
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'others-'));
    for (const profile of ['web', 'db', 'edge'])
      writeFileSync(bundle(profile), await fleetBundle({ profile, base: 300_000 }));
    writeFileSync(`${bundle('web')}.test-crash`, attestation);
    first = await RegistryServer.start(path('first'));
    second = await SecondRegistry.start(path('second'));
    const program = await newerProgram('oras');
    oras = (words) =>
      execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  });
  afterAll(async () => {
    await first.stop();
    await second.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Where bundles are, with our options and with those of oras. */
  const places = {
    'docker-registry': () => ({
      ref: `${first.host}/oras`,
      ours: first.options,
      // oras takes a registry on this machine for one without encryption.
      theirs: [
        ...['--plain-http=false', '--ca-file', first.tls.ca],
        ...['--registry-config', first.logins],
      ],
      from: [
        ...['--from-plain-http=false', '--from-ca-file', first.tls.ca],
        ...['--from-registry-config', first.logins],
      ],
      to: [
        ...['--to-plain-http=false', '--to-ca-file', first.tls.ca],
        ...['--to-registry-config', first.logins],
      ],
    }),
    "crane's registry": () => ({
      ref: `${second.host}/oras`,
      ours: second.options,
      theirs: ['--plain-http'],
      from: ['--from-plain-http'],
      to: ['--to-plain-http'],
    }),
    'a folder': () => ({
      ref: path('layout'),
      ours: [],
      theirs: ['--oci-layout'],
      from: ['--from-oci-layout'],
      to: ['--to-oci-layout'],
    }),
  } as const;
  const placeNames = Object.keys(places) as (keyof typeof places)[];
  const ourRef = (name: keyof typeof places): string =>
    `${name === 'a folder' ? 'oci:' : ''}${places[name]().ref}`;

  test.each(placeNames)('oras-and-skopeo-read-it: oras, from %s', async (name) => {
    const { from, ours, ref, theirs } = places[name]();
    const pushed = await runForJson(['push', ...ours, ourRef(name), bundle('web')], host);
    expect(pushed).toMatchObject({ status: 0, bundles: [{ attached: 1 }] });
    // Its slices are files with titles, and `cat` joins them.
    const pulled = path(`pulled-${placeNames.indexOf(name)}`);
    oras(['pull', ...theirs, '--output', pulled, `${ref}:web`]);
    const joined = execFileSync('sh', ['-c', 'cat *'], { cwd: pulled, maxBuffer: 1 << 26 });
    expect(joined.equals(readFileSync(bundle('web')))).toBe(true);
    expect(readdirSync(pulled)[0]).toBe('01-head');
    // What is attached to it.
    const found = oras(['discover', ...theirs, '--format', 'json', `${ref}:web`]);
    const [{ artifactType, digest }] = JSON.parse(found).manifests;
    expect(artifactType).toBe('application/vnd.crashseal.test-crash.v1');
    const attached = path(`attached-${placeNames.indexOf(name)}`);
    oras(['pull', ...theirs, '--output', attached, `${ref}@${digest}`]);
    const [file = ''] = readdirSync(attached);
    expect(readFileSync(join(attached, file), 'utf8')).toBe(attestation);
    // A copy that it makes, attestation included, is one that we pull.
    const copy = path(`copy-${placeNames.indexOf(name)}`);
    oras(['copy', '--recursive', ...from, '--to-oci-layout', `${ref}:web`, `${copy}:web`]);
    const out = bundle(`copied-${placeNames.indexOf(name)}`);
    await runForJson(['pull', `oci:${copy}:web`, '--output', out], host);
    expect(same(out, bundle('web'))).toBe(true);
    expect(readFileSync(`${out}.test-crash`, 'utf8')).toBe(attestation);
  });

  test.each(placeNames)(
    'what oras brings from a folder to %s is pulled from there',
    async (name) => {
      const { ours, ref, to } = places[name]();
      await runForJson(['push', `oci:${path('source')}`, bundle('db')], host);
      oras(['copy', '--from-oci-layout', ...to, `${path('source')}:db`, `${ref}:from-oras`]);
      const out = bundle(`brought-${placeNames.indexOf(name)}`);
      await runForJson(['pull', ...ours, `${ourRef(name)}:from-oras`, '--output', out], host);
      expect(same(out, bundle('db'))).toBe(true);
    },
  );

  test('push-and-pull-give-the-same-bytes: in a second registry', async () => {
    const ref = `${second.host}/fleet/kdump`;
    const files = ['web', 'db', 'edge'].map(bundle);
    const pushed = await runForJson(['push', ...second.options, ref, ...files], host);
    expect(pushed).toMatchObject({ status: 0, refused: [] });
    for (const profile of ['web', 'db', 'edge']) {
      const out = bundle(`second-${profile}`);
      await runForJson(['pull', ...second.options, `${ref}:${profile}`, '--output', out], host);
      expect(same(out, bundle(profile))).toBe(true);
    }
    expect(readFileSync(`${bundle('second-web')}.test-crash`, 'utf8')).toBe(attestation);
    const listed = await runForJson(['list', ...second.options, ref], host);
    expect(listed.bundles.map(({ tag }: { tag: string }) => tag)).toEqual(['db', 'edge', 'web']);
    // It does not list referrers, so that they are kept under a tag.
    const { tags } = (await (
      await fetch(`http://${second.host}/v2/fleet/kdump/tags/list`)
    ).json()) as { tags: string[] };
    const { digest } = listed.bundles.at(-1);
    expect(tags.toSorted()).toEqual(['db', 'edge', `sha256-${digest}`, 'web']);
    const again = await runForJson(['push', ...second.options, ref, ...files], host);
    expect(again.bundles.map(({ fate }: { fate: string }) => fate)).toEqual(
      files.map(() => 'unchanged'),
    );
    const promoted = ['promote', ...second.options, `${ref}:web`, 'ring1'];
    expect((await runForJson(promoted, host)).status).toBe(0);
    const digests = (await runForJson(['list', ...second.options, ref], host)).bundles as {
      tag: string;
      digest: string;
    }[];
    const of = (wanted: string) => digests.find(({ tag }) => tag === wanted)?.digest;
    expect(of('ring1')).toBe(of('web'));
  });

  test('a registry that takes a blob with the first question needs three requests for a new bundle', async () => {
    const ref = `${second.host}/few/requests`;
    await runForJson(['push', ...second.options, ref, bundle('web')], host);
    const before = second.requests.length;
    await runForJson(['push', ...second.options, ref, bundle('db'), bundle('edge')], host);
    const requests = second.requests.slice(before).map((one) => one.replace(/\?.*/, ''));
    const of = (method: string) => requests.filter((one) => one.startsWith(method)).length;
    // A head and a tail at most, which are sent with the question, and the manifest.
    expect(of('POST')).toBeLessThanOrEqual(4);
    expect([of('PUT'), of('PATCH')]).toEqual([2, 0]);
    // What a run asks once is which tags there are, and whether the shared slices are.
    expect(requests.length).toBeLessThanOrEqual(2 * 3 + 4);
  });

  test('skopeo copies from one registry to the other, and the digest stays', async () => {
    const from = `${first.host}/skopeo/kdump`;
    const to = `${second.host}/skopeo/kdump`;
    const pushed = await runForJson(['push', ...first.options, from, bundle('edge')], host);
    skopeo([
      ...['copy', '--src-authfile', first.logins, '--src-tls-verify=false'],
      ...['--dest-tls-verify=false', `docker://${from}:edge`, `docker://${to}:edge`],
    ]);
    const [{ digest }] = (await runForJson(['list', ...second.options, to], host)).bundles;
    expect(digest).toBe(pushed.bundles[0].digest);
  });
});
