/**
 * Bundles of a registry shared out among jobs that know nothing of each other. What the machine would say is made up
 * here: test/e2e/shards-prove-what-a-registry-has.test.ts has machines.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openRegistries } from '../../pipeline/cli/registries.ts';
import { renderThere } from '../../pipeline/cli/render-test-crash.ts';
import { tryThere, type Wanted } from '../../pipeline/cli/try-there.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { fail, ok } from '../../pipeline/problem/result.ts';
import type { Finding, Outcome } from '../../pipeline/prove/finding.ts';
import type { Proof } from '../../pipeline/prove/proof.ts';
import { sliceBundle } from '../../pipeline/registry/open-bundle.ts';
import { readReference } from '../../pipeline/registry/reference.ts';
import { attach, attestationType } from '../../pipeline/registry/referrers.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { mergeTrustStores } from '../../pipeline/sign/trust-store.ts';
import type { Trust } from '../../pipeline/sign/verify-signature.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { runCli, runForJson } from '../cli/memory-world.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must, problemsOf } from '../fixtures/results.ts';
import { sampleProof } from '../fixtures/sample-proof.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { RegistryServer } from '../support/servers/registry-server.ts';
import { clientOf, serve } from './faulty-registry.ts';
import { fleetBundle, fleetKeys } from './fixture.ts';

const profiles = ['a', 'b', 'c', 'd', 'e', 'f'];
let tester: TestKeys;
let other: TestKeys;
let trust: Trust;
beforeAll(async () => {
  tester = await testKeys({ tester: true });
  other = await testKeys({ tester: true });
  const both = mergeTrustStores([(await fleetKeys()).trust, tester.trust]);
  trust = { ...both, revocations: undefined };
});

const finding = (outcome: Outcome): Finding => ({
  run: 'capture',
  check: 'the dump is complete',
  outcome,
  detail: '',
});

/** Says of a bundle what it is told to, and which bundles it was asked of. */
function proving(host: Host, outcome: (profile: string) => Outcome = () => 'passed') {
  const asked: string[] = [];
  const prove: Wanted['prove'] = async (path) => {
    const bytes = (await host.readFile(path)) ?? new Uint8Array();
    const [seal] = must(await unpackBundle(bytes));
    const profile = profiles.find((name) => seals.get(name) === sha256(seal?.bytes ?? bytes)) ?? '';
    asked.push(profile);
    const found = finding(outcome(profile));
    return ok<Proof>({
      ...sampleProof,
      path,
      profile,
      sealDigest: sha256(seal?.bytes ?? bytes),
      outcome: found.outcome,
      findings: [found],
    });
  };
  return { asked, prove };
}
const seals = new Map<string, string>();

/** All there is in a repository, by one job. */
const plainly = (reference: string): Omit<Wanted, 'prove' | 'repositoryOf'> => ({
  from: [must(readReference(reference))],
  to: undefined,
  shard: undefined,
  trust,
  tester: tester.signer,
  tool: '1.2.3',
  quick: false,
  again: false,
  jobs: 1,
});

const anyCase = (
  name: string,
  make: () => Promise<{ host: Host; folder: string; ref: string; options: readonly string[] }>,
  skip = false,
) =>
  describe.skipIf(skip)(name, () => {
    let world: Awaited<ReturnType<typeof make>>;
    let ref = '';
    let number = 0;
    beforeAll(async () => {
      world = await make();
      for (const profile of profiles) {
        const bytes = await fleetBundle({ profile });
        const [seal] = must(await unpackBundle(bytes));
        seals.set(profile, sha256(seal?.bytes ?? bytes));
        await world.host.writeFile(join(world.folder, `${profile}.crashseal`), bytes);
      }
    });
    beforeEach(async () => {
      ref = `${world.ref}${number++}`;
      const paths = profiles.map((profile) => join(world.folder, `${profile}.crashseal`));
      expect(await runForJson(['push', ref, ...paths, ...world.options], world.host)).toMatchObject(
        { status: 0, refused: [] },
      );
    });

    async function job(more: Partial<Wanted> & Pick<Wanted, 'prove'>) {
      const [, ca, , authfile] = world.options;
      const registries = must(
        await openRegistries(world.host, { ca, authfile, 'plain-http': false }),
      );
      return tryThere(world.host, silentProgress, {
        ...plainly(ref),
        repositoryOf: registries.repositoryOf,
        ...more,
      });
    }
    async function repositoryAt(at = ref) {
      const [, ca, , authfile] = world.options;
      const registries = must(
        await openRegistries(world.host, { ca, authfile, 'plain-http': false }),
      );
      return registries.repositoryOf(place(at));
    }
    const place = (reference: string) => must(readReference(reference)).place;
    const attestations = async (at = ref) => {
      const registries = must(
        await openRegistries(world.host, {
          ca: world.options[1],
          authfile: world.options[3],
          'plain-http': false,
        }),
      );
      const repository = registries.repositoryOf(place(at));
      const { bundles } = await runForJson(['list', ref, ...world.options], world.host);
      const counts: Record<string, number> = {};
      for (const { digest, tag } of bundles)
        counts[tag] = must(await repository.referrers(digest)).length;
      return counts;
    };
    const each = (count: number) => Object.fromEntries(profiles.map((name) => [name, count]));

    test('each bundle is tried by one shard, and attested once where machines look for it', async () => {
      const asked: string[] = [];
      for (const part of [1, 2, 3]) {
        const { asked: own, prove } = proving(world.host);
        const done = must(await job({ prove, shard: { part, of: 3 } }));
        expect(done).toMatchObject({ listed: 6, own: own.length, before: [], left: [] });
        asked.push(...own);
      }
      expect(asked.toSorted()).toEqual(profiles);
      expect(await attestations()).toEqual(each(1));
      const out = join(world.folder, 'pulled');
      const pulled = await runForJson(
        ['pull', `${ref}:a`, '--output', out, ...world.options],
        world.host,
      );
      expect(pulled).toMatchObject({ status: 0, attested: true });
    });

    test('what was tried is not tried again, whatever came of it, unless that is asked for', async () => {
      const outcomes: Record<string, Outcome> = { b: 'failed', c: 'not proven' };
      const first = proving(world.host, (profile) => outcomes[profile] ?? 'passed');
      expect(must(await job(first)).tried).toHaveLength(6);
      const second = proving(world.host);
      const done = must(await job(second));
      expect([done.tried, second.asked]).toEqual([[], []]);
      expect(done.before.map(({ outcome, reference }) => [reference, outcome])).toEqual(
        profiles.map((name) => [`${ref}:${name}`, outcomes[name] ?? 'passed']),
      );
      expect(done.before[0]?.tester).toContain('Sample Signer');
      const again = proving(world.host);
      must(await job({ ...again, again: true }));
      expect(again.asked.toSorted()).toEqual(profiles);
      // Where nothing else came of it, it is the same attestation.
      expect(await attestations()).toEqual({ ...each(1), b: 2, c: 2 });
    });

    test('a quick try is no full one, and a full one is enough for a quick one', async () => {
      const once =
        (prove: Wanted['prove']): Wanted['prove'] =>
        async (...words) => {
          const proof = await prove(...words);
          return proof.ok ? ok({ ...proof.value, quick: true }) : proof;
        };
      const first = proving(world.host);
      must(await job({ prove: once(first.prove), quick: true }));
      const second = proving(world.host);
      const done = must(await job({ prove: once(second.prove), quick: true }));
      expect(second.asked).toEqual([]);
      // One panic that passed is what was asked for.
      expect(done.before.map(({ outcome }) => outcome)).toEqual(profiles.map(() => 'passed'));
      const full = proving(world.host);
      must(await job(full));
      expect(full.asked.toSorted()).toEqual(profiles);
      const last = proving(world.host);
      must(await job({ prove: last.prove, quick: true }));
      expect(last.asked).toEqual([]);
    });

    test('the word of a tester whom nobody knows is none, nor is one of another bundle', async () => {
      const strange = proving(world.host);
      must(await job({ ...strange, tester: other.signer }));
      const lying = proving(world.host);
      must(
        await job({
          prove: async (...words) => {
            const proof = await lying.prove(...words);
            return proof.ok ? ok({ ...proof.value, sealDigest: 'ab'.repeat(32) }) : proof;
          },
        }),
      );
      expect(lying.asked.toSorted()).toEqual(profiles);
      const own = proving(world.host);
      must(await job(own));
      expect(own.asked.toSorted()).toEqual(profiles);
    });

    test('two workers on all of it leave every bundle attested once', async () => {
      const workers = [proving(world.host), proving(world.host)];
      for (const done of await Promise.all(workers.map(job))) must(done);
      expect(await attestations()).toEqual(each(1));
    });

    test('a worker that ends in the middle leaves the rest to the next one', async () => {
      const first = proving(world.host);
      const killed = job({
        prove: async (...words) => {
          if (first.asked.length === 2) throw new Error('killed');
          return first.prove(...words);
        },
      });
      await expect(killed).rejects.toThrow('killed');
      const second = proving(world.host);
      const done = must(await job(second));
      expect(done.before).toHaveLength(2);
      expect([...first.asked, ...second.asked].toSorted()).toEqual(profiles);
      expect(await attestations()).toEqual(each(1));
    });

    test('results can go to another repository, where the bundles are not', async () => {
      const to = `${world.ref}results${number}`;
      must(await job({ ...proving(world.host), to: place(to) }));
      expect([await attestations(), await attestations(to)]).toEqual([each(0), each(1)]);
      const second = proving(world.host);
      const done = must(await job({ ...second, to: place(to) }));
      expect([done.before.length, second.asked]).toEqual([6, []]);
    });

    test('a bundle that cannot be tried holds up no other, and each of several names counts once', async () => {
      const { asked, prove } = proving(world.host);
      const done = must(
        await job({
          from: [`${ref}:a`, `${ref}:b`, ref].map((one) => must(readReference(one))),
          jobs: 3,
          prove: async (path, say) => {
            const proof = await prove(path, say);
            return proof.ok && proof.value.profile === 'b'
              ? fail({ area: 'prove', kind: 'no-busybox' })
              : proof;
          },
        }),
      );
      expect(asked.toSorted()).toEqual(profiles);
      const wrong = done.tried.filter(({ result }) => !result.ok);
      expect(wrong.map(({ path }) => path)).toEqual([`${ref}:b`]);
      expect(await attestations()).toEqual({ ...each(1), b: 0 });
    });

    test('what says nothing of a bundle is told, and neither attested nor done', async () => {
      const first = proving(world.host, (profile) => (profile === 'b' ? 'not proven' : 'passed'));
      const done = must(
        await job({
          prove: async (...words) => {
            const proof = await first.prove(...words);
            if (!proof.ok || proof.value.profile !== 'b') return proof;
            const [found] = proof.value.findings;
            const findings = found === undefined ? [] : [{ ...found, hostFault: true } as const];
            return ok({ ...proof.value, findings });
          },
        }),
      );
      expect([done.tried.length, done.left]).toEqual([6, [`${ref}:b`]]);
      expect(renderThere(done, undefined)).toContain(
        ': 5 tried, 0 tried before, 1 left for another run\n',
      );
      expect(await attestations()).toEqual({ ...each(1), b: 0 });
      const second = proving(world.host);
      expect(must(await job(second)).left).toEqual([]);
      expect(second.asked).toEqual(['b']);
      expect(await attestations()).toEqual(each(1));
    });

    test('a bundle that is removed while it is tried holds up no other', async () => {
      const repository = await repositoryAt();
      const { bundles } = await runForJson(['list', ref, ...world.options], world.host);
      const { digest } = bundles.find(({ tag }: { tag: string }) => tag === 'b');
      const { asked, prove } = proving(world.host);
      const done = must(
        await job({
          prove: async (...words) => {
            const proof = await prove(...words);
            if (proof.ok && proof.value.profile === 'b') must(await repository.remove(digest));
            return proof;
          },
        }),
      );
      expect([asked.toSorted(), done.left]).toEqual([profiles, []]);
      const [wrong, ...more] = done.tried.filter(({ result }) => !result.ok);
      expect([wrong?.path, more]).toEqual([`${ref}:b`, []]);
      expect(problemsOf(wrong?.result ?? ok(sampleProof))).toMatchObject([{ kind: 'not-there' }]);
    });

    test('a tag that cannot be read is told by one shard', async () => {
      const repository = await repositoryAt();
      const unreadable: typeof repository = {
        ...repository,
        manifest: async (name) =>
          'tag' in name && name.tag === 'c'
            ? fail({ area: 'registry', kind: 'manifest-form', where: `${ref}:c`, part: 'layers' })
            : repository.manifest(name),
      };
      const told: string[] = [];
      for (const part of [1, 2, 3]) {
        const { prove } = proving(world.host);
        const shard = { part, of: 3 };
        const done = must(await job({ prove, shard, repositoryOf: () => unreadable }));
        told.push(...done.tried.flatMap(({ path, result }) => (result.ok ? [] : [path])));
      }
      expect(told).toEqual([`${ref}:c`]);
    });

    test('what was tried is seen behind attestations that are none, or cannot be read', async () => {
      must(await job(proving(world.host)));
      const repository = await repositoryAt();
      const { bundles } = await runForJson(['list', ref, ...world.options], world.host);
      const { digest } = bundles.find(({ tag }: { tag: string }) => tag === 'b');
      const [good] = must(await repository.referrers(digest));
      const manifest = must(await repository.manifest({ digest }));
      if (manifest === undefined) throw new Error('the bundle is gone');
      const others = Array.from({ length: 12 }, (_, index) => ({
        type: attestationType,
        name: 'bundle.crashseal.test-crash',
        bytes: new TextEncoder().encode(`none, ${index}`),
      }));
      must(await attach(repository, { ...manifest, size: manifest.bytes.length }, others));
      const lost = sha256(others[0]?.bytes ?? new Uint8Array());
      const behind: typeof repository = {
        ...repository,
        referrers: async (subject) => {
          const there = await repository.referrers(subject);
          const last = (one: { digest: string }) => Number(one.digest === good?.digest);
          return there.ok ? ok(there.value.toSorted((a, b) => last(a) - last(b))) : there;
        },
        readBlob: async (blob, sink) =>
          blob.digest === lost
            ? fail({ area: 'registry', kind: 'not-there', reference: `${ref}@${lost}` })
            : repository.readBlob(blob, sink),
      };
      const { asked, prove } = proving(world.host);
      const done = must(await job({ prove, repositoryOf: () => behind }));
      expect([asked, done.before.length]).toEqual([[], 6]);
    });

    test('a repository without bundles is a mistake', async () => {
      const from = [must(readReference(`${world.ref}nothing`))];
      expect(problemsOf(await job({ ...proving(world.host), from }))).toMatchObject([
        { kind: 'no-bundles' },
      ]);
    });
  });

anyCase('a folder', async () => ({
  host: memoryHost({}, { now }),
  folder: '/files',
  ref: 'oci:/layout',
  options: [],
}));

let folder = '';
let server: RegistryServer;
const noRoot = process.getuid?.() !== 0;
const real: Host = { ...realHost(), now: () => now };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'try-there-'));
  if (!noRoot) server = await RegistryServer.start(join(folder, 'server'));
});
afterAll(async () => {
  if (!noRoot) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

anyCase(
  'docker-registry',
  async () => ({
    host: real,
    folder,
    ref: `${server.host}/kdump`,
    options: server.options,
  }),
  noRoot,
);

describe.skipIf(noRoot)('a registry that', () => {
  const bundle = () => join(folder, 'a.crashseal');
  const job = (more: readonly string[]) => {
    const { file } = tester;
    for (const name of ['tester.key', 'tester.pem', 'trust.pem'])
      writeFileSync(join(folder, name), file(name).bytes);
    const words = ['--trust', join(folder, 'trust.pem'), '--key', join(folder, 'tester.key')];
    return runForJson(
      ['test-crash', '--attest', '--cert', join(folder, 'tester.pem'), ...words, ...more],
      real,
    );
  };

  test('is read-only says so before anything is tried', async () => {
    const repository = `${server.host}/read/only`;
    await runCli(['push', repository, bundle(), ...server.options], real);
    await server.stop();
    await server.run('  maintenance: { readonly: { enabled: true } }');
    try {
      const told = await job(['--from', repository, ...server.options]);
      expect(told).toMatchObject({
        status: 1,
        problems: [{ kind: 'registry-refused', status: 405 }],
      });
    } finally {
      await server.stop();
      await server.run();
    }
  });

  test('is not there says so once', async () => {
    const told = await job(['--from', 'localhost:1/kdump', '--plain-http']);
    expect(told).toMatchObject({ status: 1, problems: [{ kind: 'registry-unreachable' }] });
    expect(told.problems).toHaveLength(1);
  });

  test('goes away while bundles are tried ends the run: what is left is told, and nothing else is tried', async () => {
    const repository = `${server.host}/goes/away`;
    const paths = profiles.map((profile) => join(folder, `${profile}.crashseal`));
    await runCli(['push', repository, ...paths, ...server.options], real);
    const [, ca, , authfile] = server.options;
    const { repositoryOf } = must(
      await openRegistries(real, { ca, authfile, 'plain-http': false }),
    );
    const { asked, prove } = proving(real);
    const done = must(
      await tryThere(real, silentProgress, {
        ...plainly(repository),
        repositoryOf,
        prove: async (path, say) => {
          if (asked.length === 1) await server.stop();
          return prove(path, say);
        },
      }),
    );
    await server.run();
    expect(asked).toHaveLength(2);
    expect(done.tried.map(({ result }) => result.ok)).toEqual([true, false]);
    expect(done.left).toHaveLength(4);
  });
});

describe('a place that is full', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, open'), {
    code: 'ENOSPC',
    syscall: 'open',
  });
  const pushed = async (host: Host) => {
    for (const profile of profiles)
      await host.writeFile(`/files/${profile}.crashseal`, await fleetBundle({ profile }));
    const paths = profiles.map((profile) => `/files/${profile}.crashseal`);
    await runForJson(['push', 'oci:/layout', ...paths], host);
  };

  test('ends the run after the first result that it does not take', async () => {
    const memory = memoryHost({}, { now });
    await pushed(memory);
    const host: Host = {
      ...memory,
      createFile: (path, mode) => {
        if (path.startsWith('/layout')) throw full;
        return memory.createFile(path, mode);
      },
    };
    const { asked, prove } = proving(host);
    const options = { ca: undefined, authfile: undefined, 'plain-http': false };
    const { repositoryOf } = must(await openRegistries(host, options));
    const done = must(
      await tryThere(host, silentProgress, { ...plainly('oci:/layout'), repositoryOf, prove }),
    );
    expect([asked.length, done.left.length]).toEqual([1, 5]);
    const [{ result } = { result: ok(sampleProof) }] = done.tried;
    expect(problemsOf(result)).toMatchObject([{ kind: 'system-error', code: 'ENOSPC' }]);
  });

  test('is told before anything is tried, where a registry is asked first', async () => {
    const memory = memoryHost({}, { now });
    await pushed(memory);
    const { manifest } = must(await sliceBundle(memory, '/files/a.crashseal'));
    const registry = await serve(({ method, path }, response) => {
      const [status, body] =
        method === 'POST'
          ? [507, '{"errors":[{"code":"DENIED","message":"no room"}]}']
          : path.includes('/tags/list')
            ? [200, '{"tags":["a"]}']
            : path.endsWith('/manifests/a')
              ? [200, manifest.bytes]
              : [404, ''];
      response.writeHead(status as number);
      response.end(body);
    });
    const client = clientOf(registry.host);
    const { asked, prove } = proving(memory);
    const told = await tryThere(memory, silentProgress, {
      ...plainly(`${registry.host}/kdump`),
      repositoryOf: () => client.repository,
      prove,
    });
    client.close();
    await registry.close();
    expect(problemsOf(told)).toMatchObject([{ kind: 'registry-refused', status: 507 }]);
    expect(asked).toEqual([]);
  });
});

describe('the command line', () => {
  const attest = ['--attest', '--key', 'k', '--cert', 'c', '--trust', 't'];
  test.each<readonly [readonly string[], string]>([
    [['test-crash', '--trust', 't'], 'name the bundles to try, or --from REF where they are'],
    [['test-crash', '--from', 'oci:x', 'web.crashseal', ...attest], 'not both'],
    [['test-crash', '--from', 'oci:x', '--trust', 't'], '--from needs --attest'],
    [['test-crash', '--to', 'oci:x', 'web.crashseal', ...attest], '--to needs --from'],
    [['test-crash', '--again', 'web.crashseal', ...attest], '--again needs --from'],
    [['test-crash', '--from', 'oci:x', '--dsse', ...attest], '--from'],
  ])('%j is no way to ask', async (words, mistake) => {
    const ran = await runCli(words);
    expect([ran.status, ran.talk]).toEqual([2, expect.stringContaining(mistake)]);
  });

  const host = () => {
    const world = memoryHost({}, { now });
    const names = ['tester.key', 'tester.pem', 'trust.pem'];
    return Promise.all(names.map((name) => world.writeFile(name, tester.file(name).bytes))).then(
      () => world,
    );
  };
  const signed = ['--attest', '--key', 'tester.key', '--cert', 'tester.pem'];

  test('a tag for the results is none', async () => {
    const words = ['test-crash', '--from', 'oci:x', '--to', 'oci:y:tag', '--trust', 'trust.pem'];
    const ran = await runCli([...words, ...signed], await host());
    expect([ran.status, ran.talk]).toEqual([2, expect.stringContaining('without a tag')]);
  });

  test('a tester whom the trust store does not know is refused before anything is asked', async () => {
    const world = await host();
    await world.writeFile('strangers.pem', other.file('trust.pem').bytes);
    const words = ['test-crash', '--from', 'oci:x', '--trust', 'strangers.pem', ...signed];
    const told = await runForJson(words, world);
    expect(told).toMatchObject({ status: 1, problems: [{ kind: 'chain-signature' }] });
    expect(told.problems[0].notes).toContain('met while trying the key for --attest');
  });
});
