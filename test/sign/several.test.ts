/**
 * A bundle is accepted when enough different keys signed it that the trust store leads to. A signature
 * that does not count takes nothing away from one that does, and adds nothing to it.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Certificate } from '../../pipeline/sign/certificate.ts';
import { renderCms } from '../../pipeline/sign/forge.ts';
import { encodeRevocationList, type RevocationList } from '../../pipeline/sign/revocation.ts';
import { type Signer, signDetached } from '../../pipeline/sign/sign.ts';
import {
  type Trust,
  verifyRevocations,
  verifySignatures,
} from '../../pipeline/sign/verify-signature.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { day, now } from '../fixtures/now.ts';
import { kinds, must } from '../fixtures/results.ts';
import {
  authorityOf,
  certificateOf,
  changed,
  developmentName,
  keyOf,
  signerOf,
  trustOf,
} from './pool.ts';

const seal = new TextEncoder().encode('CRSHSEAL and what follows');

let root: Certificate;
let stranger: Certificate;
let one: Signer;
let two: Signer;
let three: Signer;
let unknown: Signer;
beforeAll(() => {
  root = authorityOf('root', 'root');
  stranger = authorityOf('stranger', 'stranger');
  one = signerOf('one', certificateOf('one', 'root'));
  two = signerOf('two', certificateOf('two', 'root'));
  three = signerOf('three', certificateOf('three', 'root'));
  unknown = signerOf('unknown', certificateOf('unknown', 'stranger'));
});

/** What no signer makes, because it looks at its own certificate first. */
const forced = async (signer: Signer, content: Uint8Array = seal): Promise<Uint8Array> => {
  const [leaf] = signer.certificates;
  if (leaf === undefined) throw new Error();
  return renderCms({
    certificates: signer.certificates.map(({ der }) => der),
    issuer: leaf.issuer,
    serial: leaf.serial,
    signature: must(await signer.sign(content)),
  });
};

const verify = async (signers: readonly Signer[], trust: Trust, at = now) =>
  verifySignatures(seal, await Promise.all(signers.map((one) => forced(one))), trust, at);

describe('with a threshold of', () => {
  test('one, any good signature will do, wherever it stands', async () => {
    const trust = trustOf([root]);
    for (const signers of [[one], [one, unknown], [unknown, one], [unknown, unknown, two]])
      must(await verify(signers, trust));
    const told = must(await verify([unknown, one, two], trust));
    expect(told.good.map(({ signer }) => signer.subjectText)).toEqual(['CN=one', 'CN=two']);
    expect(told.refused).toMatchObject([{ number: 1, why: { kind: 'chain-no-anchor' } }]);
    expect(kinds(await verify([unknown], trust))).toEqual(['chain-no-anchor']);
  });

  test('two, two keys of three must have signed', async () => {
    const trust = trustOf([root], { threshold: 2 });
    for (const signers of [
      [one, two],
      [three, one],
      [unknown, two, three],
      [one, unknown, two],
    ])
      must(await verify(signers, trust));
    expect(kinds(await verify([one], trust))).toEqual(['too-few-signatures']);
    expect(kinds(await verify([one, unknown], trust))).toEqual(['too-few-signatures']);
    expect(kinds(await verify([unknown], trust))).toEqual(['chain-no-anchor']);
  });

  test('two, one key counts once, under any certificate', async () => {
    const trust = trustOf([root], { threshold: 2 });
    const again = signerOf(
      'one',
      certificateOf('another name', 'root', { subjectKey: keyOf('one') }),
    );
    for (const signers of [
      [one, one],
      [one, again],
      [one, again, one, again],
    ])
      expect(await verify(signers, trust)).toMatchObject({
        problems: [{ kind: 'too-few-signatures', good: 1, threshold: 2 }],
      });
  });

  test('two, a bad one is not made up for by its place', async () => {
    const trust = trustOf([root], { threshold: 2 });
    const expired = signerOf('two', certificateOf('two', 'root', { notAfter: now - 1 }));
    for (const signers of [
      [one, expired],
      [expired, one],
    ])
      expect(kinds(await verify(signers, trust))).toEqual(['too-few-signatures']);
  });
});

describe('in a rotation', () => {
  test('stores of either root accept a bundle that both have signed, and each its own alone', async () => {
    const [before, after] = [trustOf([root]), trustOf([stranger])];
    for (const trust of [before, after, trustOf([root, stranger])])
      must(await verify([one, unknown], trust));
    must(await verify([one], before));
    must(await verify([unknown], after));
    expect(kinds(await verify([one], after))).toEqual(['chain-no-anchor']);
    expect(kinds(await verify([unknown], before))).toEqual(['chain-no-anchor']);
  });
});

describe('a signature that does not count', () => {
  const refused: Readonly<Record<string, readonly [() => Signer, string]>> = {
    expired: [
      () => signerOf('two', certificateOf('two', 'root', { notAfter: now - 1 })),
      'chain-expired',
    ],
    'not yet valid': [
      () => signerOf('two', certificateOf('two', 'root', { notBefore: now + 1 })),
      'chain-not-yet-valid',
    ],
    'self-signed and unknown': [
      () => signerOf('two', certificateOf('two', 'two')),
      'chain-no-anchor',
    ],
    'of an authority': [() => signerOf('two', authorityOf('two', 'root')), 'chain-key-usage'],
    'under a certificate that is no authority': [
      () => signerOf('two', certificateOf('two', 'three'), certificateOf('three', 'root')),
      'chain-key-usage',
    ],
    'of a development key': [
      () => signerOf('two', certificateOf('two', 'root', { subject: developmentName('two') })),
      'development-key',
    ],
    'with a key for something else': [
      () => signerOf('two', changed(certificateOf('two', 'root'), 'root', '03020780', '03020520')),
      'chain-key-usage',
    ],
    'with a critical extension that is not known': [
      // Key usage, which is critical, under a name that nobody knows.
      () =>
        signerOf('two', changed(certificateOf('two', 'root'), 'root', '0603551d0f', '0603551d63')),
      'chain-critical-extension',
    ],
    'by another key than its certificate has': [
      () => ({ ...two, sign: three.sign }),
      'signature-wrong',
    ],
  };
  test.each(Object.entries(refused))(
    '%s: says why alone, and spoils no good one',
    async (_, [bad, kind]) => {
      const trust = trustOf([root]);
      expect(kinds(await verify([bad()], trust))).toEqual([kind]);
      const beside = must(await verify([bad(), one], trust));
      expect(beside.refused).toMatchObject([{ number: 1, why: { kind } }]);
      expect(kinds(await verify([bad(), one], { ...trust, threshold: 2 }))).toEqual([
        'too-few-signatures',
      ]);
    },
  );

  test('when malformed, refuses the bundle', async () => {
    const good = await forced(one);
    for (const bad of [good.slice(0, -1), Uint8Array.of(0x30, 0), new Uint8Array()])
      for (const both of [
        [good, bad],
        [bad, good],
      ])
        expect(kinds(verifySignatures(seal, both, trustOf([root]), now))).toEqual([
          'signature-form',
        ]);
  });

  test('over something else is not counted', async () => {
    const other = await forced(two, seal.slice(1));
    const trust = trustOf([root], { threshold: 2 });
    expect(kinds(verifySignatures(seal, [await forced(one), other], trust, now))).toEqual([
      'too-few-signatures',
    ]);
  });
});

describe('development keys', () => {
  test('are accepted by a store that says so, with any certificate of the chain marked', async () => {
    const marked = authorityOf('marked', 'marked', {
      subject: developmentName('marked'),
      issuer: developmentName('marked'),
    });
    const below = signerOf(
      'two',
      certificateOf('two', 'marked', { issuer: developmentName('marked') }),
    );
    expect(kinds(await verify([below], trustOf([marked])))).toEqual(['development-key']);
    const told = must(await verify([below], trustOf([marked], { development: true })));
    expect(told.good[0].development).toBe(true);
  });
});

describe('a revocation', () => {
  const listOf = (...certificates: readonly Certificate[]): RevocationList => ({
    number: 7n,
    date: now,
    entries: certificates.map(({ der }) => ({ kind: 'certificate', digest: sha256(der) })),
  });
  const leafOf = (signer: Signer): Certificate => signer.certificates[0] as Certificate;

  test('of a signer takes its signature away, and no other', async () => {
    const trust = trustOf([root], {}, listOf(leafOf(one)));
    expect(await verify([one], trust)).toMatchObject({
      problems: [{ kind: 'certificate-revoked', subject: 'CN=one', number: 7n }],
    });
    must(await verify([two], trust));
    must(await verify([one, two], trust));
    expect(kinds(await verify([one, two], { ...trust, threshold: 2 }))).toEqual([
      'too-few-signatures',
    ]);
    // The key is the same, the certificate is another one.
    must(await verify([signerOf('one', certificateOf('one', 'root'))], trust));
  });

  test('of an intermediate or of a root takes every signature below it away', async () => {
    const middle = authorityOf('middle', 'root', { authorityOver: 0 });
    const below = signerOf('two', certificateOf('two', 'middle'), middle);
    must(await verify([below], trustOf([root], {}, listOf(leafOf(one)))));
    for (const revoked of [middle, root])
      expect(kinds(await verify([below], trustOf([root], {}, listOf(revoked))))).toEqual([
        'certificate-revoked',
      ]);
  });

  test('of an anchor leaves another one of its name and key', async () => {
    const again = authorityOf('root', 'root');
    for (const anchors of [
      [root, again],
      [again, root],
    ]) {
      const { good } = must(await verify([one], trustOf(anchors, {}, listOf(root))));
      expect(good[0].chain.at(-1)).toBe(again);
      expect(kinds(await verify([one], trustOf(anchors, {}, listOf(root, again))))).toEqual([
        'certificate-revoked',
      ]);
    }
  });

  test('counts only in a list that is signed by one whom the store leads to', async () => {
    const list = encodeRevocationList(listOf(leafOf(two)));
    const store = trustOf([root]);
    const file = (p7s: Uint8Array) => ({
      path: 'revoked',
      bytes: Uint8Array.from([...list, ...p7s]),
    });
    const check = async (signer: Signer, at = now) =>
      kinds(verifyRevocations(file(await forced(signer, list)), store, at));
    expect(await check(one)).toEqual([]);
    expect(await check(unknown)).toEqual(['chain-no-anchor']);
    expect(await check(one, now + 2 * day)).toEqual(['chain-expired']);
    const unsigned = file(new Uint8Array());
    expect(kinds(verifyRevocations(unsigned, store, now))).toEqual(['revocation-unsigned']);
    const other = file(await forced(one, seal));
    expect(kinds(verifyRevocations(other, store, now))).toEqual(['signature-wrong']);
    must(await signDetached(list, one, now));
  });
});
