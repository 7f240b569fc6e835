/** Who gives a key where a certificate or a bundle is wanted is told so, and nothing of the key is shown. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readCertificateFiles } from '../../pipeline/cli/signing.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { explain, type Problem } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { inspectBundle } from '../../pipeline/seal/inspect.ts';
import { revoke, showRevocations } from '../../pipeline/seal/revoke.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { readSigner } from '../../pipeline/sign/sign.ts';
import { readTrustStore } from '../../pipeline/sign/trust-store.ts';
import { holdsPrivateKey, isPrivateKeyDer } from '../../pipeline/units/private-key.ts';
import { now } from '../fixtures/now.ts';
import { problemsOf } from '../fixtures/results.ts';
import { certificateOf, keyOf, signerOf } from './pool.ts';

const key = keyOf('one').export({ type: 'pkcs8', format: 'pem' }).toString();
const secret = 'correct horse battery staple';
const leaf = certificateOf('one', 'one');

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const host = () => memoryHost({ '/key': key, '/secret': secret, '/etc/x': key }, { now });
const signer = signerOf('one', leaf);

const readers: Readonly<Record<string, (path: string) => Promise<Result<unknown>>>> = {
  'a trust store': (path) => verifyBundle(host(), '/secret', { trust: [path] }),
  'a bundle to look at': (path) => inspectBundle(host(), path),
  'what is to be revoked': (path) =>
    revoke(host(), { path: '/list', revoke: [path], trust: [], number: undefined, signer }),
  'a revocation list': (path) => showRevocations(host(), path, []),
  "the signer's certificate": async (path) =>
    readSigner(
      { path, bytes: bytesOf(key) },
      { path, bytes: bytesOf(path === '/key' ? key : secret) },
    ),
};

const wordsOf = (problems: readonly Problem[]): string =>
  problems
    .map((problem) => {
      const { message, notes, hint } = explain(problem);
      return [message, ...notes, hint, JSON.stringify(problem)].join('\n');
    })
    .join('\n');

test.each(Object.entries(readers))('given as %s, a key is not quoted', async (_what, read) => {
  const words = wordsOf(problemsOf(await read('/key')));
  expect(words).not.toBe('');
  for (const line of key.split('\n').filter((one) => one !== '')) expect(words).not.toContain(line);
});

test.each(Object.entries(readers))('given as %s, any text is not quoted', async (_what, read) => {
  const words = wordsOf(problemsOf(await read('/secret')));
  expect(words).not.toBe('');
  for (const word of secret.split(' ')) expect(words).not.toContain(word);
});

test.each(Object.entries(readers).filter(([what]) => what !== 'a revocation list'))(
  'given as %s, a key is recognised',
  async (_what, read) => {
    expect(wordsOf(problemsOf(await read('/key')))).toContain('/key is a private key');
  },
);

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const binary: Readonly<Record<string, Buffer>> = {
  'PKCS#8': keyOf('one').export({ type: 'pkcs8', format: 'der' }),
  'PKCS#8 of a curve': ec.export({ type: 'pkcs8', format: 'der' }),
  'PKCS#8 of Ed25519': generateKeyPairSync('ed25519').privateKey.export({
    type: 'pkcs8',
    format: 'der',
  }),
  'PKCS#8, encrypted': keyOf('one').export({
    type: 'pkcs8',
    format: 'der',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  }),
  'PKCS#1': keyOf('one').export({ type: 'pkcs1', format: 'der' }),
  SEC1: ec.export({ type: 'sec1', format: 'der' }),
  'PKCS#12': Buffer.from('3082030002010330820200060909', 'hex'),
  'SSH2 text': Buffer.from('---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAAi4AAAA3\n'),
  PuTTY: Buffer.from('PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPublic-Lines: 6\n'),
  age: Buffer.from('AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n'),
};

describe.each(Object.entries(binary))('a key in the form %s', (_form, bytes) => {
  const files = () => memoryHost({ '/key': Uint8Array.from(bytes), '/x': secret }, { now });
  test.each<[string, () => Promise<Result<unknown>>]>([
    ['a trust store', () => verifyBundle(files(), '/x', { trust: ['/key'] })],
    ['a bundle', () => inspectBundle(files(), '/key')],
    [
      'what is to be revoked',
      () =>
        revoke(files(), { path: '/list', revoke: ['/key'], trust: [], number: undefined, signer }),
    ],
    ['a certificate', () => readCertificateFiles(files(), ['/key'])],
    [
      "the signer's certificate",
      async () =>
        readSigner(
          { path: '/x', bytes: bytesOf(key) },
          { path: '/key', bytes: Uint8Array.from(bytes) },
        ),
    ],
  ])('is recognised as %s, and not quoted', async (what, read) => {
    const result = await read();
    // Text is joined first, and looked at afterwards.
    if (what === 'a certificate' && result.ok) return expect(isPrivateKeyDer(bytes)).toBe(false);
    const words = wordsOf(problemsOf(result));
    expect(words).toContain('/key is a private key');
    for (const part of bytes.toString('latin1').match(/[\w/+]{9,}/g) ?? [])
      expect(words).not.toContain(part);
  });
});

test('what is public is not taken for a private key', () => {
  const publicKey = createPublicKey(keyOf('one'));
  for (const bytes of [
    leaf.der,
    publicKey.export({ type: 'spki', format: 'der' }),
    publicKey.export({ type: 'pkcs1', format: 'der' }),
    new Uint8Array(),
    Uint8Array.of(0x30),
    Uint8Array.of(0x30, 0x84, 0xff),
  ])
    expect(holdsPrivateKey(bytes)).toBe(false);
  const store = writePem(leaf.der);
  const noted = `# not a PRIVATE KEY-----\n${store}`;
  expect(readTrustStore({ path: 'x', bytes: bytesOf(noted) }).ok).toBe(
    readTrustStore({ path: 'x', bytes: bytesOf(store) }).ok,
  );
});

test('a key after certificates makes no trust store', () => {
  const store = readTrustStore({ path: 'x', bytes: bytesOf(writePem(leaf.der) + key) });
  expect(problemsOf(store)).toMatchObject([{ kind: 'private-key-given' }]);
});
