/** Who gives a key where a certificate or a bundle is wanted is told so, and nothing of the key is shown. */
import { expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { explain, type Problem } from '../../pipeline/problem/problem.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { inspectBundle } from '../../pipeline/seal/inspect.ts';
import { revoke, showRevocations } from '../../pipeline/seal/revoke.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { readSigner } from '../../pipeline/sign/sign.ts';
import { readTrustStore } from '../../pipeline/sign/trust-store.ts';
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

test('a key after certificates makes no trust store', () => {
  const store = readTrustStore({ path: 'x', bytes: bytesOf(writePem(leaf.der) + key) });
  expect(problemsOf(store)).toMatchObject([{ kind: 'private-key-given' }]);
});
