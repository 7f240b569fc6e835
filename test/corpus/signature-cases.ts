/** Signatures and chains: forms of CMS that are not ours, signers who may not sign. */
import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign as signWith,
} from 'node:crypto';
import { limits } from '../../pipeline/format/limits.ts';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { leaf, middle, packParts, root, signerKey, smallParts } from '../fixtures/small-bundle.ts';
import { authority, certificate, day, keyOf, now, signature } from '../loader-trust/bundles.ts';
import {
  authorityExtensions,
  rawCertificate,
  rawCms,
  rsaKey,
} from '../loader-trust/raw-certificate.ts';
import { type Der, der, derAt, derBytes, derWith, hexDer, parseDer } from '../support/der-tree.ts';
import type { Case, Status } from './cases.ts';

const parts = smallParts();
const good = parseDer(parts.p7s);
const direct = certificate('signer', 'root');

/** Where the parts of a SignedData stand (RFC 5652, 5.1), from ContentInfo on. */
const at = {
  contentType: [0],
  data: [1, 0],
  version: [1, 0, 0],
  digests: [1, 0, 1],
  digest: [1, 0, 1, 0],
  content: [1, 0, 2],
  certificates: [1, 0, 3],
  signers: [1, 0, 4],
  signer: [1, 0, 4, 0],
  signerVersion: [1, 0, 4, 0, 0],
  signerName: [1, 0, 4, 0, 1],
  serial: [1, 0, 4, 0, 1, 1],
  signerDigest: [1, 0, 4, 0, 2],
  algorithm: [1, 0, 4, 0, 3],
  value: [1, 0, 4, 0, 4],
} as const;

const append =
  (...more: readonly Der[]) =>
  (element: Der): Der => {
    if (element.body instanceof Uint8Array) throw new Error('holds no elements');
    return { ...element, body: [...element.body, ...more] };
  };
const nothing = (): readonly Der[] => [];
const put = (element: Der) => (): Der => element;
const content = (element: Der): Uint8Array => {
  if (!(element.body instanceof Uint8Array)) throw new Error('holds elements');
  return element.body;
};

const nul = hexDer('0500');
const oid = {
  data: hexDer('06092a864886f70d010701'),
  signedData: hexDer('06092a864886f70d010702'),
  envelopedData: hexDer('06092a864886f70d010703'),
  contentType: hexDer('06092a864886f70d010903'),
  messageDigest: hexDer('06092a864886f70d010904'),
  rsa: hexDer('06092a864886f70d010101'),
  rsaSha256: hexDer('06092a864886f70d01010b'),
  rsaPss: hexDer('06092a864886f70d01010a'),
  sha1: hexDer('06052b0e03021a'),
  sha256: hexDer('0609608648016503040201'),
  sha512: hexDer('0609608648016503040203'),
};
const algorithm = (id: Der, ...parameters: readonly Der[]): Der => der(0x30, id, ...parameters);
const bare = (element: Der): Der => algorithm(derAt(element, 0));

type CmsEntry = readonly [name: string, p7s: () => Uint8Array, detail?: string, status?: Status];

const changed = (path: readonly number[], change: (element: Der) => Der | readonly Der[]) => () =>
  derBytes(derWith(good, path, change));
const raw = (change: (bytes: Uint8Array) => Uint8Array | readonly number[]) => () =>
  Uint8Array.from(change(parts.p7s));
/** The signature's value made otherwise, in the right form. */
const valued = (value: Uint8Array) => changed(at.value, put(der(4, value)));

const modulusOf = (key: KeyObject): Uint8Array =>
  Uint8Array.from(Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url'));
const rawRsa = (key: KeyObject, bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, bytes));
const unpaddedRsa = (key: KeyObject, bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, bytes));
/** What stands before a digest of SHA-256 (RFC 8017, 9.2), with these headers and parameters. */
const digestInfo = (headers: string, parameters: string): Buffer =>
  Buffer.from(`${headers}0609608648016503040201${parameters}0420`, 'hex');
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** One whole signer, by another key and with its own certificate. */
const secondSigner = (): Der => {
  const other = certificate('second', 'middle');
  return derAt(parseDer(signature([other], keyOf('second'), parts.seal)), ...at.signer);
};

/** Attributes that name content type and digest, signed as RFC 5652 (5.4) has it: by every other verifier taken. */
function withSignedAttributes(): Uint8Array {
  const attributes = [
    der(0x30, oid.contentType, der(0x31, oid.data)),
    der(0x30, oid.messageDigest, der(0x31, der(4, sha256(parts.seal)))),
  ];
  const value = signWith('sha256', derBytes(der(0x31, ...attributes)), signerKey);
  const signed = derWith(good, at.value, put(der(4, value)));
  return derBytes(derWith(signed, at.algorithm, (old) => [der(0xa0, ...attributes), old]));
}

const cmsEntries: readonly CmsEntry[] = [
  ['one byte', () => Uint8Array.of(0x30), 'cms-der'],
  ['text', () => new TextEncoder().encode('-----BEGIN CMS-----\n'), 'cms-der'],
  ['an open length outside (BER)', changed([], (top) => ({ ...top, length: 'open' })), 'cms-der'],
  ['an open length inside (BER)', changed(at.data, (e) => ({ ...e, length: 'open' })), 'cms-frame'],
  ['a long length outside', changed([], (top) => ({ ...top, length: 'long' })), 'cms-der'],
  ['a long length inside', changed(at.signer, (e) => ({ ...e, length: 'long' })), 'cms-no-signer'],
  [
    'a long length of the value',
    changed(at.value, (e) => ({ ...e, length: 'long' })),
    'signature-missing',
  ],
  [
    'an open length of a certificate',
    changed([...at.certificates, 0], (e) => ({ ...e, length: 'open' })),
    'certificate-frame',
  ],
  ['a value in pieces (BER)', changed(at.value, (e) => der(0x24, e)), 'signature-missing'],
  ['a byte after it', raw((bytes) => [...bytes, 0]), 'cms-more'],
  ['a second one after it', raw((bytes) => [...bytes, ...bytes]), 'cms-more'],
  ['an element after the content', changed([], append(nul)), 'cms-frame'],
  ['two contents', changed([1], append(derAt(good, 1, 0))), 'cms-frame'],
  ['an element after the signers', changed(at.data, append(nul)), 'cms-signers'],
  ['an element after the value', changed(at.signer, append(nul)), 'signature-more'],
  ['another content type', changed(at.contentType, put(oid.envelopedData)), 'cms-type'],
  [
    'an outer type written longer',
    changed(at.contentType, put(hexDer('060a2a80864886f70d010702'))),
    'cms-type',
  ],
  ['version 3', changed(at.version, put(hexDer('020103'))), 'cms-version'],
  ['version 1 in two bytes', changed(at.version, put(hexDer('02020001'))), 'cms-version'],
  ['no digest algorithm', changed(at.digest, nothing), 'cms-digests'],
  ['two digest algorithms', changed(at.digests, append(algorithm(oid.sha512, nul))), 'cms-digests'],
  ['digest algorithm SHA-512', changed(at.digest, put(algorithm(oid.sha512, nul))), 'cms-digests'],
  ['digest algorithm SHA-1', changed(at.digest, put(algorithm(oid.sha1, nul))), 'cms-digests'],
  ['digest algorithm without NULL', changed(at.digest, bare), 'cms-digests'],
  [
    'digest algorithm with a NULL that is not empty',
    changed(at.digest, put(algorithm(oid.sha256, hexDer('050100')))),
    'cms-digests',
  ],
  [
    'digest algorithm with other parameters',
    changed(at.digest, put(algorithm(oid.sha256, hexDer('3000')))),
    'cms-digests',
  ],
  [
    'another type of what is signed',
    changed(at.content, put(der(0x30, oid.signedData))),
    'cms-content',
  ],
  ['the content inside', changed(at.content, append(der(0xa0, der(4, parts.seal)))), 'cms-content'],
  [
    'other content inside',
    changed(at.content, append(der(0xa0, der(4, new Uint8Array(8))))),
    'cms-content',
  ],
  ['no certificates', changed(at.certificates, nothing), 'cms-no-certificates'],
  ['an empty set of certificates', changed(at.certificates, put(der(0xa0))), 'cms-no-certificates'],
  [
    'nine certificates',
    changed(at.certificates, append(...Array.from({ length: 7 }, () => parseDer(middle)))),
    'cms-many-certificates',
  ],
  [
    'something else than a certificate',
    changed([...at.certificates, 1], put(der(0xa1, nul))),
    'certificate-frame',
  ],
  [
    'an empty certificate',
    changed([...at.certificates, 0], put(hexDer('3000'))),
    'certificate-frame',
  ],
  ['revocation lists', changed(at.signers, (e) => [der(0xa1, hexDer('3000')), e]), 'cms-signers'],
  ['no signer', changed(at.signer, nothing), 'cms-no-signer'],
  ['two signers', changed(at.signers, append(secondSigner())), 'cms-many-signers'],
  ['one signer twice', changed(at.signers, append(derAt(good, ...at.signer))), 'cms-many-signers'],
  [
    'signer of version 3, named by key',
    changed(at.signer, (e) =>
      derWith(derWith(e, [0], put(hexDer('020103'))), [1], put(der(0x80, new Uint8Array(20)))),
    ),
    'signer-version',
  ],
  ['signer of version 0', changed(at.signerVersion, put(hexDer('020100'))), 'signer-version'],
  [
    'signer with another serial number',
    changed(at.serial, put(hexDer('020109'))),
    'signer-certificate',
  ],
  [
    'signer with a serial number written longer',
    changed(at.serial, (e) => der(2, Uint8Array.of(0), content(e))),
    'signer-certificate',
  ],
  [
    'signer with another issuer',
    changed([...at.signerName, 0], put(hexDer('3000'))),
    'signer-certificate',
  ],
  ['signer with something after its name', changed(at.signerName, append(nul)), 'signer-name'],
  [
    "signer's certificate after its issuer's",
    changed(at.certificates, put(der(0xa0, parseDer(middle), parseDer(leaf)))),
    'signer-certificate',
  ],
  [
    "signer's digest SHA-512",
    changed(at.signerDigest, put(algorithm(oid.sha512, nul))),
    'signer-digest',
  ],
  ["signer's digest without NULL", changed(at.signerDigest, bare), 'signer-digest'],
  ['signed attributes', withSignedAttributes, 'signer-attributes'],
  ['empty signed attributes', changed(at.algorithm, (e) => [der(0xa0), e]), 'signer-attributes'],
  [
    'unsigned attributes',
    changed(at.signer, append(der(0xa1, der(0x30, oid.data, der(0x31, nul))))),
    'signature-more',
  ],
  [
    'algorithm SHA-256 with RSA',
    changed(at.algorithm, put(algorithm(oid.rsaSha256, nul))),
    'signer-algorithm',
  ],
  [
    'algorithm RSA-PSS',
    changed(at.algorithm, put(algorithm(oid.rsaPss, hexDer('3000')))),
    'signer-algorithm',
  ],
  ['algorithm without NULL', changed(at.algorithm, bare), 'signer-algorithm'],
  ['no value', changed(at.value, nothing), 'signature-missing'],
  ['an empty value', valued(new Uint8Array())],
  ['a value with a byte less', changed(at.value, (e) => der(4, content(e).slice(1)))],
  ['a value with a zero in front', changed(at.value, (e) => der(4, Uint8Array.of(0), content(e)))],
  ['a value of zeros', valued(new Uint8Array(256))],
  ['a value of ones', valued(new Uint8Array(256).fill(0xff))],
  ['the modulus for a value', valued(modulusOf(signerKey))],
  ['a value by another key', valued(signWith('sha256', parts.seal, keyOf('stranger')))],
  ['a value over something else', valued(signWith('sha256', parts.seal.slice(1), signerKey))],
  ['a value over SHA-1', valued(signWith('sha1', parts.seal, signerKey))],
  ['a value over SHA-512', valued(signWith('sha512', parts.seal, signerKey))],
  ['a value over a bare digest', valued(rawRsa(signerKey, sha256(parts.seal)))],
  [
    'a value over a digest without NULL',
    valued(rawRsa(signerKey, Buffer.concat([digestInfo('302f300b', ''), sha256(parts.seal)]))),
  ],
  [
    // Whoever looks for the digest after short padding takes what another key's holder can make (CVE-2006-4339).
    'a value with short padding and something after the digest',
    valued(
      unpaddedRsa(
        signerKey,
        Buffer.concat([
          Buffer.from(`0001${'ff'.repeat(8)}00`, 'hex'),
          digestInfo('3031300d', '0500'),
          sha256(parts.seal),
          Buffer.alloc(256 - 11 - 51, 0x5a),
        ]),
      ),
    ),
  ],
  [
    'a value with padding of another byte',
    valued(
      unpaddedRsa(
        signerKey,
        Buffer.concat([
          Buffer.from(`0001${'ff'.repeat(201)}fe00`, 'hex'),
          digestInfo('3031300d', '0500'),
          sha256(parts.seal),
        ]),
      ),
    ),
  ],
  [
    'a value in PSS',
    valued(
      signWith('sha256', parts.seal, { key: signerKey, padding: constants.RSA_PKCS1_PSS_PADDING }),
    ),
  ],
];

const cmsCases: readonly Case[] = cmsEntries.map(
  ([name, p7s, detail, status = 'badSignature']) => ({
    name: `signature: ${name}`,
    bytes: () => packParts(parts, { p7s: p7s() }),
    status,
    ...(detail === undefined ? {} : { detail }),
  }),
);

/** A certificate with its body changed and signed again by `issuer`. */
function reissued(
  bytes: Uint8Array,
  change: (body: Der) => Der,
  issuer: KeyObject = keyOf('middle'),
  digest = 'sha256',
): Uint8Array {
  const tree = parseDer(bytes);
  const body = change(derAt(tree, 0));
  const value = signWith(digest, derBytes(body), issuer);
  const id = derAt(body, 2);
  return derBytes(der(0x30, body, id, der(3, Uint8Array.of(0), value)));
}
/** Where the parts of a certificate's body stand (RFC 5280, 4.1). */
const inBody = { version: 0, serial: 1, algorithm: 2, validity: 4, key: 6, extensions: 7 } as const;
const extension = (id: string, value: Der, critical = true): Der =>
  der(0x30, hexDer(id), ...(critical ? [hexDer('0101ff')] : []), der(4, derBytes(value)));
const withExtension = (added: Der) => (body: Der) =>
  derWith(body, [inBody.extensions, 0], append(added));
const withoutExtension = (id: string) => (body: Der) =>
  derWith(body, [inBody.extensions, 0], (list) => ({
    ...list,
    body: [list.body]
      .flat()
      .filter(
        (one): one is Der =>
          !(one instanceof Uint8Array) &&
          Buffer.compare(derBytes(derAt(one, 0)), Buffer.from(id, 'hex')) !== 0,
      ),
  }));
const ids = {
  extKeyUsage: '0603551d25',
  nameConstraints: '0603551d1e',
  own: '06032a0304',
  basicConstraints: '0603551d13',
  keyUsage: '0603551d0f',
};
const codeSigning = hexDer('300a06082b06010505070303');

const purposes = {
  codeSigning: '06082b06010505070303',
  serverAuth: '06082b06010505070301',
  any: '0604551d2500',
  own: '06146982cbb3dcabe1c39ab8b38cbfb58382c5969064',
};
const purposeLists = {
  serverAuth: [purposes.serverAuth],
  any: [purposes.any],
  own: [purposes.own],
  both: [purposes.serverAuth, purposes.codeSigning],
  none: [],
};
function withPurposes(
  bytes: Uint8Array,
  which: keyof typeof purposeLists,
  critical = false,
  issuer?: KeyObject,
): Uint8Array {
  const value = der(0x30, ...purposeLists[which].map(hexDer));
  return reissued(
    bytes,
    (body) =>
      withExtension(extension(ids.extKeyUsage, value, critical))(
        withoutExtension(ids.extKeyUsage)(body),
      ),
    issuer,
  );
}

/** So many in all, each with a name of its own. */
const withExtensions =
  (count: number) =>
  (body: Der): Der => {
    const there = derAt(body, inBody.extensions, 0).body.length;
    return Array.from({ length: count - there }, (_, index) => index).reduce(
      (changed, index) =>
        withExtension(extension(`06042a0304${index.toString(16).padStart(2, '0')}`, nul, false))(
          changed,
        ),
      body,
    );
  };

const withPathLength = (length: string): Uint8Array =>
  reissued(
    middle,
    (body) =>
      withExtension(extension(ids.basicConstraints, der(0x30, hexDer('0101ff'), hexDer(length))))(
        withoutExtension(ids.basicConstraints)(body),
      ),
    keyOf('root'),
  );

type ChainEntry = {
  readonly chain: () => readonly Uint8Array[];
  readonly key?: KeyObject;
  readonly detail?: string;
  readonly status?: Status;
  readonly tool?: Status;
  readonly anchors?: () => readonly Uint8Array[];
  readonly at?: number;
};

const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ecSpki = (): Der =>
  parseDer(Uint8Array.from(ecKey.publicKey.export({ type: 'spki', format: 'der' })));

const chainEntries: Readonly<Record<string, ChainEntry>> = {
  'from an unknown issuer': {
    chain: () => [certificate('signer', 'stranger')],
    detail: 'no-anchor',
  },
  'of a signer who vouches for itself': {
    chain: () => [certificate('signer', 'signer')],
    detail: 'no-anchor',
  },
  'of an authority that vouches for itself': {
    chain: () => [certificate('signer', 'stranger'), authority('stranger', 'stranger')],
    detail: 'no-anchor',
  },
  'with the name of an anchor, but another key': {
    chain: () => [certificate('signer', 'root', { issuerKey: keyOf('stranger') })],
    detail: 'no-anchor',
  },
  'without the authority between': {
    chain: () => [leaf],
    detail: 'no-anchor',
  },
  'after its end': {
    chain: () => [leaf, middle],
    at: now + 2 * day,
    detail: 'not-valid-now',
  },
  'before its beginning': {
    chain: () => [leaf, middle],
    at: now - 2 * day,
    detail: 'not-valid-now',
  },
  'at the beginning of time': {
    chain: () => [leaf, middle],
    at: 0,
    detail: 'not-valid-now',
  },
  'of a signer that has expired': {
    chain: () => [certificate('signer', 'root', { notAfter: now - 1 })],
    detail: 'not-valid-now',
  },
  'of a signer that is not valid yet': {
    chain: () => [certificate('signer', 'root', { notBefore: now + 1 })],
    detail: 'not-valid-now',
  },
  'of a signer that ends before it begins': {
    chain: () => [certificate('signer', 'root', { notBefore: now + 1, notAfter: now - 1 })],
    detail: 'not-valid-now',
  },
  'with an authority that has expired': {
    chain: () => [certificate('signer', 'late'), authority('late', 'root', { notAfter: now - 1 })],
    detail: 'not-valid-now',
  },
  'with an authority that is not valid yet': {
    chain: () => [certificate('signer', 'soon'), authority('soon', 'root', { notBefore: now + 1 })],
    detail: 'not-valid-now',
  },
  'to an anchor that has expired': {
    chain: () => [direct],
    anchors: () => [authority('root', 'root', { notAfter: now - 1 })],
    detail: 'not-valid-now',
  },
  'to an anchor that is not valid yet': {
    chain: () => [direct],
    anchors: () => [authority('root', 'root', { notBefore: now + 1 })],
    detail: 'not-valid-now',
  },
  'under a certificate that is no authority': {
    chain: () => [certificate('signer', 'clerk'), certificate('clerk', 'root')],
    detail: 'may-not-issue',
  },
  'longer than its authority allows': {
    chain: () => [
      certificate('signer', 'lower'),
      authority('lower', 'upper'),
      authority('upper', 'root', { authorityOver: 0 }),
    ],
    detail: 'may-not-issue',
  },
  'of an authority that signs itself': {
    chain: () => [authority('signer', 'root')],
    detail: 'may-not-sign',
  },
  'with needless certificates': {
    chain: () => [leaf, middle, root],
    detail: 'certificate-needless',
  },
  'with a small key': {
    chain: () => [certificate('small', 'root')],
    key: keyOf('small'),
    detail: 'key-not-allowed',
  },
  'with an exponent of 1, for which everybody can sign': {
    chain: () => [
      rawCertificate('signer', 'root', { publicKey: rsaKey('signer', Uint8Array.of(1)) }),
    ],
    detail: 'key-not-allowed',
  },
  'with an exponent of 60000 bytes, by nobody in particular': {
    chain: () => [
      certificate('signer', 'middle'),
      rawCertificate('middle', 'root', {
        publicKey: rsaKey('middle', Buffer.alloc(60_000, 0x7f)),
        extensions: authorityExtensions,
        issuerKey: keyOf('stranger'),
      }),
    ],
    detail: 'key-not-allowed',
  },
  'with a foreign certificate between': {
    chain: () => [certificate('signer', 'middle'), authority('another', 'root')],
    detail: 'not-issued-by-next',
  },
  'with a wrong signature between': {
    chain: () => [certificate('signer', 'middle', { issuerKey: keyOf('stranger') }), middle],
    detail: 'not-signed-by-next',
  },
  'with a critical extension that nobody knows': {
    chain: () => [reissued(leaf, withExtension(extension(ids.own, nul))), middle],
    detail: 'unknown-extension',
  },
  'with a critical extension in an authority': {
    chain: () => [leaf, reissued(middle, withExtension(extension(ids.own, nul)), keyOf('root'))],
    detail: 'unknown-extension',
  },
  'with critical extended key usage': {
    chain: () => [
      reissued(leaf, (body) =>
        withExtension(extension(ids.extKeyUsage, codeSigning))(
          withoutExtension(ids.extKeyUsage)(body),
        ),
      ),
      middle,
    ],
    status: 'ok',
  },
  'with extended key usage of a TLS server': {
    chain: () => [withPurposes(leaf, 'serverAuth'), middle],
    detail: 'other-purpose',
  },
  'with critical extended key usage of a TLS server': {
    chain: () => [withPurposes(leaf, 'serverAuth', true), middle],
    detail: 'other-purpose',
  },
  'with an authority for TLS servers': {
    chain: () => [leaf, withPurposes(middle, 'serverAuth', false, keyOf('root'))],
    detail: 'other-purpose',
  },
  'with an authority for every purpose': {
    chain: () => [leaf, withPurposes(middle, 'any', false, keyOf('root'))],
    status: 'ok',
  },
  'to an anchor for TLS servers': {
    chain: () => [direct],
    anchors: () => [withPurposes(root, 'serverAuth', false, keyOf('root'))],
    detail: 'other-purpose',
  },
  'with extended key usage of every purpose': {
    chain: () => [withPurposes(leaf, 'any'), middle],
    status: 'ok',
  },
  'with extended key usage of our own': {
    chain: () => [withPurposes(leaf, 'own'), middle],
    status: 'ok',
  },
  'with extended key usage of a TLS server and of code signing': {
    chain: () => [withPurposes(leaf, 'both'), middle],
    status: 'ok',
  },
  'with extended key usage of nothing': {
    chain: () => [withPurposes(leaf, 'none'), middle],
    status: 'badSignature',
    detail: 'certificate-extensions',
  },
  'with as many extensions as there may be': {
    chain: () => [reissued(leaf, withExtensions(limits.certificateExtensionsMax.value)), middle],
    status: 'ok',
  },
  'with an extension too many': {
    chain: () => [
      reissued(leaf, withExtensions(limits.certificateExtensionsMax.value + 1)),
      middle,
    ],
    status: 'badSignature',
    detail: 'certificate-extensions',
  },
  'of a certificate whose algorithm has no parameters': {
    chain: () => [reissued(leaf, (body) => derWith(body, [inBody.algorithm], bare)), middle],
    detail: 'not-signed-by-next',
  },
  'of a certificate whose algorithm has other parameters': {
    chain: () => [
      reissued(leaf, (body) => derWith(body, [inBody.algorithm, 1], put(hexDer('0403010203')))),
      middle,
    ],
    detail: 'not-signed-by-next',
  },
  'of a certificate whose algorithm has a broken name': {
    chain: () => [
      reissued(leaf, (body) =>
        derWith(body, [inBody.algorithm, 0], put(hexDer('06092a864886f70d01018b'))),
      ),
      middle,
    ],
    detail: 'not-signed-by-next',
  },
  'of a signer whose key has an algorithm in BER': {
    chain: () => [
      reissued(leaf, (body) => derWith(body, [inBody.key, 0], (id) => ({ ...id, length: 'long' }))),
      middle,
    ],
    detail: 'key-not-allowed',
  },
  'of a signer whose key has an algorithm without parameters': {
    chain: () => [reissued(leaf, (body) => derWith(body, [inBody.key, 0], bare)), middle],
    detail: 'key-not-allowed',
  },
  'of a signer whose key is an RSA key of nothing': {
    chain: () => [
      rawCertificate('signer', 'root', {
        publicKey: derBytes(
          derWith(parseDer(rsaKey('signer', Uint8Array.of(3))), [1], () =>
            hexDer('03090030060201000201 00'),
          ),
        ),
      }),
    ],
    detail: 'key-not-allowed',
  },
  'with an authority over 2^31 others': {
    chain: () => [leaf, withPathLength('02050080000000')],
    status: 'ok',
  },
  'with an authority over 2^32 others': {
    chain: () => [leaf, withPathLength('02050100000000')],
    status: 'badSignature',
    detail: 'certificate-extensions',
  },
  'with critical name constraints': {
    chain: () => [
      leaf,
      reissued(
        middle,
        withExtension(extension(ids.nameConstraints, hexDer('3000'))),
        keyOf('root'),
      ),
    ],
    detail: 'unknown-extension',
  },
  'with an authority without basic constraints': {
    chain: () => [leaf, reissued(middle, withoutExtension(ids.basicConstraints), keyOf('root'))],
    detail: 'may-not-issue',
  },
  'of a signer whose key is not RSA': {
    chain: () => [reissued(leaf, (body) => derWith(body, [inBody.key], ecSpki)), middle],
    detail: 'key-not-allowed',
  },
  'of a certificate signed over SHA-1': {
    chain: () => [
      reissued(
        leaf,
        (body) => derWith(body, [inBody.algorithm, 0], put(hexDer('06092a864886f70d010105'))),
        keyOf('middle'),
        'sha1',
      ),
      middle,
    ],
    detail: 'not-signed-by-next',
  },
  'of a certificate of version 1': {
    chain: () => [reissued(leaf, (body) => derWith(body, [inBody.version], nothing)), middle],
    status: 'badSignature',
    detail: 'certificate-version',
  },
  'of a certificate whose date is none': {
    chain: () => [
      reissued(leaf, (body) =>
        derWith(body, [inBody.validity, 1], put(der(0x17, Buffer.from('271331000000Z')))),
      ),
      middle,
    ],
    status: 'badSignature',
    detail: 'certificate-validity',
  },
  'of a certificate with another algorithm outside': {
    chain: () => [
      derBytes(derWith(parseDer(leaf), [1, 0], put(hexDer('06092a864886f70d01010c')))),
      middle,
    ],
    status: 'badSignature',
    detail: 'certificate-algorithm',
  },
  'of a certificate with something after its signature': {
    chain: () => [derBytes(append(nul)(parseDer(leaf))), middle],
    status: 'badSignature',
    detail: 'certificate-frame',
  },
  'of a certificate with an extension twice': {
    chain: () => [
      reissued(leaf, withExtension(extension(ids.keyUsage, hexDer('03020780')))),
      middle,
    ],
    status: 'badSignature',
    detail: 'certificate-extensions',
  },
};

function signedBy(chain: readonly Uint8Array[], key: KeyObject): Uint8Array {
  const [first = leaf] = chain;
  const body = derAt(parseDer(first), 0);
  // Not by our own reader, which refuses some of these. Version 1 says nothing of its version.
  const serial = derAt(body, 0).tag === 0xa0 ? 1 : 0;
  return rawCms(
    chain,
    derBytes(derAt(body, serial + 2)),
    derBytes(derAt(body, serial)),
    signWith('sha256', parts.seal, key),
  );
}

const chainCases: readonly Case[] = Object.entries(chainEntries).map(
  ([name, { chain, key = signerKey, detail, status = 'badChain', anchors, at: time, tool }]) => ({
    name: `chain: ${name}`,
    bytes: () => packParts(parts, { p7s: signedBy(chain(), key) }),
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(anchors === undefined ? {} : { trust: () => anchors().map(writePem).join('') }),
    ...(time === undefined ? {} : { at: time }),
    ...(tool === undefined ? {} : { tool }),
  }),
);

const trustCases: readonly Case[] = (
  [
    ['empty', () => '', 'file-empty'],
    ['without a certificate', () => '# later\n', 'store-without'],
    ['with a damaged certificate', () => writePem(root).replace('MII', '!!!'), 'store-damaged'],
    [
      'with a certificate cut off',
      () => writePem(root) + writePem(root).slice(0, 200),
      'store-damaged',
    ],
    [
      'with a certificate without end',
      () => writePem(root).split('-----END')[0] ?? '',
      'store-damaged',
    ],
    // The certificate's reader was once fed on after it had refused a part.
    [
      'with a date that is none in a certificate',
      () =>
        writePem(
          Buffer.from(
            Buffer.from(root).toString('latin1').replace('270114', '27\xff\xff\xff\xff'),
            'latin1',
          ),
        ),
      'certificate-validity',
    ],
  ] as const
).map(([name, trust, detail]) => ({
  name: `trust store: ${name}`,
  bytes: () => packParts(parts),
  status: 'noTrust',
  detail,
  trust,
}));

export const signatureCases: readonly Case[] = [...cmsCases, ...chainCases, ...trustCases];
