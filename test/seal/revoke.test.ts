/** A revocation list only grows, and one that cannot be verified is neither extended nor believed. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { type RevokeRequest, revoke, showRevocations } from '../../pipeline/seal/revoke.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { type Certificate, writePem } from '../../pipeline/sign/certificate.ts';
import type { Signer } from '../../pipeline/sign/sign.ts';
import { defaultSettings, renderTrustStore } from '../../pipeline/sign/trust-store.ts';
import { now } from '../fixtures/now.ts';
import { kinds, must } from '../fixtures/results.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';
import { authorityOf, certificateOf, signerOf } from '../sign/pool.ts';

let root: Certificate;
let one: Signer;
let two: Signer;
let stranger: Signer;
let files: Record<string, Uint8Array | string>;
beforeAll(async () => {
  root = authorityOf('root', 'root');
  one = signerOf('one', certificateOf('one', 'root'));
  two = signerOf('two', certificateOf('two', 'root'));
  stranger = signerOf('three', certificateOf('three', 'three'));
  const pem = writePem(root.der);
  files = {
    '/one': await sampleBundle(one),
    '/two': await sampleBundle(two, {
      seal: (seal) => ({ ...seal, epoch: 9n }),
      manifest: (manifest) => ({ ...manifest, epoch: 9 }),
    }),
    '/unsigned': await sampleBundle(undefined),
    '/etc/trust.pem': pem,
    '/etc/required.pem': renderTrustStore({ ...defaultSettings, revocationRequired: true }, [pem]),
    '/one.pem': one.certificates.map(({ der }) => writePem(der)).join('') + pem,
    '/junk': 'neither',
  };
});

const list = '/etc/revoked';
const trust = ['/etc/trust.pem'];
const base = { path: list, revoke: [], trust, number: undefined } as const;
const add = (host: Host, request: Partial<RevokeRequest>) =>
  revoke(host, { ...base, signer: two, ...request });
const verify = async (host: Host, path: string, store = trust) =>
  kinds(await verifyBundle(host, path, { trust: store }));

describe('a list', () => {
  test('is made, extended and shown; its number rises', async () => {
    const host = memoryHost(files, { now });
    const first = must(await add(host, { revoke: ['/one.pem'] }));
    expect(first).toMatchObject({ number: 1n, date: now, verified: true });
    // The root stands after in the same file, and is not meant.
    expect(first.added).toMatchObject([{ kind: 'key', what: 'CN=one' }]);
    const second = must(await add(host, { revoke: ['/two', '/one.pem'] }));
    expect(second.number).toBe(2n);
    expect(second.entries.map(({ kind }) => kind)).toEqual(['seal', 'key']);
    expect(second.added).toMatchObject([{ kind: 'seal', what: 'profile sample, epoch 9' }]);
    const jump = must(await add(host, { number: 40n }));
    expect([jump.number, jump.entries.length, jump.added.length]).toEqual([40n, 2, 0]);
    expect(must(await showRevocations(host, list, trust))).toMatchObject({
      number: 40n,
      verified: true,
    });
    expect(must(await showRevocations(host, list, []))).toMatchObject({ verified: false });
  });

  test('names keys: a second certificate of a lost key is refused with the first', async () => {
    const again = signerOf('one', certificateOf('one', 'root', { notAfter: now + 500 }));
    const host = memoryHost({ ...files, '/again': await sampleBundle(again) }, { now });
    must(await add(host, { revoke: ['/one.pem'] }));
    expect(await verify(host, '/again')).toEqual(['key-revoked']);
    expect(await verify(host, '/two')).toEqual([]);
    const other = memoryHost({ ...files, '/again': await sampleBundle(again) }, { now });
    must(await add(other, { revoke: ['/one.pem'], certificateOnly: true }));
    expect(await verify(other, '/one')).toEqual(['certificate-revoked']);
    expect(await verify(other, '/again')).toEqual([]);
  });

  test('is one file, which a later one replaces in one step', async () => {
    const host = memoryHost(files, { now });
    must(await add(host, { revoke: ['/one.pem'] }));
    expect(await host.list('/etc')).toEqual(['required.pem', 'revoked', 'trust.pem']);
    const written: string[] = [];
    const watched: Host = {
      ...host,
      writeFile: async (path, ...rest) => {
        written.push(path);
        await host.writeFile(path, ...rest);
      },
    };
    must(await add(watched, { revoke: ['/two'] }));
    expect(written).toEqual([list]);
  });

  test('refuses what it names, and nothing else', async () => {
    const host = memoryHost(files, { now });
    expect(await verify(host, '/one')).toEqual([]);
    must(await add(host, { revoke: ['/one.pem'] }));
    expect(await verify(host, '/one')).toEqual(['key-revoked']);
    expect(await verify(host, '/two')).toEqual([]);
    must(await add(host, { revoke: ['/two'] }));
    expect(await verify(host, '/two')).toEqual(['seal-revoked']);
  });

  test('of a bundle refuses it under any signature', async () => {
    const host = memoryHost(files, { now });
    must(await add(host, { revoke: ['/unsigned'] }));
    expect(await verify(host, '/one')).toEqual(['seal-revoked']);
  });

  test('may be empty, for a store that wants one', async () => {
    const host = memoryHost(files, { now });
    const required = ['/etc/required.pem'];
    expect(await verify(host, '/one', required)).toEqual(['revocation-missing']);
    must(await add(host, {}));
    expect(await verify(host, '/one', required)).toEqual([]);
  });
});

describe('is refused', () => {
  test('without a trust store for the list that is there', async () => {
    const host = memoryHost(files, { now });
    must(await add(host, { trust: [] }));
    expect(kinds(await add(host, { trust: [] }))).toEqual(['revocation-untrusted']);
    must(await add(host, {}));
  });

  test('a number that does not rise, a clock that went back', async () => {
    const host = memoryHost(files, { now });
    must(await add(host, { number: 7n }));
    for (const number of [1n, 7n])
      expect(kinds(await add(host, { number }))).toEqual(['revocation-number']);
    const earlier = { ...host, now: () => now - 1 };
    expect(kinds(await add(earlier, {}))).toEqual(['revocation-date']);
  });

  test('a signer whom the store does not lead to; nothing is written then', async () => {
    const host = memoryHost(files, { now });
    expect(kinds(await add(host, { signer: stranger }))).toEqual(['chain-no-anchor']);
    expect(await host.list('/etc')).toEqual(['required.pem', 'trust.pem']);
  });

  test('what is neither bundle nor certificate', async () => {
    const host = memoryHost(files, { now });
    expect(kinds(await add(host, { revoke: ['/junk'] }))).toEqual(['certificates-missing']);
    expect(kinds(await add(host, { revoke: ['/none'] }))).toEqual(['revoke-missing']);
    expect(kinds(await showRevocations(host, '/none', []))).toEqual(['revocation-missing']);
  });
});

describe('a list that is there but bad refuses every bundle', () => {
  /** Of a list with one entry, which is after the header. */
  const end = 0x48;
  const change = async (host: Host, how: (bytes: Uint8Array) => Uint8Array): Promise<void> =>
    host.writeFile(list, how((await host.readFile(list)) ?? new Uint8Array()));
  const damaged: Readonly<Record<string, readonly [(host: Host) => Promise<void>, string]>> = {
    'without its signature': [
      (host) => change(host, (bytes) => bytes.slice(0, end)),
      'revocation-unsigned',
    ],
    'without the list': [
      (host) => change(host, (bytes) => bytes.slice(end)),
      'revocation-malformed',
    ],
    'with a byte after it': [
      (host) => change(host, (bytes) => Uint8Array.from([...bytes, 0])),
      'signature-form',
    ],
    'with a changed entry': [
      (host) => change(host, (bytes) => bytes.with(end - 1, (bytes[end - 1] ?? 0) ^ 1)),
      'signature-wrong',
    ],
    'by a stranger': [
      async (host) => {
        const other = memoryHost({}, { now });
        must(await revoke(other, { ...base, path: '/x', trust: [], signer: stranger }));
        await host.writeFile(list, (await other.readFile('/x')) ?? new Uint8Array());
      },
      'chain-no-anchor',
    ],
  };
  test.each(Object.entries(damaged))('%s', async (_what, [damage, kind]) => {
    const host = memoryHost(files, { now });
    must(await add(host, { revoke: ['/one.pem'] }));
    await damage(host);
    expect(await verify(host, '/two')).toEqual([kind]);
    expect(kinds(await add(host, {}))).toEqual([kind]);
  });

  test('and two stores in two folders, each with a list', async () => {
    const host = memoryHost({ ...files, '/b/trust.pem': writePem(root.der) }, { now });
    must(await add(host, {}));
    must(await add(host, { path: '/b/revoked' }));
    expect(await verify(host, '/one', ['/etc/trust.pem', '/b/trust.pem'])).toEqual([
      'revocation-several',
    ]);
  });
});
