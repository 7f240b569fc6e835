/** X.509 certificates as plain values (RFC 5280): what the walk to a trust anchor asks for. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { limits } from '../format/limits.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { DerFault, DerReader, readDer, sameBytes, tags } from './der.ts';

/** Stands in the organizational unit of certificates that `keygen` makes for development. */
export const developmentUnit = 'crashseal DEVELOPMENT KEY';

export type Certificate = {
  readonly der: Uint8Array;
  /** What the signature covers. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** The AlgorithmIdentifier that it is signed with, whole: parameters count too. */
  readonly algorithm: Uint8Array;
  /** The INTEGER and the Names as they stand in the certificate, for exact comparison. */
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** For people: `CN=..., OU=...`. */
  readonly subjectText: string;
  readonly issuerText: string;
  /** It, or its issuer, says that it was made for trying things out. */
  readonly development: boolean;
  /** Seconds since 1970, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Uint8Array;
  /** Absent: not an RSA key in the one form that loaders read. */
  readonly rsa: RsaNumbers | undefined;
  /** Absent as well where openssl cannot read it. */
  readonly key: KeyObject | undefined;
  readonly ca: boolean;
  readonly pathLength: number | undefined;
  /** Absent: the certificate does not limit its use. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** What its extended key usage allows; without one, all but to attest. */
  readonly purposes: ReadonlySet<Purpose>;
  /** Critical extensions that we do not know, in dots. */
  readonly unknownCritical: readonly string[];
};

/**
 * To sign bundles and revocation lists, and to issue who does; to attest that a bundle was tried, only where it is
 * named; to issue testers.
 */
export type Purpose = 'seal' | 'attest' | 'issue testers';

/** Without leading zeros. */
export type RsaNumbers = { readonly modulus: Uint8Array; readonly exponent: Uint8Array };

/** In the order of their bits (RFC 5280, 4.2.1.3). */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const;
export type KeyUsage = (typeof keyUsages)[number];

export function parseCertificate(der: Uint8Array, origin: string): Result<Certificate> {
  const malformed = (part: string): Problem => ({
    area: 'seal',
    kind: 'certificate-malformed',
    origin,
    part,
  });
  const read = readDer(der, (reader) => readCertificate(der, reader));
  return read.ok
    ? ok({ ...read.value, key: read.value.rsa && readKey(read.value.spki) })
    : fail(malformed(read.part));
}

function readKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function readCertificate(der: Uint8Array, reader: DerReader): Omit<Certificate, 'key'> {
  const outer = reader.inside(tags.sequence, 'certificate');
  const signed = outer.next(tags.sequence, 'certificate body').whole;
  const outerAlgorithm = outer.next(tags.sequence, 'signature algorithm');
  const signature = readBits(outer, 'signature');
  outer.end('certificate');

  const body = new DerReader(signed).inside(tags.sequence, 'certificate body');
  const version = body.inside(tags.context(0), 'version');
  if (version.smallInteger('version') !== 2) throw new DerFault('version');
  version.end('version');
  const serial = body.integer('serial number').whole;
  // Stands twice, and only here is it signed. What it holds is for the walk to judge.
  const algorithm = body.next(tags.sequence, 'signature algorithm').whole;
  if (!sameBytes(algorithm, outerAlgorithm.whole)) throw new DerFault('signature algorithm');
  const issuer = body.next(tags.sequence, 'issuer').whole;
  const validity = body.inside(tags.sequence, 'validity');
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.end('validity');
  const subject = body.next(tags.sequence, 'subject').whole;
  const spki = body.next(tags.sequence, 'public key').whole;
  const rsa = readRsa(spki);
  const extensions = body.inside(tags.context(3), 'extensions');
  const found = readExtensions(extensions.inside(tags.sequence, 'extensions'));
  extensions.end('extensions');
  body.end('certificate body');

  const subjectName = readName(subject);
  const issuerName = readName(issuer);
  return {
    der,
    signed,
    signature,
    algorithm,
    serial,
    issuer,
    subject,
    subjectText: showName(subjectName),
    issuerText: showName(issuerName),
    development: [...subjectName, ...issuerName].some(
      ({ type, value }) => type === nameTypes.OU && sameBytes(value, developmentMark),
    ),
    notBefore,
    notAfter,
    spki,
    rsa,
    ...found,
  };
}

/** The OID of an AlgorithmIdentifier whose parameters are NULL, as RSA has them (RFC 3370, RFC 4055). */
export function readAlgorithm(reader: DerReader, part: string): string {
  const algorithm = reader.inside(tags.sequence, part);
  const name = algorithm.objectId(part);
  if (algorithm.next(tags.null, part).content.length > 0) throw new DerFault(part);
  algorithm.end(part);
  return name;
}

/**
 * The numbers of an RSA key, which must be in strict DER: OpenSSL does not ask for that. A key of
 * another kind, whatever it holds, is for the walk to refuse.
 */
function readRsa(spki: Uint8Array): RsaNumbers | undefined {
  const part = 'public key';
  const info = new DerReader(spki).inside(tags.sequence, part);
  if (!info.skip(rsaAlgorithm)) return undefined;
  const bits = new DerReader(readBits(info, part));
  info.end(part);
  const numbers = bits.inside(tags.sequence, part);
  bits.end(part);
  const modulus = withoutZero(numbers.integer(part).content);
  const exponent = withoutZero(numbers.integer(part).content);
  numbers.end(part);
  return { modulus, exponent };
}
/** Of an INTEGER that is not negative: without the zero that keeps it so. */
const withoutZero = (digits: Uint8Array): Uint8Array =>
  digits.length > 1 && digits[0] === 0 ? digits.subarray(1) : digits;
/** AlgorithmIdentifier: rsaEncryption, NULL. */
const rsaAlgorithm = Uint8Array.from(Buffer.from('300d06092a864886f70d0101010500', 'hex'));

function readBits(reader: DerReader, part: string): Uint8Array {
  const { content } = reader.next(tags.bitString, part);
  if (content[0] !== 0) throw new DerFault(part);
  return content.subarray(1);
}

/** UTCTime until 2049, GeneralizedTime from then on, both to the second and in UTC (RFC 5280, 4.1.2.5). */
function readTime(reader: DerReader): number {
  const { tag, content } = reader.any('validity');
  const text = Buffer.from(content).toString('latin1');
  const pattern =
    tag === tags.utcTime
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
      : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  if (tag !== tags.utcTime && tag !== tags.generalizedTime) throw new DerFault('validity');
  const [year, month, day, hour, minute, second] = (pattern.exec(text) ?? []).slice(1).map(Number);
  if (year === undefined || month === undefined) throw new DerFault('validity');
  const full = tag === tags.utcTime ? year + (year < 50 ? 2000 : 1900) : year;
  const time = Date.UTC(full, month - 1, day, hour, minute, second);
  // Date.UTC takes a 13th month for the next January; such a certificate is malformed.
  const digits = new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);
  if (!digits.endsWith(text.slice(0, -1))) throw new DerFault('validity');
  return time / 1000;
}

const nameTypes = { CN: '2.5.4.3', O: '2.5.4.10', OU: '2.5.4.11', C: '2.5.4.6' } as const;

type NamePart = { readonly type: string; readonly value: Uint8Array };

const developmentMark = new TextEncoder().encode(developmentUnit);

function readName(name: Uint8Array): readonly NamePart[] {
  const reader = new DerReader(name).inside(tags.sequence, 'name');
  const parts: NamePart[] = [];
  while (!reader.atEnd) {
    const relative = reader.inside(tags.set, 'name');
    while (!relative.atEnd) {
      const pair = relative.inside(tags.sequence, 'name');
      const type = pair.objectId('name');
      const value = pair.any('name').content;
      pair.end('name');
      parts.push({ type, value });
    }
  }
  return parts;
}

const showName = (parts: readonly NamePart[]): string =>
  parts
    .map(({ type, value }) => {
      const short = Object.entries(nameTypes).find(([, id]) => id === type)?.[0] ?? type;
      // What a certificate says goes to a terminal.
      return `${short}=${new TextDecoder().decode(value).replace(/[^\x20-\x7e]/gu, '?')}`;
    })
    .join(', ');

const extensionIds = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Whole OBJECT IDENTIFIERs; two of them our own (ITU-T X.667). */
const purposeIds = {
  /** 1.3.6.1.5.5.7.3.3 */
  codeSigning: '06082b06010505070303',
  /** anyExtendedKeyUsage, 2.5.29.37.0 */
  any: '0604551d2500',
  /** For signers of capture kernels and nothing else: 2.25.220255786274260209228786723753889728612. */
  captureKernels: '06146982cbb3dcabe1c39ab8b38cbfb58382c5969064',
  /** For testers: 2.25.234951706416928805938111016921829324665. */
  testers: '06146982e1c286df9da9f2abe586b7cfbe8df9e6ee79',
} as const;
export const testerPurpose = Uint8Array.from(Buffer.from(purposeIds.testers, 'hex'));

/** What each allows. */
const knownPurposes: Readonly<Record<string, readonly Purpose[]>> = {
  [purposeIds.codeSigning]: ['seal'],
  [purposeIds.any]: ['seal', 'issue testers'],
  [purposeIds.captureKernels]: ['seal'],
  [purposeIds.testers]: ['attest', 'issue testers'],
};
const unlimited: readonly Purpose[] = ['seal', 'issue testers'];

function readExtensions(
  reader: DerReader,
): Pick<Certificate, 'ca' | 'pathLength' | 'keyUsage' | 'purposes' | 'unknownCritical'> {
  let ca = false;
  let pathLength: number | undefined;
  let keyUsage: readonly KeyUsage[] | undefined;
  let purposes = new Set(unlimited);
  const unknownCritical: string[] = [];
  const seen = new Set<string>();
  while (!reader.atEnd) {
    const extension = reader.inside(tags.sequence, 'extension');
    const id = extension.objectId('extension');
    if (seen.size === limits.certificateExtensionsMax.value) throw new DerFault('extensions');
    if (seen.has(id)) throw new DerFault(`extension ${id}`);
    seen.add(id);
    const critical = extension.optionalTrue('extension');
    const { content } = extension.next(tags.octetString, 'extension');
    extension.end('extension');
    const value = new DerReader(content);
    if (id === extensionIds.basicConstraints) {
      const constraints = value.inside(tags.sequence, 'basic constraints');
      ca = constraints.optionalTrue('basic constraints');
      if (!constraints.atEnd) pathLength = constraints.smallInteger('basic constraints');
      constraints.end('basic constraints');
      value.end('basic constraints');
    } else if (id === extensionIds.keyUsage) {
      const [unused, ...bytes] = value.next(tags.bitString, 'key usage').content;
      if (unused === undefined || unused > 7) throw new DerFault('key usage');
      keyUsage = keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
      value.end('key usage');
    } else if (id === extensionIds.extendedKeyUsage) {
      const list = value.inside(tags.sequence, 'extended key usage');
      value.end('extended key usage');
      if (list.atEnd) throw new DerFault('extended key usage');
      purposes = new Set();
      while (!list.atEnd) {
        const { whole } = list.next(tags.objectId, 'extended key usage');
        for (const allowed of knownPurposes[Buffer.from(whole).toString('hex')] ?? [])
          purposes.add(allowed);
      }
    } else if (critical) unknownCritical.push(id);
  }
  return { ca, pathLength, keyUsage, purposes, unknownCritical };
}

/** The lines around a certificate in PEM (RFC 7468). */
export const pemLines = {
  begin: '-----BEGIN CERTIFICATE-----',
  end: '-----END CERTIFICATE-----',
} as const;

/** The certificates of a PEM file, in its order; undefined where one is not whole. */
export function readPem(file: Uint8Array): readonly Uint8Array[] | undefined {
  const text = Buffer.from(file).toString('latin1');
  const found: Uint8Array[] = [];
  const { begin, end } = pemLines;
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
    const stop = text.indexOf(end, at);
    if (stop < 0) return undefined;
    const base64 = text.slice(at + begin.length, stop).replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
    found.push(Uint8Array.from(Buffer.from(base64, 'base64')));
  }
  return found;
}

export function writePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [pemLines.begin, ...lines, pemLines.end, ''].join('\n');
}
