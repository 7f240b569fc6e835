/**
 * A roll-out by rings, from the build machine to the machines: a tag goes on to the next ring only if the machines of
 * the one before are well, and a bad ring gets its former bundle back. In Debian's docker-registry.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attest } from '../../pipeline/attest/attest.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { bundleManifest } from '../../pipeline/registry/bundle-manifest.ts';
import { sliceBundle } from '../../pipeline/registry/open-bundle.ts';
import { unpackBundle } from '../../pipeline/seal/archive.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { runCli, runForJson } from '../cli/memory-world.ts';
import { statementOf } from '../fixtures/attestations.ts';
import { statusJson, wouldNotDumpJson } from '../fixtures/fleet-reports.ts';
import { testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { type Machine, machineIn } from '../pull/machine.ts';
import { login, RegistryServer } from '../support/servers/registry-server.ts';
import { fleetBundle, fleetKeys } from './fixture.ts';

const host = realHost();
const moment = ['--at', new Date(now * 1000).toISOString().replace('.000', '')];

const sealBytesOf = async (bytes: Uint8Array): Promise<Uint8Array> =>
  must(await unpackBundle(bytes))[0]?.bytes ?? new Uint8Array();

describe.skipIf(process.getuid?.() !== 0)('a roll-out', () => {
  let folder = '';
  let server: RegistryServer;
  let former: Uint8Array;
  let latter: Uint8Array;
  let formerSeal = '';
  let latterSeal = '';
  const at = (...path: readonly string[]): string => join(folder, ...path);
  const tags = { before: '', after: '' };
  let number = 0;
  let repository = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rings-'));
    server = await RegistryServer.start(at('server'));
    former = await fleetBundle({ profile: 'web', seed: 7 });
    latter = await fleetBundle({ profile: 'web', seed: 8 });
    formerSeal = sha256(await sealBytesOf(former));
    latterSeal = sha256(await sealBytesOf(latter));
    writeFileSync(at('former.crashseal'), former);
    writeFileSync(at('latter.crashseal'), latter);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const json = (...words: readonly string[]) => runForJson([...words, ...server.options], host);
  const named = async (tag: string): Promise<string> =>
    (await json('list', `${repository}:${tag}`)).bundles[0].digest;
  /** What the machines of a ring say; undefined: nothing. */
  const report = (ring: string, texts: readonly (string | undefined)[], age = 60): string => {
    const reports = at(`reports-${ring}-${number++}`);
    mkdirSync(reports);
    const hosts = texts.map((_, index) => `${ring}-${index}`);
    writeFileSync(at(`${ring}.txt`), `${hosts.join('\n')}\n`);
    for (const [index, text] of texts.entries()) {
      const path = join(reports, `${hosts[index]}.json`);
      if (text === undefined) continue;
      writeFileSync(path, text);
      utimesSync(path, now - age, now - age);
    }
    return reports;
  };
  const promote = (from: string, to: string, ring: string, reports: string, ...more: string[]) =>
    json(
      ...['promote', `${repository}${from}`, to, '--ring', at(`${ring}.txt`)],
      ...['--reports', reports, ...moment, ...more],
    );
  const well = (seal: string) => statusJson({ sealDigest: seal });
  const bad = (seal: string) => wouldNotDumpJson('no such device', { sealDigest: seal });

  /** Every ring has the former bundle, and the first one the latter. */
  beforeEach(async () => {
    repository = `${server.host}/kdump/${number++}`;
    await json('push', `${repository}:ring0-web`, at('former.crashseal'));
    for (const tag of ['ring1-web', 'ring2-web'])
      expect((await json('promote', `${repository}:ring0-web`, tag)).status).toBe(0);
    tags.before = await named('ring0-web');
    await json('push', `${repository}:ring0-web`, at('latter.crashseal'));
    tags.after = await named('ring0-web');
  });

  test('bad-ring-is-rolled-back', async () => {
    const machines = await Promise.all(
      [0, 1, 2].map(async (index): Promise<Machine> => {
        const root = at(`ring1-${index}-${number}`);
        const machine = machineIn(() => root);
        await machine.install();
        mkdirSync(root, { recursive: true });
        copyFileSync(server.tls.ca, join(root, 'ca.pem'));
        machine.put(
          'login',
          `machine localhost login ${login.user} password "${login.password}"\n`,
          0o600,
        );
        machine.put(
          'etc/crashseal/pull.conf',
          `reference=${repository}:ring1-web\nca=/ca.pem\nlogin=/login\n`,
        );
        return machine;
      }),
    );
    const pullAll = async (wanted: Uint8Array): Promise<void> => {
      for (const { bundle, pull } of machines) {
        const { status, said } = await pull();
        expect(status, said).toBe(0);
        expect(Buffer.compare(bundle() ?? new Uint8Array(), wanted)).toBe(0);
      }
    };
    await pullAll(former);

    // The first ring is well: so the second one gets it.
    const first = report('ring0', [well(latterSeal), well(latterSeal)]);
    const moved = await promote(':ring0-web', 'ring1-web', 'ring0', first);
    expect(moved).toMatchObject({ status: 0, before: tags.before, gate: { decision: 'go' } });
    await pullAll(latter);

    // Two of its machines have it armed, and would leave no dump: it goes no further.
    const second = report('ring1', [bad(latterSeal), well(latterSeal), bad(latterSeal)]);
    const refused = await promote(
      ':ring1-web',
      'ring2-web',
      'ring1',
      second,
      '--min-would-dump',
      '90%',
    );
    expect(refused).toMatchObject({
      status: 1,
      gate: { decision: 'back', wouldDump: { yes: 1, no: 2, need: 3 } },
    });
    expect(refused.digest).toBeUndefined();
    expect(await named('ring2-web')).toBe(tags.before);

    // The ring goes back to what its tag named before, and the machines with it.
    const back = await json('promote', `${repository}@sha256:${moved.before}`, 'ring1-web');
    expect(back).toMatchObject({ status: 0, digest: tags.before, before: tags.after });
    await pullAll(former);
    const again = report('ring1', [well(formerSeal), well(formerSeal), well(formerSeal)]);
    expect((await promote(':ring1-web', 'ring2-web', 'ring1', again)).status).toBe(0);
    expect(await named('ring2-web')).toBe(tags.before);
  });

  test.each<readonly [string, () => string]>([
    ['has not reported', () => report('slow', [well(latterSeal), undefined])],
    ['reported long ago', () => report('slow', [well(latterSeal), well(latterSeal)], 9 * 3600)],
    ['has another bundle yet', () => report('slow', [well(latterSeal), well(formerSeal)])],
  ])('waits while a machine %s', async (_, reports) => {
    const told = await promote(':ring0-web', 'ring1-web', 'slow', reports());
    expect(told).toMatchObject({ status: 4, gate: { decision: 'wait' } });
    expect(await named('ring1-web')).toBe(tags.before);
  });

  test('says so for people too, and of which tag', async () => {
    const reports = report('slow', [undefined]);
    const { out, status } = await runCli(
      [
        ...['promote', `${repository}:ring0-web`, 'ring1-web', '--ring', at('slow.txt')],
        ...['--reports', reports, ...moment, ...server.options],
      ],
      host,
    );
    expect(status).toBe(4);
    expect(out).toContain(`${repository}:ring1-web is not moved\n`);
    expect(out).toContain('WAIT');
  });

  test('judges by the seal that the bundle has, whatever its manifest says', async () => {
    const { facts, slices } = must(await sliceBundle(host, at('latter.crashseal')));
    // It says to be the bundle that the ring has armed.
    const lying = bundleManifest({ ...facts, seal: formerSeal }, slices);
    const put = await fetchAs('PUT', 'manifests/lying', lying.mediaType, lying.bytes);
    expect(put).toBe(201);
    const reports = report('ring0', [well(formerSeal)]);
    const told = await promote(':lying', 'ring1-web', 'ring0', reports);
    expect(told).toMatchObject({ status: 4, gate: { decision: 'wait' } });
    expect((await promote(':ring1-web', 'ring2-web', 'ring0', reports)).status).toBe(0);
  });

  test('with a trust store, moves what is signed, and if asked for, what was tried', async () => {
    const tester = await testKeys({ tester: true });
    const owner = await fleetKeys();
    const pem = (keys: typeof owner) => Buffer.from(keys.file('root.pem').bytes).toString();
    writeFileSync(at('trust.pem'), `${pem(owner)}${pem(tester)}`);
    writeFileSync(at('strangers.pem'), pem(tester));
    const reports = report('ring0', [well(latterSeal)]);
    const ask = (store: string, ...more: string[]) =>
      promote(':ring0-web', 'ring1-web', 'ring0', reports, '--trust', at(store), ...more);
    expect(await ask('strangers.pem')).toMatchObject({
      status: 1,
      problems: [{ kind: 'chain-signature' }],
    });
    expect(await ask('trust.pem', '--require-test-crash')).toMatchObject({
      status: 1,
      gate: { decision: 'back' },
    });
    expect(await named('ring1-web')).toBe(tags.before);
    const statement = statementOf(await sealBytesOf(latter));
    writeFileSync(
      at('latter.crashseal.test-crash'),
      must(await attest(statement, tester.signer, now)),
    );
    await json('push', `${repository}:ring0-web`, at('latter.crashseal'));
    rmSync(at('latter.crashseal.test-crash'));
    expect(await ask('trust.pem', '--require-test-crash')).toMatchObject({ status: 0 });
    expect(await named('ring1-web')).toBe(tags.after);
  });

  test.each([
    [['--ring', 'ring.txt'], '--ring needs --reports'],
    [['--reports', 'reports'], '--reports needs --ring'],
    [['--min-armed', '99%'], '--min-armed needs --ring'],
    [['--require-test-crash'], '--require-test-crash needs --trust'],
  ])('does not move a tag without asking where %j is all that was said', async (words, mistake) => {
    const ran = await runCli(
      ['promote', `${repository}:ring0-web`, 'ring1-web', ...words, ...server.options],
      host,
    );
    expect([ran.status, ran.talk]).toEqual([2, expect.stringContaining(mistake)]);
    expect(await named('ring1-web')).toBe(tags.before);
  });

  /** As somebody with a password and no crashseal. */
  async function fetchAs(method: string, path: string, type: string, body: Uint8Array) {
    const url = `https://${repository.replace('/', '/v2/')}/${path}`;
    return new Promise<number | undefined>((answered, failed) => {
      const sent = request(url, {
        method,
        ca: readFileSync(server.tls.ca),
        auth: `${login.user}:${login.password}`,
        headers: { 'content-type': type },
      });
      sent.on('response', (response) => {
        response.resume();
        answered(response.statusCode);
      });
      sent.on('error', failed);
      sent.end(body);
    });
  }
});
