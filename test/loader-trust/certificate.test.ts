import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCertificate, writePem } from '../../pipeline/sign/certificate.ts';
import { certificateProblems } from '../../pipeline/sign/chain.ts';
import { must } from '../fixtures/results.ts';
import { loaderDriver } from '../support/loader-host.ts';
import { authority, Bench, day, keyOf, now, sealBytes, signature } from './bundles.ts';
import {
  authorityExtensions,
  commonName,
  der,
  extension,
  type RawCertificate,
  raw,
  rawCertificate,
  rawCms,
  rsaKey,
  rsaWith,
  signerExtensions,
  utcTime,
} from './raw-certificate.ts';

let bench: Bench;
let root: Uint8Array;
beforeAll(() => {
  bench = new Bench(loaderDriver('check'), 'out/test/loader-certificate');
  root = authority('root', 'root');
});

/** A signature by such certificates. */
const signedBy = (
  certificates: readonly Uint8Array[],
  serial = raw('020107'),
  issuer = commonName('root'),
): Uint8Array => rawCms(certificates, issuer, serial, sign('sha256', sealBytes, keyOf('signer')));
const verify = (change: Partial<RawCertificate>) =>
  bench.verify(signedBy([rawCertificate('signer', 'root', change)], change.serial), [root]);

describe('a certificate is good', () => {
  const good: Readonly<Record<string, Partial<RawCertificate>>> = {
    'as it is made here': {},
    'signed with SHA-384': { algorithm: rsaWith(12), digest: 'sha384' },
    'signed with SHA-512': { algorithm: rsaWith(13), digest: 'sha512' },
    'with no limit to its use': { extensions: [extension(19, raw('3000'))] },
    'with an unknown extension that is not critical': {
      extensions: [...signerExtensions, extension(99, raw('0500'), false)],
    },
    'valid since 1950 and for all time': {
      validity: [
        der(0x17, Buffer.from('500101000000Z')),
        der(0x18, Buffer.from('99991231235959Z'.padStart(15, '9'))),
      ],
    },
    'from a leap day on': { validity: [der(0x17, Buffer.from('240229000000Z')), utcTime(now + 1)] },
  };
  test.each(Object.entries(good))('%s', async (_name, change) => {
    expect(await verify(change)).toMatchObject({ status: 'ok', message: '' });
    expect(parseCertificate(rawCertificate('signer', 'root', change), 'test').ok).toBe(true);
  });
});

describe('a certificate is malformed', () => {
  const at = (text: string, tag = 0x17) => [der(tag, Buffer.from(text)), utcTime(now + day)];
  const spki = () =>
    Buffer.from(createPublicKey(keyOf('signer')).export({ type: 'spki', format: 'der' }));
  const altered = (from: string, to: string) => raw(spki().toString('hex').replace(from, to));
  const malformed: Readonly<Record<string, readonly [Partial<RawCertificate>, string]>> = {
    'of version 1': [{ version: raw('a003020100') }, 'certificate-version'],
    'with a negative serial number': [{ serial: raw('0201ff') }, 'certificate-serial'],
    'with a padded serial number': [{ serial: raw('02020007') }, 'certificate-serial'],
    'with another algorithm outside': [{ outerAlgorithm: rsaWith(12) }, 'certificate-algorithm'],
    'with a 13th month': [{ validity: at('261301000000Z') }, 'certificate-validity'],
    'with a 29th of February in 2026': [{ validity: at('260229000000Z') }, 'certificate-validity'],
    'with a 31st of June': [{ validity: at('260631000000Z') }, 'certificate-validity'],
    'with a day 0': [{ validity: at('260600000000Z') }, 'certificate-validity'],
    'with a 25th hour': [{ validity: at('260601240000Z') }, 'certificate-validity'],
    'without seconds': [{ validity: at('2606010000Z') }, 'certificate-validity'],
    'in another time zone': [{ validity: at('260601000000+0100') }, 'certificate-validity'],
    'with a date that is no time': [
      { validity: at('260601000000Z', 0x0c) },
      'certificate-validity',
    ],
    'with three dates': [
      { validity: [...at('260601000000Z'), utcTime(now)] },
      'certificate-validity',
    ],
    'with a name that is no list': [{ subjectName: der(0x30, raw('0c0161')) }, 'certificate-name'],
    'with a key in a long form of lengths': [
      { publicKey: altered('30820122', '3083000122') },
      'certificate-public-key',
    ],
    'with a negative modulus': [
      { publicKey: altered('0282010100', '0282010180') },
      'certificate-public-key',
    ],
    'without extensions': [{ rest: [] }, 'certificate-extensions'],
    'with unique identifiers': [
      { rest: [raw('8102000a'), der(0xa3, der(0x30, ...signerExtensions))] },
      'certificate-extensions',
    ],
    'with an extension twice': [
      { extensions: [...signerExtensions, extension(15, raw('03020780'))] },
      'certificate-extensions',
    ],
    'with an extension that says that it is not critical': [
      { extensions: [der(0x30, raw('0603551d63'), raw('010100'), raw('04020500'))] },
      'certificate-extensions',
    ],
    'with basic constraints that say that it is none': [
      { extensions: [extension(19, raw('3003010100'))] },
      'certificate-extensions',
    ],
    'with key usage that is no bits': [
      { extensions: [extension(15, raw('020180'))] },
      'certificate-extensions',
    ],
  };
  test.each(Object.entries(malformed))('%s', async (_name, [change, part]) => {
    const verdict = await verify(change);
    expect(verdict.detail).toBe(part);
    expect(verdict.status).toBe('bad-signature');
    expect(parseCertificate(rawCertificate('signer', 'root', change), 'test')).toMatchObject({
      ok: false,
      problems: [{ kind: 'certificate-malformed' }],
    });
    // Whoever else signed: it is not of the form.
    const good = signature([authority('other', 'root')], keyOf('other'));
    const both = [good, signedBy([rawCertificate('signer', 'root', change)], change.serial)];
    expect((await bench.verify(both, [root])).status).toBe('bad-signature');
  });
});

describe('a certificate may not sign', () => {
  const refused: Readonly<Record<string, readonly [Partial<RawCertificate>, string]>> = {
    'with a critical extension that is not known': [
      { extensions: [...signerExtensions, extension(99, raw('300a06082b06010505070303'))] },
      'unknown-extension',
    ],
    'with critical policies': [
      { extensions: [...signerExtensions, extension(32, raw('3000'))] },
      'unknown-extension',
    ],
    'with key usage for something else': [
      { extensions: [extension(15, raw('03020520'))] },
      'may-not-sign',
    ],
    'with nonRepudiation alone': [{ extensions: [extension(15, raw('03020640'))] }, 'may-not-sign'],
    'with empty key usage': [{ extensions: [extension(15, raw('030100'))] }, 'may-not-sign'],
    'signed with SHA-1': [{ algorithm: rsaWith(5), digest: 'sha1' }, 'no-anchor'],
    'signed with an algorithm without parameters': [
      { algorithm: der(0x30, raw('06092a864886f70d01010b')) },
      'no-anchor',
    ],
    'with a key that is not RSA': [
      {
        publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
          type: 'spki',
          format: 'der',
        }),
      },
      'key-not-allowed',
    ],
  };
  test.each(Object.entries(refused))('%s', async (_name, [change, why]) => {
    const verdict = await verify(change);
    expect(verdict.detail).toBe(why);
    expect(verdict.status).toBe('bad-chain');
  });

  test.each([
    ['1', '01', 'chain-key-exponent'],
    ['an even number', '010000', 'chain-key-exponent'],
    ['65 bits', '010000000000000001', 'chain-key-exponent'],
    ['3', '03', undefined],
    ['64 bits', '00ffffffffffffffff', undefined],
  ])('with an exponent of %s, if it is unusual', async (_name, hex, kind) => {
    const change = { publicKey: rsaKey('signer', raw(hex)) };
    const verdict = await verify(change);
    expect(verdict).toMatchObject(
      kind === undefined
        ? { status: 'bad-signature' }
        : { status: 'bad-chain', detail: 'key-not-allowed' },
    );
    const parsed = must(parseCertificate(rawCertificate('signer', 'root', change), 'test'));
    const problems = certificateProblems(parsed, 'digitalSignature', now);
    expect(problems.map((problem) => problem.kind)).toEqual(kind === undefined ? [] : [kind]);
  });
});

test('a key that nobody vouches for cannot keep the loader busy', async () => {
  const middle = rawCertificate('middle', 'root', {
    publicKey: rsaKey('middle', Buffer.alloc(60_000, 0x7f)),
    extensions: authorityExtensions,
    issuerKey: keyOf('other'),
  });
  const leaf = rawCertificate('signer', 'middle');
  const start = performance.now();
  const verdict = await bench.verify(
    signedBy([leaf, middle], raw('020107'), commonName('middle')),
    [root],
  );
  expect(verdict).toMatchObject({ status: 'bad-chain' });
  expect(performance.now() - start).toBeLessThan(5000);
});

describe('an authority may not issue', () => {
  const through = (extensions: readonly Uint8Array[]) => {
    const leaf = rawCertificate('signer', 'middle');
    const middle = rawCertificate('middle', 'root', { extensions });
    return signedBy([leaf, middle], raw('020107'), commonName('middle'));
  };
  test('unless it may', async () => {
    expect((await bench.verify(through(authorityExtensions), [root])).status).toBe('ok');
  });
  test.each([
    ['with key usage for signatures', [extension(19, raw('30030101ff')), signerExtensions[1]]],
    ['without basic constraints', [authorityExtensions[1]]],
    [
      'with a critical extension that is not known',
      [...authorityExtensions, extension(30, raw('3000'))],
    ],
  ])('%s', async (_name, extensions) => {
    const given = extensions.filter((item) => item !== undefined);
    expect((await bench.verify(through(given), [root])).status).toBe('bad-chain');
  });
});

describe('an anchor', () => {
  const leaf = () => signature([rawLeaf()], keyOf('signer'));
  const rawLeaf = () => rawCertificate('signer', 'root');

  test('that may not issue does not count', async () => {
    const extensions = [extension(19, raw('30030101ff')), extension(15, raw('03020102'))];
    const verdict = await bench.verify(leaf(), [rawCertificate('root', 'root', { extensions })]);
    expect(verdict).toMatchObject({ status: 'bad-chain', detail: 'may-not-issue' });
  });

  test('that has expired does not stand in the way of the one that came after it', async () => {
    const old = authority('root', 'root', { notAfter: now - 1 });
    expect((await bench.verify(leaf(), [old, root])).status).toBe('ok');
    expect((await bench.verify(leaf(), [root, old])).status).toBe('ok');
    expect((await bench.verify(leaf(), [old])).status).toBe('bad-chain');
  });

  test('vouches for no more authorities below it than it says', async () => {
    const close = authority('root', 'root', { authorityOver: 0 });
    const middle = authority('middle', 'root', { authorityOver: 0 });
    const below = rawCertificate('signer', 'middle');
    const p7s = signature([below, middle], keyOf('signer'));
    expect((await bench.verify(p7s, [root])).status).toBe('ok');
    expect((await bench.verify(p7s, [close])).status).toBe('bad-chain');
    expect((await bench.verify(leaf(), [close])).status).toBe('ok');
  });

  test('is malformed where it has bytes after its end', async () => {
    const longer = Uint8Array.from([...root, 0]);
    const verdict = await bench.verify(leaf(), writePem(longer));
    expect(verdict).toMatchObject({ status: 'no-trust', detail: 'certificate-end' });
  });
});
