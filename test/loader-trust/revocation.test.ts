// What is in the signed list beside the trust store counts no longer; a list that is no good is a refusal.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encode } from '../../pipeline/format/layout.ts';
import {
  revocationEntry,
  revocationKinds,
  revocationList,
  revocationMagic,
  revocationVersion,
} from '../../pipeline/format/revocation-layout.ts';
import { developmentUnit, writePem } from '../../pipeline/sign/certificate.ts';
import { loaderDriver } from '../support/loader-host.ts';
import {
  authority,
  Bench,
  bundleWith,
  certificate,
  day,
  keyOf,
  now,
  sealBytes,
  signature,
  type Verdict,
  withSignatures,
} from './bundles.ts';

const folder = 'out/test/loader-revocation';
let bench: Bench;
let root: Uint8Array;
let middle: Uint8Array;
let leaf: Uint8Array;
let guard: Uint8Array;
beforeAll(() => {
  bench = new Bench(loaderDriver('check'), folder);
  root = authority('root', 'root');
  middle = authority('middle', 'root', { authorityOver: 0 });
  leaf = certificate('signer', 'middle');
  guard = certificate('guard', 'root');
});
beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
});

type Entry = { readonly kind: number; readonly digest: Uint8Array<ArrayBuffer> };
const digest = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(createHash('sha256').update(bytes).digest());
const ofCertificate = (der: Uint8Array): Entry => ({
  kind: revocationKinds.certificate.code,
  digest: digest(der),
});
const ofSeal = (seal: Uint8Array): Entry => ({
  kind: revocationKinds.seal.code,
  digest: digest(seal),
});
const sorted = (entries: readonly Entry[]): readonly Entry[] =>
  entries.toSorted((a, b) => a.kind - b.kind || Buffer.compare(a.digest, b.digest));

const listOf = (
  entries: readonly Entry[],
  change: { version?: number; count?: number; date?: bigint } = {},
) =>
  Uint8Array.from(
    Buffer.concat([
      encode(revocationList, {
        magic: revocationMagic,
        version: change.version ?? revocationVersion,
        count: change.count ?? entries.length,
        number: 3n,
        date: change.date ?? BigInt(now),
      }),
      ...entries.map((entry) => encode(revocationEntry, entry)),
    ]),
  );
const signedByGuard = (list: Uint8Array): Uint8Array =>
  signature([guard], keyOf('guard'), Uint8Array.from(list));

function put(list: Uint8Array, p7s = signedByGuard(list)): void {
  writeFileSync(join(folder, 'revoked'), Buffer.concat([list, p7s]));
}
const verify = (settings = ''): Promise<Verdict> =>
  bench.verify(signature([leaf, middle], keyOf('signer')), settings + writePem(root));

describe('a bundle is refused as revoked', () => {
  const cases: Readonly<Record<string, readonly [() => Entry, string]>> = {
    'when its signer is': [() => ofCertificate(leaf), 'certificate-revoked'],
    'when an authority above is': [() => ofCertificate(middle), 'certificate-revoked'],
    'when the anchor is': [() => ofCertificate(root), 'certificate-revoked'],
    'when its seal is': [() => ofSeal(sealBytes), 'none'],
  };
  test.each(Object.entries(cases))('%s', async (_name, [entry, why]) => {
    // The guard's own chain ends at the root as well, so it gets another anchor for itself.
    const others = [
      ofCertificate(keyBytes('a')),
      ofSeal(keyBytes('b')),
      ofCertificate(keyBytes('c')),
    ];
    put(listOf(sorted([entry(), ...others])));
    const verdict = await bench.verify(
      signature([leaf, middle], keyOf('signer')),
      writePem(root) + writePem(guard),
    );
    expect(verdict.detail).toBe(why);
    expect(verdict.status).toBe('revoked');
    expect(verdict.hint).not.toBe('');
  });
  const keyBytes = (text: string): Uint8Array => Buffer.from(text);

  test('unless there is another anchor with the key of the one that is', async () => {
    put(listOf([ofCertificate(root)]));
    const anew = authority('root', 'root');
    for (const anchors of [
      [root, anew, guard],
      [anew, root, guard],
    ]) {
      const verdict = await bench.verify(
        signature([leaf, middle], keyOf('signer')),
        anchors.map(writePem).join(''),
      );
      expect(verdict.status).toBe('ok');
    }
  });

  test('and a seal with a good second signature still counts when the first signer is revoked', async () => {
    put(listOf([ofCertificate(leaf)]));
    const other = signature([certificate('other', 'root')], keyOf('other'));
    const bundle = withSignatures(
      await bundleWith({ 'seal.p7s': signature([leaf, middle], keyOf('signer')) }),
      [other],
    );
    const anchors = bench.file('anchors.pem', writePem(root));
    const verdict = bench.verdict('verify', bench.file('bundle', bundle), anchors, String(now));
    expect(verdict).toMatchObject({
      status: 'ok',
      found: ['other', 'production', expect.any(String)],
    });
  });
});

test('a bundle that is not in the list is good, and without a list too', async () => {
  expect((await verify()).status).toBe('ok');
  put(listOf([]));
  expect((await verify()).status).toBe('ok');
  put(listOf(sorted([ofCertificate(guard), ofSeal(leaf), ofCertificate(sealBytes)])));
  expect((await verify('revocation: required\n')).status).toBe('ok');
});

test('a store that wants a list is no good without one', async () => {
  const verdict = await verify('revocation: required\n');
  expect(verdict).toMatchObject({ status: 'no-trust', detail: 'file-missing' });
});

describe('a list is no good', () => {
  const good = () => listOf(sorted([ofCertificate(leaf), ofSeal(sealBytes)]));
  const entries = () => sorted([ofCertificate(leaf), ofCertificate(middle)]);
  const bad: Readonly<Record<string, readonly [() => void, string]>> = {
    'without its signature': [() => put(good(), new Uint8Array()), 'list-unsigned'],
    'when only its signature is there': [
      () => put(new Uint8Array(), signedByGuard(good())),
      'list-version',
    ],
    'with a byte after its signature': [
      () => put(good(), Uint8Array.from([...signedByGuard(good()), 0])),
      'list-signature-form',
    ],
    'with a signature that is too large': [
      () => put(good(), new Uint8Array((64 << 10) + 1)),
      'list-signature-large',
    ],
    'when it was changed': [() => put(listOf([]), signedByGuard(good())), 'list-stranger'],
    'when a stranger signed it': [
      () => put(good(), signature([certificate('guard', 'nobody')], keyOf('guard'), good())),
      'list-stranger',
    ],
    'when an expired key signed it': [
      () =>
        put(
          good(),
          signature(
            [certificate('guard', 'root', { notAfter: now - day + 1 })],
            keyOf('guard'),
            good(),
          ),
        ),
      'list-stranger',
    ],
    'when a development key signed it': [
      () => {
        const subject = { commonName: 'guard', organizationalUnit: developmentUnit };
        put(good(), signature([certificate('guard', 'root', { subject })], keyOf('guard'), good()));
      },
      'list-stranger',
    ],
    'with a signature that is none': [() => put(good(), Uint8Array.of(1)), 'list-signature-form'],
    'when it is empty': [() => put(new Uint8Array(), new Uint8Array()), 'list-short'],
    'of another version': [() => put(listOf([], { version: 2 })), 'list-version'],
    'that says that it has more than the file': [
      () => put(listOf(entries(), { count: 1000 })),
      'list-count',
    ],
    'that says that it has more': [
      () => put(listOf(entries(), { count: 3 })),
      'list-signature-form',
    ],
    'that says that it has less': [
      () => put(listOf(entries(), { count: 1 })),
      'list-signature-form',
    ],
    'of a date that is none': [() => put(listOf([], { date: 2n ** 40n })), 'list-date'],
    'whose size overflows': [() => put(listOf([], { count: 0xffffffff })), 'list-count'],
    'with more than 1024 entries': [
      () =>
        put(
          listOf(
            sorted(Array.from({ length: 1025 }, (_, i) => ofCertificate(Buffer.from(String(i))))),
          ),
        ),
      'list-count',
    ],
    'with a kind that is not known': [
      () => put(listOf([{ kind: 4, digest: digest(leaf) }])),
      'list-kind',
    ],
    'with reserved bytes': [
      () => {
        const list = listOf(entries());
        list[0x20 + 5] = 1;
        put(list);
      },
      'list-kind',
    ],
    'out of order': [() => put(listOf(entries().toReversed())), 'list-order'],
    'with an entry twice': [
      () => put(listOf([ofCertificate(leaf), ofCertificate(leaf)])),
      'list-order',
    ],
  };
  test.each(Object.entries(bad))('%s', async (_name, [make, why]) => {
    make();
    const verdict = await verify();
    expect(verdict.detail).toBe(why);
    expect(verdict.status).toBe('no-trust');
    expect(verdict.hint).not.toBe('');
  });
});
