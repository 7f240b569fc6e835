import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { writePem } from '../../pipeline/sign/certificate.ts';
import {
  defaultSettings,
  mergeTrustStores,
  readTrustStore,
  renderTrustStore,
} from '../../pipeline/sign/trust-store.ts';
import { kinds, must } from '../fixtures/results.ts';
import { authorityOf } from './pool.ts';

const pem = writePem(authorityOf('root', 'root').der);
const read = (text: string) => readTrustStore({ path: 't', bytes: new TextEncoder().encode(text) });

test('without settings a store has the defaults', () => {
  expect(must(read(pem))).toMatchObject(defaultSettings);
});

test('settings stand before the first certificate, with comments, in any order', () => {
  const text = `# Fleet\r\n\nrevocation: required\r\ndevelopment: accept\nthreshold: 3\n\n${pem}`;
  expect(must(read(text))).toMatchObject({
    threshold: 3,
    development: true,
    revocationRequired: true,
  });
});

test('after the first certificate there are comments and certificates alone', () => {
  must(read(`${pem}# one\n\n${pem}\r\n# two`));
  expect(kinds(read(`${pem}threshold: 3\n${pem}`))).toEqual(['trust-setting']);
  expect(kinds(read(`${pem}any words\n`))).toEqual(['trust-setting']);
});

test('one certificate in DER is a store', () => {
  const { der } = authorityOf('root', 'root');
  expect(must(readTrustStore({ path: 't', bytes: der })).anchors).toHaveLength(1);
  const longer = Uint8Array.from([...der, 0]);
  expect(kinds(readTrustStore({ path: 't', bytes: longer }))).toEqual(['certificate-malformed']);
});

test.each([
  ['without an end', pem.replace(/-----END.*\n/, '')],
  ['without content', pem.replace(/(-----BEGIN.*\n)[^-]*/, '$1')],
  ['with a blank in it', pem.replace('\nM', '\n M')],
  ['with half a group of base64', pem.replace(/.=*\n-----END/, '\n-----END')],
  ['with a header', pem.replace('-----\n', '-----\nName: value\n')],
])('a certificate %s is refused', (_what, text) => {
  expect(read(`# one\n${text}`)).toMatchObject({
    problems: [{ kind: 'trust-certificate', line: 2 }],
  });
});

test('an anchor has an RSA key that loaders take', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const weak = authorityOf('weak', 'weak', { subjectKey: privateKey, issuerKey: privateKey });
  expect(kinds(read(pem + writePem(weak.der)))).toEqual(['trust-key']);
});

test.each([
  'threshold: 0',
  'threshold: 5',
  'threshold: two',
  'threshold:2',
  'threshold : 2',
  ' threshold: 2',
  'threshold: 2 ',
  'threshold: 02',
  'Threshold: 2',
  'development: refuse',
  'development: true',
  'revocation: optional',
  'constructor: accept',
  'development: constructor',
  'any words',
  '\u00a0',
])('"%s" is no setting', (line) => {
  expect(read(`# one\n${line}\n${pem}`)).toMatchObject({
    problems: [{ kind: 'trust-setting', line: 2 }],
  });
});

test('a setting stands once, and every mistake is told', () => {
  expect(kinds(read(`threshold: 2\nthreshold: 2\nhuh\n${pem}`))).toEqual([
    'trust-setting-twice',
    'trust-setting',
  ]);
});

test('there must be certificates, and at most 16', () => {
  expect(kinds(read('threshold: 2\n'))).toEqual(['certificates-missing']);
  expect(kinds(read(''))).toEqual(['certificates-missing']);
  must(read(pem.repeat(16)));
  expect(kinds(read(pem.repeat(17)))).toEqual(['trust-too-many']);
});

describe('what is written', () => {
  const all = { threshold: 4, development: true, revocationRequired: true };
  test.each([
    defaultSettings,
    { ...all, attested: 'passed' } as const,
    { ...all, attested: 'warned' } as const,
  ])('is read back: %j', (settings) => {
    expect(must(read(renderTrustStore(settings, [pem])))).toMatchObject(settings);
  });
});

test('of several stores the strictest terms count', () => {
  const strict = must(
    read(`threshold: 2\nrevocation: required\nrequire: test-crash-warned\n${pem}`),
  );
  const lax = must(read(`development: accept\n${pem}`));
  const tried = must(read(`require: test-crash\n${pem}`));
  expect(mergeTrustStores([strict, lax])).toMatchObject({
    threshold: 2,
    development: false,
    revocationRequired: true,
    attested: 'warned',
    anchors: [{}, {}],
  });
  expect(mergeTrustStores([strict, tried])).toMatchObject({ attested: 'passed' });
});
