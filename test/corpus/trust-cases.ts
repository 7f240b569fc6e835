/** Signers whom a trust store does not want, or not alone; what is revoked; stores and lists that are none. */
import { createPublicKey, type KeyObject, sign as signWith } from 'node:crypto';
import { revocationEntry, revocationList } from '../../pipeline/format/revocation-layout.ts';
import { type MemberName, packBundle } from '../../pipeline/seal/archive.ts';
import { developmentUnit, parseCertificate, writePem } from '../../pipeline/sign/certificate.ts';
import { encodeRevocationList, type Revoked } from '../../pipeline/sign/revocation.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { must } from '../fixtures/results.ts';
import {
  leaf,
  middle,
  packParts,
  root,
  sign,
  signerKey,
  smallParts,
} from '../fixtures/small-bundle.ts';
import { authority, certificate, keyOf, now, signature } from '../loader-trust/bundles.ts';
import { raw, rawCertificate, rawCms } from '../loader-trust/raw-certificate.ts';
import type { Case } from './cases.ts';
import { withExponent } from './rsa-exponent.ts';

const parts = smallParts();
const good = () => packParts(parts);
const pem = writePem(root);
const second = () => signature([certificate('second', 'root')], keyOf('second'), parts.seal);
const stranger = () =>
  signature([certificate('stranger', 'stranger')], keyOf('stranger'), parts.seal);

/** The bundle with these signatures, under these names. */
const signedBy = (...signatures: readonly (readonly [MemberName, Uint8Array])[]) =>
  packBundle([
    { name: 'seal.bin', bytes: parts.seal },
    ...signatures.map(([name, bytes]) => ({ name, bytes })),
    ...parts.members,
  ]);
const inOrder = (...signatures: readonly Uint8Array[]) => {
  const names = ['seal.p7s', 'seal.2.p7s', 'seal.3.p7s', 'seal.4.p7s'] as const;
  return signedBy(...signatures.map((p7s, index) => [names[index] ?? 'seal.p7s', p7s] as const));
};

const list = (entries: readonly Revoked[] = []): Uint8Array =>
  encodeRevocationList({ number: 7n, date: now - 100, entries });
const listed = (bytes: Uint8Array, p7s = sign(bytes)): Uint8Array =>
  Uint8Array.from(Buffer.concat([bytes, p7s]));
const entry = (kind: Revoked['kind'], bytes: Uint8Array): Revoked => ({
  kind,
  digest: sha256(bytes),
});
const patched = (at: number, value: number, bytes = list([entry('seal', root)])): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
};
const other = entry('certificate', new Uint8Array(1));

/** Another certificate of the root's name and key. */
const again = authority('root', 'root');
const anchored = (...anchors: readonly Uint8Array[]): string => anchors.map(writePem).join('');
const revoking = (...certificates: readonly Uint8Array[]): Uint8Array => {
  const bytes = list(certificates.map((der) => entry('certificate', der)));
  return listed(bytes, byAnother(bytes));
};

const keyEntry = (name: string): Revoked =>
  entry('key', createPublicKey(keyOf(name)).export({ type: 'spki', format: 'der' }));
const revokingKeys = (name: string): Uint8Array => {
  const bytes = list([keyEntry(name)]);
  return listed(bytes, byAnother(bytes));
};

/** By the signer's modulus with another exponent, in a certificate of its own. */
const otherExponent = (): Uint8Array => {
  const key = withExponent(signerKey, 3n);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return rawSigned(rawCertificate('signer', 'root', { publicKey }), key);
};
/** Nothing is wrong with this signature's form; the certificate's algorithm is none. */
const brokenAlgorithm = (): Uint8Array =>
  rawSigned(
    rawCertificate('second', 'root', { algorithm: raw('300d06092a864886f70d01018b0500') }),
    keyOf('second'),
  );
const rawSigned = (der: Uint8Array, key: KeyObject): Uint8Array => {
  const { issuer, serial } = must(parseCertificate(der, 'test'));
  return rawCms([der], issuer, serial, signWith('sha256', parts.seal, key));
};

const unit = { organizationalUnit: developmentUnit };
const trial = () =>
  authority('trial', 'trial', {
    subject: { commonName: 'trial', ...unit },
    issuer: { commonName: 'trial', ...unit },
  });
const byTrial = (signed = parts.seal) =>
  packParts(parts, {
    p7s: signature(
      [certificate('signer', 'trial', { issuer: { commonName: 'trial', ...unit } })],
      signerKey,
      signed,
    ),
  });

type Entry = Omit<Case, 'name'>;

const cases: Readonly<Record<string, Entry>> = {
  'a development key, and nothing said of such': {
    bytes: byTrial,
    trust: () => writePem(trial()),
    status: 'developmentKey',
  },
  'a development key that is accepted': {
    bytes: byTrial,
    trust: () => `development: accept\n${writePem(trial())}`,
    status: 'ok',
  },
  'one signature of two that must be': {
    bytes: good,
    trust: () => `threshold: 2\n${pem}`,
    status: 'tooFewSignatures',
  },
  'two signatures of two that must be': {
    bytes: () => inOrder(parts.p7s, second()),
    trust: () => `threshold: 2\n${pem}`,
    status: 'ok',
  },
  'two signatures by one key of two that must be': {
    bytes: () => inOrder(parts.p7s, parts.p7s),
    trust: () => `threshold: 2\n${pem}`,
    status: 'tooFewSignatures',
  },
  'two certificates of one key of two that must be': {
    bytes: () =>
      inOrder(parts.p7s, signature([certificate('signer', 'root')], signerKey, parts.seal)),
    trust: () => `threshold: 2\n${pem}`,
    status: 'tooFewSignatures',
  },
  'two exponents with one modulus of two that must be': {
    bytes: () => inOrder(parts.p7s, otherExponent()),
    trust: () => `threshold: 2\n${pem}`,
    status: 'tooFewSignatures',
  },
  'a signature by another exponent of the same modulus': {
    bytes: () => inOrder(otherExponent()),
    status: 'ok',
  },
  'a broken algorithm beside a good signature': {
    bytes: () => inOrder(parts.p7s, brokenAlgorithm()),
    status: 'ok',
  },
  'a development mark after a byte order mark': {
    bytes: () =>
      packParts(parts, {
        p7s: signature(
          [
            certificate('signer', 'root', {
              subject: { commonName: 'signer', organizationalUnit: `\ufeff${developmentUnit}` },
            }),
          ],
          signerKey,
          parts.seal,
        ),
      }),
    status: 'ok',
  },
  'a store of 64 KiB': {
    bytes: good,
    trust: () => `#${'x'.repeat(65_536 - pem.length - 2)}\n${pem}`,
    status: 'ok',
  },
  'a store of a byte more than 64 KiB': {
    bytes: good,
    trust: () => `#${'x'.repeat(65_536 - pem.length - 1)}\n${pem}`,
    status: 'noTrust',
    detail: 'file-form',
  },
  'a revoked key, under the certificate that it had': {
    bytes: good,
    revoked: () => revokingKeys('signer'),
    status: 'revoked',
    detail: 'key-revoked',
  },
  'a revoked key, under a second certificate': {
    bytes: () => inOrder(signature([certificate('signer', 'root')], signerKey, parts.seal)),
    revoked: () => revokingKeys('signer'),
    status: 'revoked',
    detail: 'key-revoked',
  },
  'a revoked key of an authority, under a second certificate': {
    bytes: () =>
      inOrder(
        signature(
          [leaf, authority('middle', 'root', { notAfter: now + 50_000 })],
          signerKey,
          parts.seal,
        ),
      ),
    revoked: () => revokingKeys('middle'),
    status: 'revoked',
    detail: 'key-revoked',
  },
  'a revoked key of a root, cross-signed by another': {
    bytes: () =>
      inOrder(
        signature(
          [certificate('second', 'root'), authority('root', 'trial')],
          keyOf('second'),
          parts.seal,
        ),
      ),
    trust: () => anchored(authority('trial', 'trial')),
    revoked: () => {
      const bytes = list([keyEntry('root')]);
      const p7s = signature([certificate('stranger', 'trial')], keyOf('stranger'), bytes);
      return listed(bytes, p7s);
    },
    status: 'revoked',
    detail: 'key-revoked',
  },
  'a revoked key of a trust anchor': {
    bytes: good,
    revoked: () => revokingKeys('root'),
    status: 'revoked',
    detail: 'key-revoked',
  },
  'a revoked key of another': {
    bytes: good,
    revoked: () => revokingKeys('stranger'),
    status: 'ok',
  },
  'a revoked key, entered as a certificate': {
    bytes: good,
    revoked: () => {
      const bytes = list([{ ...keyEntry('signer'), kind: 'certificate' }]);
      return listed(bytes, byAnother(bytes));
    },
    status: 'ok',
  },
  "a stranger's signature in front of a good one": {
    bytes: () => inOrder(stranger(), parts.p7s),
    status: 'ok',
  },
  "a stranger's signature beside a good one, of two that must be": {
    bytes: () => inOrder(stranger(), parts.p7s),
    trust: () => `threshold: 2\n${pem}`,
    status: 'tooFewSignatures',
  },
  "two strangers' signatures": {
    bytes: () => inOrder(stranger(), stranger()),
    status: 'badChain',
    detail: 'no-anchor',
  },
  'a second signature over something else': {
    bytes: () => inOrder(signature([leaf, middle], signerKey), stranger()),
    status: 'badSignature',
  },
  'a malformed signature after a good one': {
    bytes: () => inOrder(parts.p7s, Uint8Array.of(0x30, 0)),
    status: 'badSignature',
    detail: 'cms-type',
  },
  'a malformed signature in front of a good one': {
    bytes: () => inOrder(Uint8Array.of(0x30, 0), parts.p7s),
    status: 'badSignature',
    detail: 'cms-type',
  },
  'a gap between signatures': {
    bytes: () => signedBy(['seal.p7s', parts.p7s], ['seal.3.p7s', second()]),
    status: 'badEnvelope',
    detail: 'archive-member-missing',
  },
  'a second signature without a first': {
    bytes: () => signedBy(['seal.2.p7s', parts.p7s]),
    status: 'badEnvelope',
    detail: 'archive-member-missing',
  },
  'a second signature of more than 64 KiB': {
    bytes: () => inOrder(parts.p7s, new Uint8Array((64 << 10) + 1)),
    status: 'badEnvelope',
    detail: 'archive-member-large',
  },
  'a store with an unknown setting': {
    bytes: good,
    trust: () => `colour: green\n${pem}`,
    status: 'noTrust',
    detail: 'store-line',
  },
  'a store with a threshold of 0': {
    bytes: good,
    trust: () => `threshold: 0\n${pem}`,
    status: 'noTrust',
    detail: 'store-line',
  },
  'a store with a threshold of 5': {
    bytes: good,
    trust: () => `threshold: 5\n${pem}`,
    status: 'noTrust',
    detail: 'store-line',
  },
  'a store with a threshold of 1 and more': {
    bytes: good,
    trust: () => `threshold: 1 or 2\n${pem}`,
    status: 'noTrust',
    detail: 'store-line',
  },
  'a store with a setting twice': {
    bytes: good,
    trust: () => `threshold: 1\nthreshold: 1\n${pem}`,
    status: 'noTrust',
    detail: 'store-line',
  },
  'a store with a setting and no certificate': {
    bytes: good,
    trust: () => 'threshold: 1\n',
    status: 'noTrust',
    detail: 'store-without',
  },
  'a store with more than 16 anchors': {
    bytes: good,
    trust: () => pem.repeat(17),
    status: 'noTrust',
    detail: 'too-many-anchors',
  },
  'a store with a key in it': {
    bytes: good,
    trust: () => pem + signerKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    status: 'noTrust',
    detail: 'store-private-key',
  },
  'no list, where one is required': {
    bytes: good,
    trust: () => `revocation: required\n${pem}`,
    status: 'noTrust',
    detail: 'file-missing',
  },
  'a list, where one is required': {
    bytes: good,
    trust: () => `revocation: required\n${pem}`,
    revoked: () => listed(list()),
    status: 'ok',
  },
  'a list with others': {
    bytes: good,
    revoked: () => listed(list([other])),
    status: 'ok',
  },
  'a revoked signer': {
    bytes: good,
    revoked: () => revoking(new Uint8Array(1), leaf),
    status: 'revoked',
    detail: 'certificate-revoked',
  },
  'a revoked authority': {
    bytes: good,
    revoked: () => revoking(middle),
    status: 'revoked',
    detail: 'certificate-revoked',
  },
  'a revoked trust anchor': {
    bytes: good,
    revoked: () => revoking(root),
    status: 'revoked',
    detail: 'certificate-revoked',
  },
  'a revoked trust anchor in front of another of its name and key': {
    bytes: good,
    trust: () => anchored(root, again),
    revoked: () => revoking(root),
    status: 'ok',
  },
  'a revoked trust anchor after another of its name and key': {
    bytes: good,
    trust: () => anchored(again, root),
    revoked: () => revoking(root),
    status: 'ok',
  },
  'two revoked trust anchors of one name and key': {
    bytes: good,
    trust: () => anchored(root, again),
    revoked: () => revoking(root, again),
    status: 'revoked',
    detail: 'certificate-revoked',
  },
  'a revoked signer whose signature is over something else': {
    bytes: () => packParts(parts, { p7s: sign(Uint8Array.of(0)) }),
    revoked: () => revoking(leaf),
    status: 'revoked',
    detail: 'certificate-revoked',
  },
  'a development key whose signature is over something else': {
    bytes: () => byTrial(Uint8Array.of(0)),
    trust: () => writePem(trial()),
    status: 'developmentKey',
  },
  'a revoked seal': {
    bytes: good,
    revoked: () => listed(list([entry('seal', parts.seal)])),
    status: 'revoked',
  },
  'a seal that is revoked as a certificate': {
    bytes: good,
    revoked: () => listed(list([entry('certificate', parts.seal)])),
    status: 'ok',
  },
  'a revoked signer beside another who is good': {
    bytes: () => inOrder(parts.p7s, second()),
    revoked: () => revoking(leaf),
    status: 'ok',
  },
  'a list without its signature': {
    bytes: good,
    revoked: () => list([other]),
    status: 'noTrust',
    detail: 'list-unsigned',
  },
  'a signature without its list': {
    bytes: good,
    revoked: () => sign(list()),
    status: 'noTrust',
    detail: 'list-version',
  },
  'a signature in front of its list': {
    bytes: good,
    revoked: () => listed(sign(list()), list()),
    status: 'noTrust',
    detail: 'list-version',
  },
  'a list signed by a stranger': {
    bytes: good,
    revoked: () =>
      listed(list(), signature([certificate('stranger', 'stranger')], keyOf('stranger'), list())),
    status: 'noTrust',
    detail: 'list-stranger',
  },
  "a list with another one's signature": {
    bytes: good,
    revoked: () => listed(list([other]), sign(list())),
    status: 'noTrust',
    detail: 'list-stranger',
  },
  'a list with a malformed signature': {
    bytes: good,
    revoked: () => listed(list(), Uint8Array.of(0x30)),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list with a signature cut by a byte': {
    bytes: good,
    revoked: () => listed(list(), sign(list()).slice(0, -1)),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list with a byte after its signature': {
    bytes: good,
    revoked: () => Uint8Array.from([...listed(list()), 0]),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list with its signature twice': {
    bytes: good,
    revoked: () => Uint8Array.from([...listed(list()), ...sign(list())]),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list with a signature of more than 64 KiB': {
    bytes: good,
    revoked: () => listed(list(), new Uint8Array((64 << 10) + 1)),
    status: 'noTrust',
    detail: 'list-signature-large',
  },
  'an empty file for a list': {
    bytes: good,
    revoked: () => new Uint8Array(),
    status: 'noTrust',
    detail: 'list-short',
  },
  'a list cut in its header': {
    bytes: good,
    revoked: () => list().slice(0, -1),
    status: 'noTrust',
    detail: 'list-short',
  },
  'a list cut in its entries': {
    bytes: good,
    revoked: () => list([other]).slice(0, -1),
    status: 'noTrust',
    detail: 'list-count',
  },
  'a list of another magic': {
    bytes: good,
    revoked: () => listed(patched(0, 0x41)),
    status: 'noTrust',
    detail: 'list-version',
  },
  'a list of a later version': {
    bytes: good,
    revoked: () => listed(patched(revocationList.fields.version.offset, 2)),
    status: 'noTrust',
    detail: 'list-version',
  },
  'a list that counts more than it has': {
    bytes: good,
    revoked: () => listed(patched(revocationList.fields.count.offset, 2)),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list that counts less than it has': {
    bytes: good,
    revoked: () => listed(patched(revocationList.fields.count.offset, 0)),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list whose count overflows': {
    bytes: good,
    revoked: () => listed(patched(revocationList.fields.count.offset + 3, 0xff)),
    status: 'noTrust',
    detail: 'list-count',
  },
  'a list with a byte too few in front of its signature': {
    bytes: good,
    revoked: () => listed(list([other]).slice(0, -1)),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list with a byte too many in front of its signature': {
    bytes: good,
    revoked: () => listed(Uint8Array.from([...list([other]), 0])),
    status: 'noTrust',
    detail: 'list-signature-form',
  },
  'a list with an entry of an unknown kind': {
    bytes: good,
    revoked: () => listed(patched(revocationList.size, 4)),
    status: 'noTrust',
    detail: 'list-kind',
  },
  'a list with a reserved byte': {
    bytes: good,
    revoked: () => listed(patched(revocationList.size + 4, 1)),
    status: 'noTrust',
    detail: 'list-kind',
  },
  'a list with an entry twice': {
    bytes: good,
    revoked: () => {
      const one = list([other]);
      const twice = Uint8Array.from([...one, ...one.slice(revocationList.size)]);
      twice[revocationList.fields.count.offset] = 2;
      return listed(twice);
    },
    status: 'noTrust',
    detail: 'list-order',
  },
  'a list out of order': {
    bytes: good,
    revoked: () => {
      const two = list([other, entry('seal', root)]);
      const [from, size] = [revocationList.size, revocationEntry.size];
      const swapped = Buffer.concat([
        two.subarray(0, from),
        two.subarray(from + size),
        two.subarray(from, from + size),
      ]);
      return listed(Uint8Array.from(swapped));
    },
    status: 'noTrust',
    detail: 'list-order',
  },
  'a list of a date that is none': {
    bytes: good,
    revoked: () => listed(patched(revocationList.fields.date.offset + 7, 0xff)),
    status: 'noTrust',
    detail: 'list-date',
  },
};

/** A list is not signed by whom it revokes. */
function byAnother(bytes: Uint8Array): Uint8Array {
  return signature([certificate('second', 'root')], keyOf('second'), bytes);
}

export const trustCases: readonly Case[] = Object.entries(cases).map(([name, one]) => ({
  name: `trust: ${name}`,
  ...one,
}));
