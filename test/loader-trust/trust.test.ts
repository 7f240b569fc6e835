import { execFileSync } from 'node:child_process';
import { createHash, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { developmentUnit, parseCertificate, writePem } from '../../pipeline/sign/certificate.ts';
import { renderCms } from '../../pipeline/sign/forge.ts';
import { words } from '../../pipeline/units/words.ts';
import { must } from '../fixtures/results.ts';
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
} from './bundles.ts';

let bench: Bench;
let root: Uint8Array;
let leaf: Uint8Array;
beforeAll(() => {
  bench = new Bench(loaderDriver('check'), 'out/test/loader-trust');
  root = authority('root', 'root');
  leaf = certificate('signer', 'root');
});

test('a signature that leads to a trust anchor is good, and says whose it is', async () => {
  const verdict = await bench.verify(signature([leaf], keyOf('signer')), [root]);
  expect(verdict).toMatchObject({ status: 'ok', message: '', hint: '' });
  expect(verdict.found).toEqual([
    'signer',
    'production',
    createHash('sha256').update(leaf).digest('hex'),
  ]);
});

test('a signature under an intermediate authority is good, and not without its certificate', async () => {
  const middle = authority('middle', 'root', { authorityOver: 0 });
  const below = certificate('signer', 'middle');
  const key = keyOf('signer');
  expect((await bench.verify(signature([below, middle], key), [root])).status).toBe('ok');
  // The anchor may also be the intermediate itself.
  expect((await bench.verify(signature([below], key), [middle])).status).toBe('ok');

  const without = await bench.verify(signature([below], key), [root]);
  expect(without.status).toBe('bad-chain');
  expect(without.detail).toBe('no-anchor');
  expect((await bench.verify(signature([middle, below], key), [root])).status).not.toBe('ok');
});

test('any of several trust anchors will do, in files with CRLF, comments between, or no last newline', async () => {
  const p7s = signature([leaf], keyOf('signer'));
  const others = [authority('another', 'another'), root].map(writePem);
  expect((await bench.verify(p7s, others.join('# some words\n\n'))).status).toBe('ok');
  expect((await bench.verify(p7s, others.join('').replaceAll('\n', '\r\n'))).status).toBe('ok');
  expect((await bench.verify(p7s, others.join('').trimEnd())).status).toBe('ok');
  const der = bench.file('anchor.der', root);
  const bundle = bench.file('bundle', await bundleWith({ 'seal.p7s': p7s }));
  expect(bench.verdict('verify', bundle, der, String(now)).status).toBe('ok');
});

test('keys made for development are told apart', async () => {
  const unit = { organizationalUnit: developmentUnit };
  const trial = authority('trial', 'trial', {
    subject: { commonName: 'trial', ...unit },
    issuer: { commonName: 'trial', ...unit },
  });
  const below = certificate('signer', 'trial', { issuer: { commonName: 'trial', ...unit } });
  const p7s = signature([below], keyOf('signer'));
  const refused = await bench.verify(p7s, [trial]);
  expect(refused.status).toBe('development-key');
  const accepted = await bench.verify(p7s, `development: accept\n${writePem(trial)}`);
  expect(accepted.status).toBe('ok');
  expect(accepted.found[1]).toBe('development');
});

test('a signer below an anchor made for development is one, whatever its own name', async () => {
  const unit = { commonName: 'trial', organizationalUnit: developmentUnit };
  const trial = authority('trial', 'trial', { subject: unit, issuer: unit });
  const middle = authority('middle', 'trial', { issuer: unit, authorityOver: 0 });
  const p7s = signature([certificate('signer', 'middle'), middle], keyOf('signer'));
  expect((await bench.verify(p7s, [trial])).status).toBe('development-key');
});

test('a name does not reach a terminal as it is', async () => {
  const odd = certificate('signer', 'root', { subject: { commonName: 'a\u001b[2Jé' } });
  const verdict = await bench.verify(signature([odd], keyOf('signer')), [root]);
  expect(verdict.found[0]).toBe('a\\x1b[2J\\xc3\\xa9');
});

describe('a chain is refused, and told why', () => {
  const refused: Readonly<
    Record<
      string,
      readonly [
        () => readonly Uint8Array[],
        string,
        { anchors?: () => readonly Uint8Array[]; at?: number }?,
      ]
    >
  > = {
    'from an unknown issuer': [() => [certificate('signer', 'stranger')], 'no-anchor'],
    'of a signer who vouches for itself': [() => [certificate('signer', 'signer')], 'no-anchor'],
    'with the name of an anchor, but another key': [
      () => [certificate('signer', 'root', { issuerKey: keyOf('stranger') })],
      'no-anchor',
    ],
    'after its end': [() => [leaf], 'not-valid-now', { at: now + 2 * day }],
    'before its beginning': [() => [leaf], 'not-valid-now', { at: now - 2 * day }],
    'at the beginning of time': [() => [leaf], 'not-valid-now', { at: 0 }],
    'after the end of time': [() => [leaf], 'not-valid-now', { at: 2 ** 53 - 1 }],
    'with an expired authority between': [
      () => [certificate('signer', 'middle'), authority('middle', 'root', { notAfter: now - 1 })],
      'not-valid-now',
    ],
    'to an anchor that has expired': [
      () => [leaf],
      'not-valid-now',
      { anchors: () => [authority('root', 'root', { notAfter: now - 1 })] },
    ],
    'under a certificate that is no authority': [
      () => [certificate('signer', 'middle'), certificate('middle', 'root')],
      'may-not-issue',
    ],
    'longer than its authority allows': [
      () => [
        certificate('signer', 'lower'),
        authority('lower', 'middle'),
        authority('middle', 'root', { authorityOver: 0 }),
      ],
      'may-not-issue',
    ],
    'of an authority that signs itself': [() => [authority('signer', 'root')], 'may-not-sign'],
    'with needless certificates': [() => [leaf, root], 'certificate-needless'],
    'with a small key': [
      () => [certificate('small', 'root', { subjectKey: keyOf('small', 1024) })],
      'key-not-allowed',
    ],
    'with a foreign certificate between': [
      () => [certificate('signer', 'middle'), authority('another', 'root')],
      'not-issued-by-next',
    ],
    'with a wrong signature between': [
      () => [
        certificate('signer', 'middle', { issuerKey: keyOf('stranger') }),
        authority('middle', 'root'),
      ],
      'not-signed-by-next',
    ],
  };
  test.each(Object.entries(refused))('%s', async (_name, [chain, why, { anchors, at } = {}]) => {
    const certificates = chain();
    const key = keyOf(why === 'key-not-allowed' ? 'small' : 'signer');
    const verdict = await bench.verify(
      signature(certificates, key),
      anchors?.() ?? [root],
      at ?? now,
    );
    expect(verdict.detail).toBe(why);
    expect(verdict.status).toBe('bad-chain');
    expect(verdict.hint).not.toBe('');
  });
});

test('a certificate that is no authority can be an anchor for itself alone', async () => {
  const own = certificate('signer', 'signer');
  const key = keyOf('signer');
  expect((await bench.verify(signature([own], key), [own])).status).toBe('ok');
  // Same name and key with later dates: its holder could have made that alone.
  const renewed = certificate('signer', 'signer', { notAfter: now + 99 * day });
  expect((await bench.verify(signature([renewed], key), [own])).status).toBe('bad-chain');
  expect((await bench.verify(signature([own], key), [own], now + 2 * day)).status).toBe(
    'bad-chain',
  );
});

describe('a signature is refused', () => {
  test('by another key than the certificate has', async () => {
    const verdict = await bench.verify(signature([leaf], keyOf('stranger')), [root]);
    expect(verdict.status).toBe('bad-signature');
  });

  test('over something else', async () => {
    const other = new TextEncoder().encode('another seal');
    const verdict = await bench.verify(signature([leaf], keyOf('signer'), other), [root]);
    expect(verdict.status).toBe('bad-signature');
  });

  test('with another digest', async () => {
    const { issuer, serial } = must(parseCertificate(leaf, 'test'));
    for (const digest of ['sha1', 'sha512']) {
      const value = sign(digest, sealBytes, keyOf('signer'));
      const p7s = renderCms({ certificates: [leaf], issuer, serial, signature: value });
      expect((await bench.verify(p7s, [root])).status).toBe('bad-signature');
    }
  });

  test('of a length that the key does not make', async () => {
    const { issuer, serial } = must(parseCertificate(leaf, 'test'));
    const value = sign('sha256', sealBytes, keyOf('signer'));
    for (const wrong of [
      value.subarray(1),
      Buffer.concat([Buffer.alloc(1), value]),
      Buffer.alloc(0),
    ]) {
      const p7s = renderCms({ certificates: [leaf], issuer, serial, signature: wrong });
      expect((await bench.verify(p7s, [root])).status).toBe('bad-signature');
    }
  });
});

describe('of CMS, one form is accepted', () => {
  /** Replaces the one occurrence of `from`, both of the same length. */
  const swapped = (bytes: Uint8Array, from: string, to: string): Uint8Array => {
    const hex = Buffer.from(bytes).toString('hex');
    expect(from.length).toBe(to.length);
    expect(hex.split(from).length).toBeGreaterThan(1);
    return Uint8Array.from(Buffer.from(hex.replace(from, to), 'hex'));
  };
  const good = (): Uint8Array => signature([leaf], keyOf('signer'));
  const refused: Readonly<Record<string, readonly [() => Uint8Array, string]>> = {
    nothing: [() => Uint8Array.of(0x30), 'cms-der'],
    'indefinite lengths': [() => swapped(good(), '3082', '3080'), 'cms-der'],
    'bytes after it': [() => Uint8Array.from(Buffer.concat([good(), Buffer.alloc(1)])), 'cms-more'],
    'another content type': [
      () => swapped(good(), '06092a864886f70d010702', '06092a864886f70d010703'),
      'cms-type',
    ],
    'another version': [() => swapped(good(), '020101310f', '020103310f'), 'cms-version'],
    'another digest': [
      () =>
        swapped(good(), '310f300d06096086480165030402010500', '310f300d06096086480165030402030500'),
      'cms-digests',
    ],
    'other content': [
      () => swapped(good(), '300b06092a864886f70d010701', '300b06092a864886f70d010702'),
      'cms-content',
    ],
  };
  test.each(Object.entries(refused))('and not %s', async (_name, [make, why]) => {
    const verdict = await bench.verify(make(), [root]);
    expect(verdict.status).toBe('bad-signature');
    expect(verdict.detail).toBe(why);
  });

  test('and not one whose first certificate is not the signer’s', async () => {
    const { issuer } = must(parseCertificate(leaf, 'test'));
    const p7s = renderCms({
      certificates: [leaf],
      issuer,
      serial: Uint8Array.of(2, 1, 9),
      signature: sign('sha256', sealBytes, keyOf('signer')),
    });
    expect((await bench.verify(p7s, [root])).detail).toBe('signer-certificate');
  });

  test('and not more certificates than there is room for', async () => {
    const many = new Array<Uint8Array>(9).fill(leaf);
    expect((await bench.verify(signature(many, keyOf('signer')), [root])).detail).toBe(
      'cms-many-certificates',
    );
  });

  test('and not what openssl makes: signed attributes, or algorithms without parameters', async () => {
    const key = keyOf('signer').export({ type: 'pkcs8', format: 'pem' }).toString();
    const files = [
      ['-in', bench.file('seal.bin', sealBytes)],
      ['-signer', bench.file('leaf.pem', writePem(leaf))],
      ['-inkey', bench.file('leaf.key', key)],
    ].flat();
    const out = bench.file('openssl.p7s', '');
    for (const [extra, why] of [
      [[], 'cms-digests'],
      [['-noattr'], 'cms-digests'],
      [['-noattr', '-keyid'], 'cms-version'],
      [['-noattr', '-nodetach'], 'cms-digests'],
    ] as const) {
      execFileSync('openssl', [
        ...words`cms -sign -binary -outform DER -md sha256 -out ${out}`,
        ...extra,
        ...files,
      ]);
      const verdict = await bench.verify(readFileSync(out), [root]);
      expect(verdict.status).toBe('bad-signature');
      expect(verdict.detail).toBe(why);
    }
  });
});

describe('trust anchors are refused', () => {
  const pem = (): string => writePem(root);
  const refused: Readonly<Record<string, readonly [() => string, string]>> = {
    'when there are none': [() => '# later\n', 'store-without'],
    'when the file is empty': [() => '', 'file-empty'],
    'when one is damaged': [() => pem().replace('MII', '!!!'), 'store-damaged'],
    'when one is cut off': [() => pem() + pem().slice(0, 200), 'store-damaged'],
    'when one has no end': [() => pem().split('-----END')[0] ?? '', 'store-damaged'],
    'when there is a key among them': [
      () => pem() + keyOf('root').export({ type: 'pkcs8', format: 'pem' }).toString(),
      'store-private-key',
    ],
    'when one has a small key': [
      () => writePem(authority('small', 'small', { subjectKey: keyOf('small', 1024) })),
      'key-not-allowed',
    ],
    'when there are more than 16': [() => pem().repeat(17), 'too-many-anchors'],
    'when the file is too large': [() => pem() + '#'.repeat(70_000), 'file-form'],
  };
  test.each(Object.entries(refused))('%s', async (_name, [make, why]) => {
    const verdict = await bench.verify(signature([leaf], keyOf('signer')), make());
    expect(verdict.status).toBe('no-trust');
    expect(verdict.detail).toBe(why);
    expect(verdict.hint).not.toBe('');
  });

  test('when the file is not there', async () => {
    const bundle = bench.file('bundle', await bundleWith());
    const verdict = bench.verdict('verify', bundle, '/nowhere/trust.pem', String(now));
    expect(verdict).toMatchObject({
      status: 'no-trust',
      detail: 'file-missing',
    });
  });
});

test('keys of up to 4096 bits are good', async () => {
  const large = authority('large', 'large', { subjectKey: keyOf('large', 4096) });
  const key = keyOf('medium', 3072);
  const p7s = signature([certificate('medium', 'large')], key);
  expect((await bench.verify(p7s, [large])).status).toBe('ok');
});
