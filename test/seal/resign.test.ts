/**
 * A bundle gets other signatures without being built again. What was sealed stays as it was, byte by
 * byte, and a bundle that is not as it was sealed gets no signature at all.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { fail } from '../../pipeline/problem/result.ts';
import { packBundle, unpackBundle } from '../../pipeline/seal/archive.ts';
import { type Resigning, resignBundle } from '../../pipeline/seal/resign.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { type Certificate, writePem } from '../../pipeline/sign/certificate.ts';
import type { Signer } from '../../pipeline/sign/sign.ts';
import { defaultSettings, renderTrustStore } from '../../pipeline/sign/trust-store.ts';
import { words } from '../../pipeline/units/words.ts';
import { now } from '../fixtures/now.ts';
import { kinds, must } from '../fixtures/results.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';
import { authorityOf, certificateOf, signerOf } from '../sign/pool.ts';

const names = ['one', 'two', 'three', 'four', 'five'] as const;
let root: Certificate;
const signers = new Map<string, Signer>();
const signer = (name: (typeof names)[number]): Signer => signers.get(name) as Signer;
let folder = '';
beforeAll(() => {
  root = authorityOf('root', 'root');
  for (const name of names) signers.set(name, signerOf(name, certificateOf(name, 'root')));
  folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hostWith = (bundle: Uint8Array, threshold = 1): Host =>
  memoryHost(
    {
      '/b': bundle,
      '/trust.pem': renderTrustStore({ ...defaultSettings, threshold }, [writePem(root.der)]),
    },
    { now },
  );
const resign = (host: Host, resigning: Resigning, to = '/b') =>
  resignBundle(host, '/b', to, resigning);
const verify = (host: Host) => verifyBundle(host, '/b', { trust: ['/trust.pem'] });
const membersOf = async (host: Host, path = '/b') =>
  must(await unpackBundle((await host.readFile(path)) ?? new Uint8Array()));
const sealedOf = async (host: Host, path = '/b') =>
  (await membersOf(host, path))
    .filter(({ name }) => !name.endsWith('.p7s'))
    .map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')]);
const signersOf = (report: Awaited<ReturnType<typeof resign>>) =>
  must(report).signatures.map((one) => one.signer.replace('CN=', ''));

describe('resign', () => {
  test('replaces, adds and drops signatures; what is sealed stays byte by byte', async () => {
    const host = hostWith(await sampleBundle(signer('one')));
    const sealed = await sealedOf(host);
    const step = async (resigning: Resigning, left: readonly string[]) => {
      expect(signersOf(await resign(host, resigning))).toEqual(left);
      expect(await sealedOf(host)).toEqual(sealed);
      const { signatures } = must(await verify(host));
      expect(signatures.map((one) => one.signer)).toEqual(left.map((name) => `CN=${name}`));
    };
    await step({ kind: 'replace', signer: signer('two') }, ['two']);
    await step({ kind: 'add', signer: signer('three') }, ['two', 'three']);
    await step({ kind: 'add', signer: signer('one') }, ['two', 'three', 'one']);
    await step({ kind: 'drop', number: 2 }, ['two', 'one']);
    await step({ kind: 'drop', number: 1 }, ['one']);
    await step({ kind: 'add', signer: signer('four') }, ['one', 'four']);
    await step({ kind: 'replace', signer: signer('five') }, ['five']);
    expect((await membersOf(host)).map(({ name }) => name).slice(0, 3)).toEqual([
      'seal.bin',
      'seal.p7s',
      'manifest.json',
    ]);
  });

  test('gives the very bundle that a build with that key gives', async () => {
    const host = hostWith(await sampleBundle(signer('one')));
    must(await resign(host, { kind: 'replace', signer: signer('two') }));
    const built = await sampleBundle(signer('two'));
    expect(Buffer.compare((await host.readFile('/b')) ?? new Uint8Array(), built)).toBe(0);
  });

  test('signs a bundle that was built unsigned, and leaves that as it is', async () => {
    const unsigned = await sampleBundle(undefined);
    const host = hostWith(unsigned);
    must(await resign(host, { kind: 'add', signer: signer('one') }, '/signed'));
    expect(kinds(await verify(host))).toEqual(['bundle-not-signed']);
    const report = await verifyBundle(host, '/signed', { trust: ['/trust.pem'] });
    expect(kinds(report)).toEqual([]);
    expect(await sealedOf(host, '/signed')).toEqual(await sealedOf(host));
  });

  test('makes a bundle good for a store that wants two keys', async () => {
    const host = hostWith(await sampleBundle(signer('one')), 2);
    expect(kinds(await verify(host))).toEqual(['too-few-signatures']);
    must(await resign(host, { kind: 'add', signer: signer('two') }));
    expect(kinds(await verify(host))).toEqual([]);
  });

  test('refuses the same key twice, a fifth signature, and to leave none', async () => {
    const host = hostWith(await sampleBundle(names.slice(0, 4).map(signer)));
    const before = await host.readFile('/b');
    const refused = async (resigning: Resigning, kind: string) =>
      expect(kinds(await resign(host, resigning))).toEqual([kind]);
    await refused({ kind: 'add', signer: signer('five') }, 'resign-too-many');
    await refused({ kind: 'drop', number: 5 }, 'resign-no-such');
    await refused({ kind: 'drop', number: 0 }, 'resign-no-such');
    expect(await host.readFile('/b')).toBe(before);
    must(await resign(host, { kind: 'drop', number: 4 }));
    await refused({ kind: 'add', signer: signer('two') }, 'resign-same-key');
    must(await resign(host, { kind: 'replace', signer: signer('two') }));
    await refused({ kind: 'drop', number: 1 }, 'resign-last');
  });

  test('writes nothing when the signer fails or signs something else', async () => {
    const host = hostWith(await sampleBundle(signer('one')));
    const before = await host.readFile('/b');
    const failed = fail({
      area: 'sign',
      kind: 'signer-failed',
      signer: 's',
      exitCode: 1,
      said: '',
    });
    const bad: readonly (readonly [Signer['sign'], string])[] = [
      [async () => failed, 'signer-failed'],
      [() => signer('two').sign(Uint8Array.of(1)), 'signer-wrong'],
    ];
    for (const [sign, kind] of bad) {
      const resigning = { kind: 'replace', signer: { ...signer('two'), sign } } as const;
      expect(kinds(await resign(host, resigning))).toEqual([kind]);
      expect(await host.readFile('/b')).toBe(before);
    }
  });

  test('vouches for no bundle that is not as it was sealed', async () => {
    const members = must(await unpackBundle(await sampleBundle(signer('one'))));
    const kernel = members.find(({ name }) => name === 'kernel')?.bytes ?? new Uint8Array();
    const other = Uint8Array.from(kernel);
    other[0] = (other[0] ?? 0) ^ 1;
    const changed = members.map((member) =>
      member.name === 'kernel' ? { ...member, bytes: other } : member,
    );
    const host = hostWith(await packBundle(changed));
    const result = await resign(host, { kind: 'replace', signer: signer('two') });
    expect(kinds(result)).toEqual(['member-digest']);
  });
});

describe('openssl', () => {
  test('accepts every signature of a bundle', async () => {
    const bundle = await sampleBundle(names.slice(0, 4).map(signer));
    writeFileSync(join(folder, 'b.crashseal'), bundle);
    writeFileSync(join(folder, 'root.pem'), writePem(root.der));
    execFileSync('tar', ['-xf', 'b.crashseal'], { cwd: folder });
    for (const p7s of ['seal.p7s', 'seal.2.p7s', 'seal.3.p7s', 'seal.4.p7s']) {
      const { stderr } = spawnSync(
        'openssl',
        words`
          cms -verify -binary -purpose any -inform DER -in ${p7s}
          -content seal.bin -CAfile root.pem -out x -attime ${now}
        `,
        { cwd: folder, encoding: 'utf8' },
      );
      expect(stderr, p7s).toContain('CMS Verification successful');
    }
  });
});

describe('an archive is refused', () => {
  test('with a gap between signatures, and with one after what is sealed', async () => {
    const members = must(await unpackBundle(await sampleBundle([signer('one'), signer('two')])));
    const [seal, first, second, ...rest] = members;
    if (seal === undefined || first === undefined || second === undefined) throw new Error();
    const kindsOf = async (list: typeof members) =>
      kinds(await unpackBundle(await packBundle(list)));
    expect(await kindsOf([seal, second, ...rest])).toEqual(['archive-signature-gap']);
    expect(await kindsOf([seal, first, { ...second, name: 'seal.3.p7s' }, ...rest])).toEqual([
      'archive-signature-gap',
    ]);
    expect(await kindsOf([seal, first, second, ...rest])).toEqual([]);
    const late = packBundle([seal, first, ...rest, second]);
    await expect(late).rejects.toThrow('cannot stand after');
  });
});
