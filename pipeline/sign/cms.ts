/**
 * The one form of signature that a bundle has: CMS SignedData (RFC 5652), cut down.
 * Detached, one signer, no attributes: the value is then the plain RSA signature of seal.bin.
 * docs/format.md, "The signature".
 */
import { limits } from '../format/limits.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { readAlgorithm } from './certificate.ts';
import { DerFault, type DerReader, readDer, tags } from './der.ts';

export const objectIds = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  rsaEncryption: '1.2.840.113549.1.1.1',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

export type Cms = {
  /** The signer's first, then each the issuer of the one before. */
  readonly certificates: readonly Uint8Array[];
  /** Who signed, as the signer's certificate names it: Name and INTEGER, whole. */
  readonly issuer: Uint8Array;
  readonly serial: Uint8Array;
  readonly signature: Uint8Array;
};

export function parseCms(der: Uint8Array): Result<Cms> {
  if (der.length > limits.bundleSignatureMax.value)
    return fail({ area: 'seal', kind: 'signature-form', part: 'size' });
  const read = readDer(der, readContentInfo);
  return read.ok ? ok(read.value) : fail({ area: 'seal', kind: 'signature-form', part: read.part });
}

function expectId(found: string, wanted: string, part: string): void {
  if (found !== wanted) throw new DerFault(part);
}

function readContentInfo(reader: DerReader): Cms {
  const info = reader.inside(tags.sequence, 'ContentInfo');
  expectId(info.objectId('contentType'), objectIds.signedData, 'contentType');
  const content = info.inside(tags.context(0), 'content');
  info.end('ContentInfo');
  const data = content.inside(tags.sequence, 'SignedData');
  content.end('content');

  if (data.smallInteger('version') !== 1) throw new DerFault('version');
  const digests = data.inside(tags.set, 'digestAlgorithms');
  expectId(readAlgorithm(digests, 'digestAlgorithms'), objectIds.sha256, 'digestAlgorithms');
  digests.end('digestAlgorithms');
  const encapsulated = data.inside(tags.sequence, 'encapContentInfo');
  expectId(encapsulated.objectId('eContentType'), objectIds.data, 'eContentType');
  // Detached: the content is seal.bin, and is not repeated here.
  encapsulated.end('eContent');
  const bag = data.inside(tags.context(0), 'certificates');
  const certificates: Uint8Array[] = [];
  while (!bag.atEnd) certificates.push(bag.next(tags.sequence, 'certificates').whole);
  if (certificates.length === 0 || certificates.length > limits.cmsCertificatesMax.value)
    throw new DerFault('certificates');
  const signers = data.inside(tags.set, 'signerInfos');
  data.end('SignedData');

  const signer = signers.inside(tags.sequence, 'SignerInfo');
  signers.end('signerInfos');
  if (signer.smallInteger('SignerInfo version') !== 1) throw new DerFault('SignerInfo version');
  const name = signer.inside(tags.sequence, 'issuerAndSerialNumber');
  const issuer = name.next(tags.sequence, 'issuer').whole;
  const serial = name.integer('serialNumber').whole;
  name.end('issuerAndSerialNumber');
  expectId(readAlgorithm(signer, 'digestAlgorithm'), objectIds.sha256, 'digestAlgorithm');
  // Signed attributes would stand here, and make the value a signature of something else.
  expectId(
    readAlgorithm(signer, 'signatureAlgorithm'),
    objectIds.rsaEncryption,
    'signatureAlgorithm',
  );
  const signature = signer.next(tags.octetString, 'signature').content;
  signer.end('unsignedAttrs');
  return { certificates, issuer, serial, signature };
}
