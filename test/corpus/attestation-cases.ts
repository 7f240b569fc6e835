/** What must be attested, and what attests nothing. */
import { developmentUnit, writePem } from '../../pipeline/sign/certificate.ts';
import { encodeRevocationList } from '../../pipeline/sign/revocation.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { attested, statementOf, tester } from '../fixtures/attestations.ts';
import { leaf, middle, packParts, root, signerKey, smallParts } from '../fixtures/small-bundle.ts';
import { authority, certificate, keyOf, now, signature } from '../loader-trust/bundles.ts';
import { extension, raw, rawCertificate } from '../loader-trust/raw-certificate.ts';
import type { Case } from './cases.ts';

const parts = smallParts();
const bytes = () => packParts(parts);
const pem = writePem(root);
const passed = () => `require: test-crash\n${pem}`;
const warned = () => `require: test-crash-warned\n${pem}`;
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

const good = statementOf(parts.seal);
/** The good statement with some of its words exchanged, signed. */
const changed = (from: string | RegExp, to: string): Uint8Array =>
  attested(
    Uint8Array.from(Buffer.from(Buffer.from(good).toString('latin1').replace(from, to), 'latin1')),
  );

const testersRoot = authority('lab', 'lab', { tester: true });
const labTester = certificate('tester', 'lab', { tester: true });
const unit = { commonName: 'tester', organizationalUnit: developmentUnit };
const trial = certificate('tester', 'root', { tester: true, subject: unit });

const withPurposes = (...extensions: readonly Uint8Array[]): Uint8Array =>
  rawCertificate('tester', 'root', {
    extensions: [extension(19, raw('3000')), extension(15, raw('03020780')), ...extensions],
  });

type Entry = Omit<Case, 'name' | 'bytes'> & Partial<Pick<Case, 'bytes'>>;
const no = (detail: string, attestation: () => Uint8Array, trust = passed): Entry => ({
  trust,
  attestation,
  status: 'noAttestation',
  detail,
});
const yes = (attestation: () => Uint8Array, trust = passed): Entry => ({
  trust,
  attestation,
  status: 'ok',
});

const cases: Readonly<Record<string, Entry>> = {
  'none, and none is required': { status: 'ok' },
  'none, where one is required': {
    trust: passed,
    status: 'noAttestation',
    detail: 'file-missing',
  },
  passed: yes(() => attested(good)),
  'passed, where warnings are taken': yes(() => attested(good), warned),
  warned: no('attestation-result', () =>
    attested(statementOf(parts.seal, { result: 'WARNED', warned: ['x'] })),
  ),
  'warned, where warnings are taken': yes(
    () => attested(statementOf(parts.seal, { result: 'WARNED', warned: ['x'] })),
    warned,
  ),
  failed: no('attestation-result', () =>
    attested(statementOf(parts.seal, { result: 'FAILED', failed: ['x'] })),
  ),
  'failed, where warnings are taken': no(
    'attestation-result',
    () => attested(statementOf(parts.seal, { result: 'FAILED', failed: ['x'] })),
    warned,
  ),
  'failed, and none is required': {
    attestation: () => attested(statementOf(parts.seal, { result: 'FAILED' })),
    status: 'ok',
  },
  'of another seal': no('attestation-seal', () => attested(statementOf(parts.seal.slice(1)))),
  'of another seal, whose digest is none': no('attestation-seal', () =>
    changed(/"sha256":"..../, '"sha256":"zzzz'),
  ),
  'with another predicate': no('attestation-predicate', () =>
    changed('attestation/test-result/v0.1', 'attestation/test-result/v0.2'),
  ),
  'by an unknown key': no('attestation-stranger', () =>
    attested(good, [certificate('stranger', 'stranger', { tester: true })], keyOf('stranger')),
  ),
  'by a signer of bundles': no('attestation-stranger', () =>
    attested(good, [leaf, middle], signerKey),
  ),
  'by one whose certificate has no extended key usage': no('attestation-stranger', () =>
    attested(good, [withPurposes()]),
  ),
  'by one whose certificate is for anything': no('attestation-stranger', () =>
    attested(good, [withPurposes(extension(37, raw('30060604551d2500')))]),
  ),
  'by one whose certificate is for both': yes(() =>
    attested(good, [
      withPurposes(
        extension(37, raw('302006082b0601050507030306146982e1c286df9da9f2abe586b7cfbe8df9e6ee79')),
      ),
    ]),
  ),
  'by a tester of an authority': yes(() =>
    attested(good, [certificate('tester', 'middle', { tester: true }), middle]),
  ),
  'by a tester of an authority that issues signers of code alone': no('attestation-stranger', () =>
    attested(good, [
      certificate('tester', 'middle', { tester: true }),
      rawCertificate('middle', 'root', {
        extensions: [
          extension(19, raw('30060101ff020100')),
          extension(15, raw('03020106')),
          extension(37, raw('300a06082b06010505070303')),
        ],
      }),
    ]),
  ),
  'by a tester of a root of testers': yes(
    () => attested(good, [labTester]),
    () => `${passed()}${writePem(testersRoot)}`,
  ),
  'by a tester of a root that nobody trusts': no('attestation-stranger', () =>
    attested(good, [labTester]),
  ),
  'by a tester who is an anchor': yes(
    () => attested(good),
    () => `${passed()}${writePem(tester)}`,
  ),
  'by a tester whose certificate has ended': no('attestation-stranger', () =>
    attested(good, [certificate('tester', 'root', { tester: true, notAfter: now - 1 })]),
  ),
  'by a tester whose certificate begins later': no('attestation-stranger', () =>
    attested(good, [certificate('tester', 'root', { tester: true, notBefore: now + 1 })]),
  ),
  'by a development key': no('attestation-stranger', () => attested(good, [trial])),
  'by a development key, where such are taken': yes(
    () => attested(good, [trial]),
    () => `development: accept\n${passed()}`,
  ),
  'by a revoked tester': {
    ...no('attestation-stranger', () => attested(good)),
    revoked: () => {
      const list = encodeRevocationList({
        number: 7n,
        date: now - 100,
        entries: [{ kind: 'certificate', digest: sha256(tester) }],
      });
      return joinBytes([list, signature([leaf, middle], signerKey, list)]);
    },
  },
  'a bundle that a tester signed': {
    bytes: () => packParts(parts, { p7s: signature([tester], keyOf('tester'), parts.seal) }),
    status: 'badChain',
    detail: 'other-purpose',
  },
  "a bundle by a signer of the testers' root": {
    bytes: () =>
      packParts(parts, {
        p7s: signature([certificate('signer', 'lab')], signerKey, parts.seal),
      }),
    trust: () => writePem(testersRoot),
    status: 'badChain',
    detail: 'other-purpose',
  },
  'a revocation list that a tester signed': {
    revoked: () => {
      const list = encodeRevocationList({ number: 7n, date: now - 100, entries: [] });
      return joinBytes([list, signature([tester], keyOf('tester'), list)]);
    },
    status: 'noTrust',
    detail: 'list-stranger',
  },
  'with a damaged statement': no('attestation-stranger', () => {
    const file = attested(good);
    file[200] = (file[200] ?? 0) ^ 1;
    return file;
  }),
  'with the signature of another statement': no('attestation-stranger', () => {
    const other = signature([tester], keyOf('tester'), statementOf(parts.seal.slice(1)));
    return joinBytes([good, other]);
  }),
  'with a malformed signature': no('attestation-form', () =>
    joinBytes([good, Uint8Array.of(0x30, 0)]),
  ),
  'without its signature': no('attestation-form', () => good),
  'cut by a byte': no('attestation-form', () => attested(good).slice(0, -1)),
  'with a byte after it': no('attestation-form', () =>
    joinBytes([attested(good), Uint8Array.of(0)]),
  ),
  'with a signature of more than 64 KiB': no('attestation-form', () =>
    joinBytes([good, Uint8Array.of(0x30, 0x82, 0xff, 0xff), new Uint8Array(0xffff)]),
  ),
  'a file that is empty': no('file-empty', () => new Uint8Array()),
  'a file of 256 KiB and a byte': no('file-large', () => new Uint8Array((256 << 10) + 1)),
  'a line that never ends': no('attestation-form', () => new Uint8Array(256 << 10).fill(0x61)),
  'a statement of another form': no('attestation-form', () =>
    attested(text('{"_type":"https://in-toto.io/Statement/v1"}\n')),
  ),
  'a statement that ends after its digest': no('attestation-form', () =>
    attested(text(`${Buffer.from(good).toString().slice(0, 150)}]}}\n`)),
  ),
  'a statement with a space more': no('attestation-form', () => changed('{"_type":', '{"_type": ')),
  'a statement with a second subject': no('attestation-form', () =>
    changed('"}}],"pred', '"}},{"name":"x","digest":{"sha256":""}}],"pred'),
  ),
  'a statement with a letter beyond ASCII': no('attestation-form', () =>
    changed('dump', 'd\u00fcmp'),
  ),
  'a statement with an unknown result': no('attestation-form', () => changed('PASSED', 'passed')),
  'a statement with another end': no('attestation-form', () => changed(']}}\n', '] }}\n')),
  'a statement whose rest is no JSON': {
    ...yes(() => changed('"passedTests":[', '"passedTests":[[')),
    tool: 'toolOnly',
  },
  'a statement with a key twice': {
    ...yes(() => changed('"warnedTests"', '"result":"FAILED","warnedTests"')),
    tool: 'toolOnly',
  },
  'two, the second of which is good': yes(() =>
    joinBytes([attested(statementOf(parts.seal.slice(1))), attested(good)]),
  ),
  'two, the first of which is good': yes(() =>
    joinBytes([attested(good), attested(good, [leaf, middle], signerKey)]),
  ),
  'two, none of which is good': no('attestation-seal', () =>
    joinBytes([
      attested(statementOf(parts.seal.slice(1))),
      attested(good, [leaf, middle], signerKey),
    ]),
  ),
  'a good one and a malformed one': no('attestation-form', () =>
    joinBytes([attested(good), good, Uint8Array.of(0x30, 0)]),
  ),
  'eight of one': yes(() => joinBytes(Array.from({ length: 8 }, () => attested(good)))),
  'nine of one': no('attestation-form', () =>
    joinBytes(Array.from({ length: 9 }, () => attested(good))),
  ),
  'a store that requires something else': {
    trust: () => `require: a-look\n${pem}`,
    status: 'noTrust',
    detail: 'store-line',
  },
  'a store that requires twice': {
    trust: () => `require: test-crash\nrequire: test-crash-warned\n${pem}`,
    status: 'noTrust',
    detail: 'store-line',
  },
  'none, and the bundle has expired': {
    trust: passed,
    at: now + 10,
    bytes: () => packParts(smallParts({ seal: (seal) => ({ ...seal, notAfter: now + 5 }) })),
    status: 'expired',
  },
  'none, and a member has changed': {
    trust: passed,
    bytes: async () => {
      const bundle = await packParts(parts);
      const at = bundle.length - 2048;
      bundle[at] = (bundle[at] ?? 0) ^ 1;
      return bundle;
    },
    status: 'noAttestation',
    detail: 'file-missing',
  },
};

export const attestationCases: readonly Case[] = Object.entries(cases).map(([name, one]) => ({
  name: `attestation: ${name}`,
  bytes,
  ...one,
}));
