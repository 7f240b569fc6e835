import { beforeAll, describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { inspectBundle } from '../../pipeline/seal/inspect.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { kinds, must } from '../fixtures/results.ts';
import { type Changes, sampleBundle, sampleParts } from '../fixtures/sample-bundle.ts';

let keys: TestKeys;
let good = new Uint8Array();
beforeAll(async () => {
  keys = await testKeys({ chain: true, kind: 'development' });
  good = Uint8Array.from(await sampleBundle(keys.signer));
});

const hostWith = (bundle: Uint8Array) =>
  memoryHost({ '/b': bundle, '/trust.pem': keys.file('trust.pem').bytes }, { now });

const verify = (bundle: Uint8Array, trust: readonly string[] = ['/trust.pem'], at = now) =>
  verifyBundle(hostWith(bundle), '/b', { trust, now: at });

describe('a bundle', () => {
  test('is verified, and the report says by whom and what', async () => {
    const report = must(await verify(good));
    const [signature] = report.signatures;
    expect(signature.signer).toBe('OU=crashseal DEVELOPMENT KEY, CN=Sample Signer');
    expect(signature.development).toBe(true);
    expect(report).toMatchObject({ threshold: 1, notCounted: [], revocations: undefined });
    expect(signature.chain.map(({ subject }) => subject.replace(/^.*CN=/, ''))).toEqual([
      'Sample Signer',
      'Sample Signer intermediate',
      'Sample Signer root',
    ]);
    expect(report.members.map(({ name }) => name)).toEqual([
      'manifest.json',
      'kernel',
      'initramfs.base',
      'elfcorehdr',
      'purgatory',
    ]);
    expect(report.seal).toEqual(sampleParts().seal);
  });

  test('is verified at the time of the host when no other is given', async () => {
    const result = await verifyBundle(hostWith(good), '/b', { trust: ['/trust.pem'] });
    expect(kinds(result)).toEqual([]);
  });

  test('is inspected without trust, and says that nothing was verified', async () => {
    const seen = must(await inspectBundle(hostWith(good), '/b'));
    expect(seen.verified).toBe(false);
    expect(seen.signatures).toMatchObject([{ kind: 'present', development: true }]);
    expect(seen.purgatory).toMatchObject({
      console: { kind: 'portUart', base: 0x3f8n, baud: 115200 },
      policy: [{ kind: 'message' }, { kind: 'reset' }],
    });
    expect(seen.purgatory?.regions.map(({ digest }) => digest !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(seen.manifest).toMatchObject({ profile: 'sample', commandLine: 'console=ttyS0' });
  });

  test('is inspected when it is not signed, or badly', async () => {
    const unsigned = must(await inspectBundle(hostWith(await sampleBundle(undefined)), '/b'));
    expect(unsigned.signatures).toEqual([]);
  });
});

describe('a bundle is refused', () => {
  test('that is not there, not signed, or signed by a stranger', async () => {
    const missing = await verifyBundle(hostWith(good), '/none', { trust: ['/trust.pem'] });
    expect(kinds(missing)).toEqual(['bundle-missing']);
    expect(kinds(await verify(await sampleBundle(undefined)))).toEqual(['bundle-not-signed']);
    const stranger = await testKeys();
    expect(kinds(await verify(await sampleBundle(stranger.signer)))).toEqual(['chain-no-anchor']);
  });

  test('when nobody is trusted', async () => {
    expect(kinds(await verify(good, []))).toEqual(['trust-missing']);
    expect(kinds(await verify(good, ['/none.pem']))).toEqual(['certificates-missing']);
  });

  test('before its build date, after its end, and when its signer has expired', async () => {
    const day = 86_400;
    expect(kinds(await verify(good, ['/trust.pem'], now + day))).toEqual([]);
    expect(kinds(await verify(good, ['/trust.pem'], now + day + 1))).toEqual(['bundle-expired']);
    expect(kinds(await verify(good, ['/trust.pem'], now + 31 * day))).toContain('chain-expired');
    const late = await sampleBundle(keys.signer, {
      seal: (seal) => ({ ...seal, notBefore: now + 1 }),
    });
    expect(kinds(await verify(late))).toContain('bundle-not-yet');
  });

  const kernelRegion = 0x340 + 0x60;
  test.each<[string, Changes, readonly string[]]>([
    [
      'with a member that was changed after it was sealed',
      {
        members: (members) =>
          members.map((one) =>
            one.name === 'kernel' ? { ...one, bytes: one.bytes.map((byte) => byte ^ 1) } : one,
          ),
      },
      ['member-digest'],
    ],
    [
      'with a member of another size',
      {
        members: (members) =>
          members.map((one) =>
            one.name === 'kernel' ? { ...one, bytes: one.bytes.slice(1) } : one,
          ),
      },
      ['member-size'],
    ],
    [
      'with a member that is missing',
      { members: (members) => members.slice(0, -1) },
      ['member-missing'],
    ],
    [
      'without a member that every bundle has',
      {
        members: (members) => members.slice(0, -1),
        seal: (seal) => ({
          ...seal,
          members: seal.members.slice(0, -1),
          segments: seal.segments.slice(0, -1),
          live: seal.live.filter(({ segment }) => segment !== 3),
          entry: { segment: 0, offset: 0n },
        }),
      },
      ['member-required'],
    ],
    [
      'with a member that is not sealed',
      { members: (members) => [...members, { name: 'boot_params', bytes: Uint8Array.of(1) }] },
      ['member-not-sealed'],
    ],
    [
      'with a manifest that says something else',
      { manifest: (manifest) => ({ ...manifest, commandLine: 'quiet' }) },
      ['manifest-disagrees'],
    ],
    [
      'with a purgatory that would check another kernel',
      {
        purgatory: (image) => {
          image[kernelRegion + 0x30] = (image[kernelRegion + 0x30] ?? 0) ^ 1;
        },
      },
      ['seal-fault'],
    ],
    [
      'with a purgatory that would check less',
      {
        purgatory: (image) => {
          image[kernelRegion + 0x28] = 0;
        },
      },
      ['seal-fault', 'seal-fault'],
    ],
    [
      'with a policy that is not the digested one',
      {
        purgatory: (image) => {
          image[0x78] = 4;
        },
      },
      ['seal-fault'],
    ],
    [
      'with a region that nobody takes the digest of',
      {
        seal: (seal) => ({
          ...seal,
          live: seal.live.filter(({ source, about }) => source !== 'digest' || about !== 2),
        }),
      },
      ['seal-fault', 'manifest-disagrees'],
    ],
    [
      'with a live value in bytes that have their digest already',
      {
        seal: (seal) => ({
          ...seal,
          live: [
            ...seal.live.slice(0, 1),
            ...seal.live.slice(0, 1).map((one) => ({ ...one, segment: 0, offset: 8n })),
            ...seal.live.slice(1),
          ],
        }),
      },
      ['seal-fault', 'manifest-disagrees'],
    ],
    [
      'with a live value in the part of the head that has its digest already',
      {
        seal: (seal) => ({
          ...seal,
          live: seal.live.map((one, index) => (index === 0 ? { ...one, offset: 0x78n } : one)),
        }),
      },
      ['seal-fault', 'seal-fault', 'manifest-disagrees'],
    ],
    [
      'with a head that nobody takes the digest of',
      {
        seal: (seal) => ({
          ...seal,
          live: seal.live.filter(({ source, about }) => source !== 'digest' || about !== 3),
        }),
      },
      ['seal-fault', 'manifest-disagrees'],
    ],
    [
      'that enters the capture kernel past purgatory',
      { seal: (seal) => ({ ...seal, entry: { segment: 0, offset: 0n } }) },
      ['seal-fault', 'manifest-disagrees'],
    ],
    [
      'whose purgatory starts inside of its member',
      {
        seal: (seal) => ({
          ...seal,
          segments: seal.segments.map((one) =>
            one.kind === 'purgatory' ? { ...one, bufOffset: 4n, bufsz: one.bufsz - 4n } : one,
          ),
        }),
      },
      ['seal-fault', 'manifest-disagrees'],
    ],
    [
      'with a seal that breaks its rules',
      { seal: (seal) => ({ ...seal, crashSize: 0x1000n }) },
      ['seal-fault', 'seal-fault', 'seal-fault', 'seal-fault'],
    ],
  ])('%s', async (_, changes, expected) => {
    const result = await verify(await sampleBundle(keys.signer, changes));
    expect(kinds(result)).toEqual(expected);
  });
});
