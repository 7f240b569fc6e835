/** What no loader would take is not signed: whoever signs learns it, and not the machines at night. */
import { describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { ok } from '../../pipeline/problem/result.ts';
import { commandSigner } from '../../pipeline/sign/external-signer.ts';
import { signDetached, trySigner } from '../../pipeline/sign/sign.ts';
import { now } from '../fixtures/now.ts';
import { kinds } from '../fixtures/results.ts';
import { authorityOf, certificateOf, keyOf, signerOf } from './pool.ts';

const seal = new TextEncoder().encode('a seal');
const root = authorityOf('root', 'root');
const middle = authorityOf('middle', 'root');
const leaf = certificateOf('one', 'middle');

describe('is refused when signing:', () => {
  const refused = {
    'the root in the chain': [[leaf, middle, root], 'signer-root'],
    'the root alone after the signer': [[certificateOf('one', 'root'), root], 'signer-root'],
    'an authority that did not issue the signer': [
      [leaf, authorityOf('other', 'root')],
      'signer-order',
    ],
    'an authority of the right name with another key': [
      [leaf, authorityOf('middle', 'root', { subjectKey: keyOf('two') })],
      'signer-order',
    ],
    'an authority that may not issue': [[leaf, certificateOf('middle', 'root')], 'chain-key-usage'],
    'nine certificates': [[leaf, ...Array.from({ length: 8 }, () => middle)], 'signer-too-many'],
  } as const;
  test.each(Object.entries(refused))('%s', async (_what, [certificates, kind]) => {
    const signer = signerOf('one', ...certificates);
    expect(kinds(await signDetached(seal, signer, now))).toEqual([kind]);
    expect(kinds(await trySigner(signer, now))).toEqual([kind]);
  });

  test.each([
    ['SHA-1', '05'],
    ['RSA-PSS', '0a'],
  ])('a certificate signed with %s', async (_what, last) => {
    const { algorithm } = leaf;
    const other = Uint8Array.from(algorithm).with(12, Number.parseInt(last, 16));
    const signer = signerOf('one', { ...leaf, algorithm: other }, middle);
    expect(kinds(await signDetached(seal, signer, now))).toEqual(['signer-algorithm']);
  });

  test('and a good chain is not', async () => {
    expect(kinds(await trySigner(signerOf('one', leaf, middle), now))).toEqual([]);
    expect(kinds(await trySigner(signerOf('one', certificateOf('one', 'one')), now))).toEqual([]);
  });
});

describe('before anything is built, a signer is tried:', () => {
  test('a command that fails', async () => {
    const external = { certificates: [leaf, middle], timeoutMs: 60_000 };
    const failing = commandSigner(realHost(), 'echo no token >&2; exit 3', external);
    expect(kinds(await trySigner(failing, now))).toEqual(['signer-failed']);
  });
  test('a command that answers with something else', async () => {
    const signer = { ...signerOf('one', leaf, middle), sign: async () => ok(new Uint8Array(256)) };
    expect(kinds(await trySigner(signer, now))).toEqual(['signer-wrong']);
  });
  test('a certificate that has expired', async () => {
    const signer = signerOf('one', leaf, middle);
    expect(kinds(await trySigner(signer, leaf.notAfter + 1))).toEqual(['chain-expired']);
  });
});
