/**
 * The one place for node-forge: it writes certificates and the CMS structure.
 * Its strings of bytes stop here. Keys and signatures are node:crypto's, here by a delegate.
 */
import { constants, createPublicKey, type KeyObject, privateEncrypt } from 'node:crypto';
import forge from 'node-forge';
import { testerPurpose } from './certificate.ts';
import { type Cms, objectIds } from './cms.ts';

const { asn1, pki } = forge;

const toBinary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const fromBinary = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

export type Name = { readonly commonName: string; readonly organizationalUnit?: string };

export type Issue = {
  readonly subject: Name;
  /** A Name in DER stands in the certificate as it is. */
  readonly issuer: Name | Uint8Array;
  /** Private or public: a key in a token is known by its public half alone. */
  readonly subjectKey: KeyObject;
  readonly issuerKey: KeyObject;
  /** 16 bytes, the first between 1 and 127. */
  readonly serial: Uint8Array;
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** How many authorities may stand below this one; undefined for a signer. */
  readonly authorityOver: number | undefined;
  /** For testers alone, or for an authority that issues testers alone. */
  readonly tester?: boolean;
};

// forge would choose PrintableString and a wrong form for what is not printable.
const attributes = (name: Name): forge.pki.CertificateField[] =>
  [
    { name: 'organizationalUnitName', value: name.organizationalUnit },
    { name: 'commonName', value: name.commonName },
  ]
    .filter(({ value }) => value !== undefined)
    .map(
      (field) =>
        ({ ...field, valueTagClass: asn1.Type.UTF8 }) as unknown as forge.pki.CertificateField,
    );

const publicKeyOf = (key: KeyObject): forge.pki.rsa.PublicKey =>
  pki.publicKeyFromPem(
    (key.type === 'public' ? key : createPublicKey(key))
      .export({ type: 'spki', format: 'pem' })
      .toString(),
  ) as forge.pki.rsa.PublicKey;

const identifierOf = (key: forge.pki.rsa.PublicKey): string =>
  pki.getPublicKeyFingerprint(key, { type: 'RSAPublicKey' }).getBytes();

/** A certificate in DER. Same arguments, same bytes. */
export function issueCertificate(issue: Issue): Uint8Array {
  const certificate = pki.createCertificate();
  const subjectKey = publicKeyOf(issue.subjectKey);
  const signer = issue.authorityOver === undefined;
  certificate.publicKey = subjectKey;
  certificate.serialNumber = Buffer.from(issue.serial).toString('hex');
  certificate.validity.notBefore = new Date(issue.notBefore * 1000);
  certificate.validity.notAfter = new Date(issue.notAfter * 1000);
  certificate.setSubject(attributes(issue.subject));
  const { issuer } = issue;
  certificate.setIssuer(issuer instanceof Uint8Array ? [] : attributes(issuer));
  certificate.setExtensions([
    signer
      ? { name: 'basicConstraints', critical: true, cA: false }
      : {
          name: 'basicConstraints',
          critical: true,
          cA: true,
          pathLenConstraint: issue.authorityOver,
        },
    signer
      ? { name: 'keyUsage', critical: true, digitalSignature: true }
      : { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    // Not critical: the loader's X.509 engine refuses critical extensions that it does not know.
    ...(issue.tester === true
      ? [{ id: extendedKeyUsage, value: sequence(given(testerPurpose)) }]
      : signer
        ? [{ name: 'extKeyUsage', codeSigning: true }]
        : []),
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: identifierOf(publicKeyOf(issue.issuerKey)),
    },
  ]);
  const delegate = { sign: (md: forge.md.MessageDigest) => signDigest(md, issue.issuerKey) };
  certificate.sign(delegate as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
  const whole = pki.certificateToAsn1(certificate);
  if (issuer instanceof Uint8Array) {
    // forge would write a foreign name its own way, and names are compared byte by byte.
    const [body] = whole.value as forge.asn1.Asn1[];
    const fields = body?.value as forge.asn1.Asn1[];
    fields[issuerField] = given(issuer);
    const digest = forge.md.sha256.create();
    digest.update(asn1.toDer(sequence(...fields)).getBytes());
    const signature = universal(asn1.Type.BITSTRING, `\0${signDigest(digest, issue.issuerKey)}`);
    (whole.value as forge.asn1.Asn1[]).splice(2, 1, signature);
  }
  return fromBinary(asn1.toDer(whole).getBytes());
}

/** forge reads the numbers of an identifier as its own, and ours has one of 128 bits. */
const extendedKeyUsage = '2.5.29.37';

/** After version, serial number and signature algorithm (RFC 5280, 4.1). */
const issuerField = 3;

/** DER of a DigestInfo with SHA-256, up to the digest itself (RFC 8017, 9.2). */
const sha256Prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');

function signDigest(digest: forge.md.MessageDigest, key: KeyObject): string {
  const info = Buffer.concat([sha256Prefix, fromBinary(digest.digest().getBytes())]);
  return toBinary(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info));
}

const universal = (type: forge.asn1.Type, value: forge.asn1.Asn1[] | string): forge.asn1.Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, type, typeof value !== 'string', value);
const sequence = (...parts: forge.asn1.Asn1[]): forge.asn1.Asn1 =>
  universal(asn1.Type.SEQUENCE, parts);
const set = (part: forge.asn1.Asn1): forge.asn1.Asn1 => universal(asn1.Type.SET, [part]);
const context = (number: number, ...parts: forge.asn1.Asn1[]): forge.asn1.Asn1 =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, number as forge.asn1.Type, true, parts);
const objectId = (id: string): forge.asn1.Asn1 =>
  universal(asn1.Type.OID, asn1.oidToDer(id).getBytes());
const one = (): forge.asn1.Asn1 => universal(asn1.Type.INTEGER, '\x01');

/** DER as it is. Throws where forge would write it differently: then a signature over it would break. */
function given(der: Uint8Array): forge.asn1.Asn1 {
  const parsed = asn1.fromDer(toBinary(der));
  if (asn1.toDer(parsed).getBytes() !== toBinary(der))
    throw new Error('node-forge does not give DER back as it was');
  return parsed;
}

/** The bytes of seal.p7s. Every algorithm has parameters NULL (RFC 3370; RFC 5754 leaves the choice). */
export function renderCms(cms: Cms): Uint8Array {
  const algorithm = (id: string): forge.asn1.Asn1 =>
    sequence(objectId(id), universal(asn1.Type.NULL, ''));
  const signer = sequence(
    one(),
    sequence(given(cms.issuer), given(cms.serial)),
    algorithm(objectIds.sha256),
    algorithm(objectIds.rsaEncryption),
    universal(asn1.Type.OCTETSTRING, toBinary(cms.signature)),
  );
  const data = sequence(
    one(),
    set(algorithm(objectIds.sha256)),
    sequence(objectId(objectIds.data)),
    context(0, ...cms.certificates.map(given)),
    set(signer),
  );
  const info = sequence(objectId(objectIds.signedData), context(0, data));
  return fromBinary(asn1.toDer(info).getBytes());
}
