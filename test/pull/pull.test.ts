/** crashseal-pull against registries of this machine, encrypted, with the loader that ships to judge what they send. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
} from 'vitest';
import { attest } from '../../pipeline/attest/attest.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { ok } from '../../pipeline/problem/result.ts';
import { sliceBundle } from '../../pipeline/registry/open-bundle.ts';
import { attach, attestationType } from '../../pipeline/registry/referrers.ts';
import {
  type BlobSource,
  indexType,
  type Repository,
  type StoredManifest,
} from '../../pipeline/registry/repository.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { runCli } from '../cli/memory-world.ts';
import { statementOf } from '../fixtures/attestations.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { fleetBundle, fleetKeys } from '../registry/fixture.ts';
import {
  login,
  makeTls,
  RegistryServer,
  type TlsFiles,
} from '../support/servers/registry-server.ts';
import { type Answering, type Asked, endless, holding, honest } from './answers.ts';
import { machineIn } from './machine.ts';

let folder = '';
let tls: TlsFiles;
let web: Uint8Array;
let web2: Uint8Array;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pull-'));
  tls = makeTls(join(folder, 'tls'));
  web = await fleetBundle({ profile: 'web' });
  web2 = await fleetBundle({ profile: 'web', epoch: 2n });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let root = '';
let server: Server;
let host = '';
let asked: Asked[] = [];
let answering: Answering = (_, response) => response.destroy();

const { attestation, bundle, install, pull, put } = machineIn(() => root);
const settings = (more = ''): void =>
  put('etc/crashseal/pull.conf', `reference=${host}/kdump:web\nca=/ca.pem\nbackoff=1\n${more}`);
const isHere = (wanted: Uint8Array): boolean =>
  Buffer.compare(bundle() ?? new Uint8Array(), wanted) === 0;

beforeEach(async () => {
  root = mkdtempSync(join(folder, 'root-'));
  asked = [];
  server = createServer(
    { cert: readFileSync(tls.cert), key: readFileSync(tls.key) },
    (request, response) => {
      response.on('error', () => undefined);
      const one = { path: request.url ?? '', headers: request.headers };
      asked.push(one);
      answering(one, response);
    },
  );
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  host = `localhost:${(server.address() as AddressInfo).port}`;
  put('ca.pem', readFileSync(tls.ca));
  await install();
  settings();
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const digestOf = async (bytes: Uint8Array): Promise<string> =>
  must(await sliceBundle(memoryHost({ '/b': bytes }), '/b')).manifest.digest;

describe('a machine', () => {
  test('fetches its bundle, and what is armed is that', async () => {
    answering = honest(await holding(web));
    const { status, said } = await pull();
    expect(said).toContain('is armed');
    expect(status).toBe(0);
    expect(isHere(web)).toBe(true);
    expect(readdirSync(join(root, 'etc/crashseal')).sort()).toEqual([
      'bundle',
      'pull.conf',
      'trust.pem',
    ]);
    const { said: told } = await pull('--status');
    expect(told).toContain(await digestOf(web));
  });

  test('asks once while nothing changes, by the digest that it knows', async () => {
    const digest = await digestOf(web);
    const held = await holding(web);
    answering = honest(held);
    await pull();
    asked = [];
    answering = ({ headers }, response) => {
      response.writeHead(headers['if-none-match'] === `"sha256:${digest}"` ? 304 : 500).end();
    };
    expect((await pull()).status).toBe(0);
    // A registry that does not know the question answers in full.
    answering = honest(held);
    expect((await pull()).status).toBe(0);
    expect(asked.map(({ path }) => path)).toEqual([
      '/v2/kdump/manifests/web',
      '/v2/kdump/manifests/web',
    ]);
  });

  test('fetches of a changed bundle only what it does not have', async () => {
    answering = honest(await holding(web));
    await pull();
    asked = [];
    answering = honest(await holding(web2));
    expect((await pull()).status).toBe(0);
    expect(isHere(web2)).toBe(true);
    // The manifest, twice whether there are attestations, and the head: base initramfs and tail are alike.
    expect(asked.length).toBe(4);
  });

  test('goes on after a failure with what it got', async () => {
    const held = await holding(web);
    // Manifest, attestations by both ways, and a slice.
    let left = 4;
    answering = (one, response) => (left-- > 0 ? honest(held)(one, response) : response.destroy());
    expect((await pull()).status).toBe(1);
    expect(bundle()).toBeUndefined();
    asked = [];
    answering = honest(held);
    expect((await pull('--now')).status).toBe(0);
    expect(isHere(web)).toBe(true);
    expect(asked.length).toBe(held.size + 1);
  });

  test('waits longer after each failure, and not at all when it is told to try', async () => {
    settings('backoff=1000\n');
    answering = (_, response) => response.writeHead(503).end();
    expect((await pull()).said).toContain('1000 seconds');
    expect((await pull('--now')).said).toContain('2000 seconds');
    const before = asked.length;
    expect((await pull()).said).toContain('the next one is in');
    expect(asked.length).toBe(before);
    for (let each = 0; each < 6; each++) await pull('--now');
    expect((await pull('--now')).said).toContain('21600 seconds');
    expect((await pull('--status')).status).toBe(1);
  });

  test('logs in with a password, or a token that it gets for it, and tells no other host', async () => {
    const held = await holding(web);
    put('login', 'machine localhost login web password secret\n', 0o600);
    settings('login=/login\n');
    const basic = `Basic ${Buffer.from('web:secret').toString('base64')}`;
    answering = (one, response) => {
      if (one.path.startsWith('/token')) {
        response.end(
          one.headers.authorization === basic ? '{"expires_in":60, "token": "a.b-c"}' : '{}',
        );
      } else if (one.headers.authorization === 'Bearer a.b-c') honest(held)(one, response);
      else
        response
          .writeHead(401, {
            'www-authenticate': `Bearer realm="https://${host}/token",service="s",scope="x"`,
          })
          .end();
    };
    expect((await pull()).said).toContain('is armed');
    expect(asked.some(({ path }) => path === '/token?service=s&scope=repository:kdump:pull')).toBe(
      true,
    );
    // 127.0.0.1 is another host than localhost.
    rmSync(join(root, 'etc/crashseal/bundle'));
    asked = [];
    answering = ({ path, headers }, response) =>
      headers.host?.startsWith('localhost')
        ? response
            .writeHead(307, { location: `https://127.0.0.1:${host.split(':')[1]}${path}` })
            .end()
        : honest(held)({ path, headers }, response);
    expect((await pull('--now')).said).toContain('is armed');
    const elsewhere = asked.filter(({ headers }) => headers.host?.startsWith('127'));
    expect(elsewhere.length).toBeGreaterThan(1);
    expect(elsewhere.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});

/** A list of referrers, as a registry lists them, or as it lies under a tag. */
type Listing = 'referrers' | 'tag';

/** The same, with what attests the bundle; `foreign`: what else refers to it. */
async function holdingAttested(
  bytes: Uint8Array,
  attestations: readonly Uint8Array[],
  listing: Listing,
  foreign: readonly object[] = [],
): Promise<Map<string, Uint8Array>> {
  const held = await holding(bytes);
  const { manifest } = must(await sliceBundle(memoryHost({ '/b': bytes }), '/b'));
  const listed: object[] = [...foreign];
  const keeping = {
    referrers: async () => ok([]),
    putBlob: async ({ digest, read, size }: BlobSource) => {
      held.set(`blobs/sha256:${digest}`, await read(0, size));
      return ok('sent');
    },
    putReferrer: async ({ bytes: own, digest, mediaType }: StoredManifest) => {
      held.set(`manifests/sha256:${digest}`, own);
      const form = { mediaType, digest: `sha256:${digest}`, size: own.length };
      // In whatever order a registry likes, with what it likes to say beside it.
      listed.push({ artifactType: attestationType, annotations: { '}"{': 'a\\' }, ...form });
      return ok(undefined);
    },
  } as unknown as Repository;
  const attachments = attestations.map((own) => ({ type: attestationType, name: 'a', bytes: own }));
  must(await attach(keeping, { ...manifest, size: manifest.bytes.length }, attachments));
  const index = { manifests: listed, schemaVersion: 2, mediaType: indexType };
  held.set(
    listing === 'tag'
      ? `manifests/sha256-${manifest.digest}`
      : `referrers/sha256:${manifest.digest}`,
    Buffer.from(JSON.stringify(index, undefined, listing === 'tag' ? 0 : 2)),
  );
  return held;
}

describe('a machine whose trust store requires an attestation', () => {
  const trusting = (setting: string) =>
    put(
      'etc/crashseal/trust.pem',
      `${setting}${Buffer.from(owner.file('root.pem').bytes)}${Buffer.from(tester.file('root.pem').bytes)}`,
    );
  const isBlob = ({ path }: Asked): boolean => path.includes('/blobs/');

  let owner: TestKeys;
  let tester: TestKeys;
  let good: Uint8Array;
  let ofAnother: Uint8Array;
  beforeAll(async () => {
    owner = await fleetKeys();
    tester = await testKeys({ tester: true });
    const made = async (bytes: Uint8Array) => {
      const [seal] = must(await unpackBundle(bytes));
      const statement = statementOf(seal?.bytes ?? new Uint8Array());
      return must(await attest(statement, tester.signer, now));
    };
    good = await made(web);
    ofAnother = await made(web2);
  });
  beforeEach(() => trusting('require: test-crash\n'));

  test.each(['referrers', 'tag'] as const)('gets it with its bundle, by %s', async (listing) => {
    answering = honest(await holdingAttested(web, [good], listing));
    const { status, said } = await pull();
    expect([status, said]).toEqual([0, expect.stringContaining('is armed')]);
    expect(isHere(web)).toBe(true);
    expect(Buffer.from(attestation() ?? []).equals(good)).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'gets it from a registry that crashseal pushed it to, with a password',
    async () => {
      const registry = await RegistryServer.start(join(root, 'registry'));
      onTestFinished(() => registry.stop());
      put('push/web.crashseal', web);
      put('push/web.crashseal.test-crash', good);
      put('push/web.crashseal.cdx.json', '{"bomFormat":"CycloneDX"}');
      const pushed = await runCli(
        ['push', ...registry.options, `${registry.host}/kdump`, join(root, 'push/web.crashseal')],
        realHost(),
      );
      expect(pushed.status, pushed.talk).toBe(0);
      put('ca.pem', readFileSync(registry.tls.ca));
      put('login', `machine localhost login ${login.user} password "${login.password}"\n`, 0o600);
      host = registry.host;
      settings('login=/login\n');
      const { status, said } = await pull();
      expect([status, said]).toEqual([0, expect.stringContaining('is armed')]);
      expect(isHere(web)).toBe(true);
      expect(Buffer.from(attestation() ?? []).equals(good)).toBe(true);
    },
  );

  test('refuses a bundle that has none, and takes it when it has one, without fetching it again', async () => {
    answering = honest(await holding(web));
    const { status, said } = await pull();
    expect([status, said]).toEqual([1, expect.stringContaining('nobody attests')]);
    expect(bundle()).toBeUndefined();
    asked = [];
    expect((await pull()).said).toContain('refused before');
    expect(asked.some(isBlob)).toBe(false);
    answering = honest(await holdingAttested(web, [good], 'tag'));
    asked = [];
    expect((await pull()).status).toBe(0);
    expect(isHere(web)).toBe(true);
    expect(asked.filter(isBlob).length).toBe(1);
  });

  test('gets one for the bundle that it has, when it begins to require that', async () => {
    trusting('');
    answering = honest(await holding(web));
    expect((await pull()).status).toBe(0);
    expect(attestation()).toBeUndefined();
    trusting('require: test-crash-warned\n');
    answering = honest(await holdingAttested(web, [good], 'referrers'));
    asked = [];
    expect((await pull()).status).toBe(0);
    expect(Buffer.from(attestation() ?? []).equals(good)).toBe(true);
    expect(asked.filter(isBlob).length).toBe(1);
    expect((await pull()).said).toContain('is the bundle that is here');
  });

  test('keeps none of another bundle beside the new one', async () => {
    trusting('');
    answering = honest(await holdingAttested(web, [good], 'tag'));
    await pull();
    expect(attestation()).toBeDefined();
    answering = honest(await holding(web2));
    expect((await pull()).status).toBe(0);
    expect(attestation()).toBeUndefined();
  });

  test('has bundle and attestation back where the new ones cannot be armed', async () => {
    answering = honest(await holdingAttested(web, [good], 'tag'));
    await pull();
    const loaderScript = readFileSync(join(root, 'usr/sbin/crashseal-load'), 'utf8');
    put(
      'usr/sbin/crashseal-load',
      loaderScript.replace(
        '\nexec',
        '\ncase $last in */etc/crashseal/bundle) exit 9 ;; esac\nexec',
      ),
      0o755,
    );
    answering = honest(await holdingAttested(web2, [ofAnother], 'tag'));
    expect((await pull()).said).toContain('could not be armed');
    expect(isHere(web)).toBe(true);
    expect(Buffer.from(attestation() ?? []).equals(good)).toBe(true);
  });

  describe('and a registry that lies about them', () => {
    /** The machine has its bundle and the attestation; whatever comes, it keeps them. */
    const lied = async (answer: Answering, more = '') => {
      answering = honest(await holdingAttested(web, [good], 'tag'));
      await pull();
      settings(more);
      answering = answer;
      asked = [];
      const result = await pull('--now');
      expect(isHere(web)).toBe(true);
      expect(Buffer.from(attestation() ?? []).equals(good)).toBe(true);
      return result;
    };
    const about = ({ path }: Asked): boolean => /referrers|sha256-/.test(path);
    const honestBut = async (lie: Answering): Promise<Answering> => {
      const all = honest(await holdingAttested(web2, [ofAnother], 'tag'));
      return (one, response) => (about(one) ? lie(one, response) : all(one, response));
    };

    test.each<readonly [string, Answering, string]>([
      ['without end', endless, 'more than 65536 bytes'],
      ['with an error', (_, response) => response.writeHead(500).end(), 'answered 500'],
      ['by ending', (_, response) => response.destroy(), 'does not answer'],
      ['by stalling', () => undefined, 'does not answer'],
    ])('%s, leaves the bundle before, and is asked again later', async (_, lie, why) => {
      const { status, said } = await lied(await honestBut(lie), 'patience=1\n');
      expect([status, said]).toEqual([1, expect.stringContaining('could not be had')]);
      expect(said).toContain(why);
      expect(said).toContain('the next try is in');
    });

    test.each<readonly [string, string]>([
      ['of nothing', '{"manifests":[]}'],
      ['of no form', '{"manifests":{{{"artifactType'],
      [
        'of what is not there',
        JSON.stringify({
          manifests: [{ artifactType: attestationType, digest: `sha256:${'0'.repeat(64)}` }],
        }),
      ],
      [
        'of paths',
        JSON.stringify({
          manifests: [{ artifactType: attestationType, digest: 'sha256:../../../etc' }],
        }),
      ],
    ])('with a list %s, has the bundle refused', async (_, list) => {
      const lie = await honestBut((_, response) => response.end(list));
      const { status, said } = await lied(lie);
      expect([status, said]).toEqual([1, expect.stringContaining('nobody attests')]);
    });

    test.each<
      readonly [string, (held: Map<string, Uint8Array>, own: string, blob: string) => void]
    >([
      ['another manifest', (held, own) => held.set(own, Buffer.from('{}'))],
      [
        'other bytes',
        (held, _, blob) => held.set(blob, Buffer.from(held.get(blob) ?? '').fill(1, 9, 10)),
      ],
      [
        'more bytes',
        (held, _, blob) =>
          held.set(blob, Buffer.concat([held.get(blob) ?? Buffer.alloc(0), Buffer.alloc(1)])),
      ],
    ])('with %s under a digest, has the bundle refused or asked for later', async (_, change) => {
      const held = await holdingAttested(web2, [ofAnother], 'tag');
      const own = [...held.keys()].find((key) => key.startsWith('manifests/sha256:')) ?? '';
      change(held, own, `blobs/sha256:${sha256(ofAnother)}`);
      const { status, said } = await lied(honest(held));
      expect([status, said]).toEqual([1, expect.stringContaining('nobody attests')]);
    });

    test('with one of another bundle, or of nobody whom this machine trusts, has the bundle refused', async () => {
      const { said } = await lied(honest(await holdingAttested(web2, [good], 'referrers')));
      expect(said).toContain('the loader refuses');
      const stranger = await testKeys({ tester: true });
      const [seal] = must(await unpackBundle(web2));
      const statement = statementOf(seal?.bytes ?? new Uint8Array());
      const forged = must(await attest(statement, stranger.signer, now));
      expect((await lied(honest(await holdingAttested(web2, [forged], 'tag')))).status).toBe(1);
    });

    test('with one of no form among good ones does not keep a machine from those', async () => {
      const noise = Buffer.from('{"statement":1}\nno signature');
      answering = honest(await holdingAttested(web, [noise, good, noise.subarray(1)], 'referrers'));
      const { status, said } = await pull();
      expect([status, said]).toEqual([0, expect.stringContaining('is armed')]);
      expect(Buffer.from(attestation() ?? []).equals(good)).toBe(true);
    });

    test('is asked for eight at the most, and for as many bytes as a loader reads', async () => {
      const many = Array.from({ length: 12 }, (_, index) => Buffer.alloc(100_000, index + 1));
      const foreign = Array.from({ length: 20 }, (_, index) => ({
        artifactType: 'application/vnd.cyclonedx+json',
        digest: `sha256:${String(index).padStart(64, '0')}`,
      }));
      const { status } = await lied(
        honest(await holdingAttested(web2, many, 'referrers', foreign)),
      );
      expect(status).toBe(1);
      const manifests = asked.filter(({ path }) => path.includes('/manifests/sha256:'));
      expect(manifests.length).toBe(8);
      const ours = asked
        .filter(isBlob)
        .filter(({ path }) => many.some((one) => path.endsWith(sha256(one))));
      expect(ours.length).toBe(2);
    });

    test('and by nothing where this machine requires none', async () => {
      trusting('');
      const held = honest(await holding(web));
      answering = (one, response) => (about(one) ? endless(one, response) : held(one, response));
      expect((await pull()).status).toBe(0);
      expect(isHere(web)).toBe(true);
    });
  });
});

describe('lying-registry-harms-nothing', () => {
  /** The machine has a bundle; whatever the registry does, that one stays. */
  const lied = async (answer: Answering, more = '') => {
    answering = honest(await holding(web));
    await pull();
    settings(more);
    answering = answer;
    const result = await pull('--now');
    expect(isHere(web)).toBe(true);
    const left = join(root, 'etc/crashseal/.crashseal-pull');
    const sizes = existsSync(left)
      ? readdirSync(left).map((name) => statSync(join(left, name)).size)
      : [];
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2 * web.length + 200_000);
    return result;
  };
  test('with other bytes in a slice', async () => {
    const held = await holding(web2);
    const { status, said } = await lied(
      honest(held, (path, bytes) =>
        path.startsWith('blobs') ? Buffer.from(bytes).fill(1, 0, 1) : bytes,
      ),
    );
    expect([status, said]).toEqual([1, expect.stringContaining('does not have its digest')]);
  });

  test('with a bundle that nobody signed whom this machine trusts', async () => {
    const forged = Uint8Array.from(web2);
    // Within seal.bin.
    forged[700] = (forged[700] ?? 0) ^ 1;
    const slice = must(await sliceBundle(memoryHost({ '/b': web2 }), '/b'));
    const { digest } = await import('../fixtures/bytes.ts');
    const head = forged.subarray(0, slice.slices[0]?.size);
    const held = await holding(web2);
    const manifest = Buffer.from(held.get('manifests/web') ?? '')
      .toString()
      .replace(slice.slices[0]?.digest ?? '', digest(head));
    held.set('manifests/web', Buffer.from(manifest));
    held.set(`blobs/sha256:${digest(head)}`, head);
    const { status, said } = await lied(honest(held));
    expect([status, said]).toEqual([1, expect.stringContaining('the loader refuses')]);
    // It is not fetched again before the tag names another one.
    asked = [];
    const again = await pull();
    expect([again.status, again.said]).toEqual([1, expect.stringContaining('refused before')]);
    expect(asked.length).toBe(1);
    const refused = await pull('--status');
    expect([refused.status, refused.said]).toEqual([1, expect.stringContaining('refused')]);
    // The tag names the bundle that is here again: nothing is wrong any more.
    answering = honest(await holding(web));
    expect((await pull()).status).toBe(0);
    const well = await pull('--status');
    expect([well.status, well.said]).toEqual([0, expect.not.stringContaining('refused')]);
  });

  test('with a manifest, or a slice, that has no end', async () => {
    expect((await lied(endless)).said).toContain('more than 65536 bytes');
    const held = await holding(web2);
    const { said } = await lied((one, response) =>
      one.path.includes('manifests') ? honest(held)(one, response) : endless(one, response),
    );
    expect(said).toMatch(/more than \d+ bytes/);
  });

  test('with a manifest of something else, of too much, or of nothing', async () => {
    const manifest = Buffer.from((await holding(web2)).get('manifests/web') ?? '').toString();
    const saying =
      (text: string): Answering =>
      (_, response) =>
        response.end(text);
    expect((await lied(saying('{}'))).said).toContain('is not a bundle');
    expect((await lied(saying('<html>'))).said).toContain('is not a bundle');
    expect(
      (
        await lied(
          saying(manifest.replace(/"size":\d+,"annotations"/g, '"size":999999999,"annotations"')),
        )
      ).said,
    ).toContain('more than the 512 MiB');
    expect((await lied(saying(manifest.replaceAll('sha256:', 'sha256:../../')))).said).toContain(
      "not a bundle's",
    );
    expect((await lied(saying(manifest), 'keep_free=999999999\n')).said).toContain(
      'too little room',
    );
  });

  test('by stalling, by ending, or by saying that nothing is new', async () => {
    expect((await lied(() => undefined, 'patience=1\n')).status).toBe(1);
    expect((await lied((_, response) => response.destroy())).status).toBe(1);
    expect((await lied((_, response) => response.writeHead(304).end())).status).toBe(0);
  });

  test('by leading to a place without encryption, or round and round', async () => {
    const to =
      (location: string): Answering =>
      (_, response) =>
        response.writeHead(307, { location }).end();
    expect((await lied(to('http://localhost:1/'))).status).toBe(1);
    expect((await lied(to('file:///etc/passwd'))).status).toBe(1);
    expect(
      (await lied(({ path }, response) => response.writeHead(307, { location: path }).end()))
        .status,
    ).toBe(1);
  });

  test('that another authority vouches for', async () => {
    const other = makeTls(join(folder, `other-${root.split('-').at(-1)}`));
    answering = honest(await holding(web));
    put('ca.pem', readFileSync(other.ca));
    const { status, said } = await pull();
    expect([status, said]).toEqual([1, expect.stringContaining('does not answer')]);
    expect(bundle()).toBeUndefined();
  });
});

test('settings that are wrong are told, and nothing is asked', async () => {
  for (const reference of [
    'kdump:web',
    'a/b',
    'a/b:c d',
    'https://a/b:c',
    'a/../b:c',
    'a b/c:d',
    'a/b:$(id)',
  ]) {
    put('etc/crashseal/pull.conf', `reference=${reference}\n`);
    expect((await pull()).status).toBe(2);
  }
  settings('most=much\n');
  expect((await pull()).said).toContain('most=much is no whole number');
  expect((await pull('--bogus')).status).toBe(2);
  expect(asked).toEqual([]);
});
