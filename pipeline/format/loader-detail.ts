/**
 * What a failure of the loader is about, more closely than its status says. `detail` in its JSON, docs/loader.md.
 * Names are a promise to scripts; codes live inside the loader only. Those of the seal's faults are their own, from 0x100.
 * `words` go into its message.
 */
import { codeTable } from './code-table.ts';
import { sealFaults } from './seal-faults.ts';

export const loaderDetails = codeTable({
  none: { code: 0, doc: 'the status says everything' },
  fileMissing: { code: 1, doc: 'there is no such file' },
  fileUnreadable: { code: 2, doc: 'the file cannot be opened, read or written' },
  fileForm: { code: 3, doc: 'the file does not hold what it should' },
  fileEmpty: { code: 4, doc: 'the file is empty', words: 'is empty' },
  fileKind: { code: 5, doc: 'the file is not a regular file' },
  fileLarge: { code: 6, doc: 'the file is larger than allowed' },
  fileOpen: { code: 7, doc: 'others may read or write the file, or own it' },
  addressHidden: { code: 8, doc: 'the file shows zero instead of an address' },
  numberSmall: { code: 9, doc: 'the number in the file is below the least that the bundle takes' },
  ruleDiffers: { code: 10, doc: 'the file of a match rule holds another value' },
  ruleAbsent: { code: 11, doc: 'a match rule wants a file that is not there' },
  rulePresent: { code: 12, doc: 'a match rule forbids a file that is there' },
  deviceMissing: { code: 13, doc: 'the device is not there' },
  deviceOffline: { code: 14, doc: 'the device is there, but it is not online' },
  overlayNotAllowed: { code: 15, doc: 'the bundle has no room for a local overlay' },
  regionNotAlone: { code: 16, doc: 'there is more than one crash region' },
  regionNotWhole: { code: 17, doc: 'the crash region does not begin and end at whole MiB' },
  regionOverlaps: { code: 18, doc: 'the crash region overlaps what is to change places with it' },
  regionLarge: { code: 19, doc: 'the crash region is larger than the first range of System RAM' },
  placeNotAligned: {
    code: 20,
    doc: 'the fixed place of a segment is not a multiple of its alignment',
  },
  placeTaken: { code: 21, doc: 'the fixed place of a segment is not free, or too low' },
  lockHeld: { code: 22, doc: 'another loader has held the lock for too long' },
  headerRoom: {
    code: 23,
    doc: 'the kernel wants more room for the ELF core header than is reserved',
  },
  memberName: { code: 24, doc: 'a member of the archive is not the one that the seal lists there' },
  memberSize: { code: 25, doc: 'a member does not have the size that the seal lists' },
  memberCount: { code: 26, doc: 'the archive does not have as many members as the seal lists' },
  pathLong: { code: 27, doc: 'the path is longer than the kernel takes' },
  folderWithout: { code: 28, doc: 'no file in the folder has a name that ends in .crashseal' },
  certificateFrame: { code: 30, doc: 'a certificate is malformed: its frame', words: 'frame' },
  certificateVersion: {
    code: 31,
    doc: 'a certificate is malformed: its version',
    words: 'version',
  },
  certificateSerial: {
    code: 32,
    doc: 'a certificate is malformed: its serial number',
    words: 'serial number',
  },
  certificateAlgorithm: {
    code: 33,
    doc: 'a certificate is malformed: its signature algorithm',
    words: 'signature algorithm',
  },
  certificateValidity: {
    code: 34,
    doc: 'a certificate is malformed: its validity',
    words: 'validity',
  },
  certificateName: { code: 35, doc: 'a certificate is malformed: its name', words: 'name' },
  certificatePublicKey: {
    code: 36,
    doc: 'a certificate is malformed: its public key',
    words: 'public key',
  },
  certificateExtensions: {
    code: 37,
    doc: 'a certificate is malformed: its extensions',
    words: 'extensions',
  },
  certificateEnd: { code: 38, doc: 'a certificate is malformed: its end', words: 'end' },
  keyNotAllowed: {
    code: 39,
    doc: 'a certificate does not have an RSA key of 2048 to 4096 bits with a usual exponent',
    words: 'does not have an RSA key of 2048 to 4096 bits with a usual exponent',
  },
  notValidNow: {
    code: 40,
    doc: "a certificate is not valid at the machine's time",
    words: 'is not valid at ',
  },
  mayNotSign: {
    code: 41,
    doc: 'a certificate may not sign: its key usage lacks digitalSignature',
    words: 'may not sign: its key usage lacks digitalSignature',
  },
  mayNotIssue: {
    code: 42,
    doc: 'a certificate may not issue others, or not so many',
    words: 'may not issue others, or not so many',
  },
  unknownExtension: {
    code: 43,
    doc: 'a certificate has a critical extension that is not known',
    words: 'has a critical extension that is not known',
  },
  certificateRevoked: {
    code: 44,
    doc: 'a certificate of the chain is revoked',
    words: 'is revoked',
  },
  certificateNeedless: {
    code: 45,
    doc: 'a certificate is after the last one that leads to a trust anchor',
    words: 'is after the last one that leads to a trust anchor',
  },
  noAnchor: {
    code: 46,
    doc: 'the chain leads to no trust anchor of this machine',
    words: 'leads to no trust anchor of this machine',
  },
  notIssuedByNext: {
    code: 47,
    doc: 'a certificate was not issued by the one that follows it',
    words: 'was not issued by the one that follows it',
  },
  notSignedByNext: {
    code: 48,
    doc: 'a certificate is not signed by the one that follows it',
    words: 'is not signed by the one that follows it',
  },
  cmsDer: {
    code: 49,
    doc: 'a signature does not have the required form: it is not DER, or its length is wrong',
    words: 'it is not DER, or its length is wrong',
  },
  cmsMore: {
    code: 50,
    doc: 'a signature does not have the required form: there is something after it',
    words: 'there is something after it',
  },
  cmsType: {
    code: 51,
    doc: 'a signature does not have the required form: it is not SignedData',
    words: 'it is not SignedData',
  },
  cmsFrame: {
    code: 52,
    doc: 'a signature does not have the required form: SignedData has a wrong frame',
    words: 'SignedData has a wrong frame',
  },
  cmsVersion: {
    code: 53,
    doc: 'a signature does not have the required form: its version is not 1',
    words: 'its version is not 1',
  },
  cmsDigests: {
    code: 54,
    doc: 'a signature does not have the required form: its digest algorithms are not SHA-256 alone',
    words: 'its digest algorithms are not SHA-256 alone',
  },
  cmsContent: {
    code: 55,
    doc: 'a signature does not have the required form: it is not detached, or not over plain data',
    words: 'it is not detached, or not over plain data',
  },
  cmsNoCertificates: {
    code: 56,
    doc: 'a signature does not have the required form: there are no certificates',
    words: 'there are no certificates',
  },
  cmsManyCertificates: {
    code: 57,
    doc: 'a signature does not have the required form: more than 8 certificates',
    words: 'more than 8 certificates',
  },
  cmsSigners: {
    code: 58,
    doc: 'a signature does not have the required form: there are revocation lists, or no signers',
    words: 'there are revocation lists, or no signers',
  },
  cmsNoSigner: {
    code: 59,
    doc: 'a signature does not have the required form: there is no signer',
    words: 'there is no signer',
  },
  cmsManySigners: {
    code: 60,
    doc: 'a signature does not have the required form: there is more than one signer',
    words: 'there is more than one signer',
  },
  signerVersion: {
    code: 61,
    doc: "a signature does not have the required form: the signer's version is not 1",
    words: "the signer's version is not 1",
  },
  signerName: {
    code: 62,
    doc: 'a signature does not have the required form: the signer is not named by issuer and serial number',
    words: 'the signer is not named by issuer and serial number',
  },
  signerCertificate: {
    code: 63,
    doc: "a signature does not have the required form: the first certificate is not the signer's",
    words: "the first certificate is not the signer's",
  },
  signerDigest: {
    code: 64,
    doc: "a signature does not have the required form: the signer's digest is not SHA-256",
    words: "the signer's digest is not SHA-256",
  },
  signerAttributes: {
    code: 65,
    doc: 'a signature does not have the required form: there are signed attributes',
    words: 'there are signed attributes',
  },
  signerAlgorithm: {
    code: 66,
    doc: "a signature does not have the required form: the signature's algorithm is not RSA",
    words: "the signature's algorithm is not RSA",
  },
  signatureMissing: {
    code: 67,
    doc: 'a signature does not have the required form: there is no signature value',
    words: 'there is no signature value',
  },
  signatureMore: {
    code: 68,
    doc: 'a signature does not have the required form: there is something after the signature value',
    words: 'there is something after the signature value',
  },
  tooManyAnchors: {
    code: 69,
    doc: 'a certificate is one more than the 16 that a trust store may have',
    words: 'is one certificate more than the 16 there may be',
  },
  storeLine: {
    code: 70,
    doc: 'a line of the trust store is neither part of a certificate nor a setting in its place',
    words: 'is neither part of a certificate nor a setting',
  },
  storeDamaged: {
    code: 71,
    doc: 'a certificate in the trust store is damaged, or has no end',
    words: 'is in a certificate that is damaged, or has no end',
  },
  storeWithout: {
    code: 72,
    doc: 'the trust store holds no certificate',
    words: 'holds no certificate',
  },
  storeOwner: {
    code: 73,
    doc: 'the owner of the trust store is neither root nor the user that runs the loader',
    words: 'belongs neither to root nor to the user that runs the loader',
  },
  storeOpen: {
    code: 74,
    doc: 'not only the owner can write to the trust store',
    words: 'can be written by others than its owner',
  },
  listShort: {
    code: 75,
    doc: 'the revocation list is shorter than its header',
    words: 'is shorter than its header',
  },
  listVersion: {
    code: 76,
    doc: 'the file is not a revocation list, or has an unknown version',
    words: 'is not a revocation list, or has an unknown version',
  },
  listCount: {
    code: 77,
    doc: 'the revocation list does not have the entries that it states',
    words: 'does not have as many entries as it states',
  },
  listUnsigned: { code: 78, doc: 'the revocation list is not signed', words: 'is not signed' },
  listSignatureLarge: {
    code: 79,
    doc: 'the revocation list has a signature of more than 64 KiB',
    words: 'has a signature of more than 64 KiB',
  },
  listSignatureForm: {
    code: 80,
    doc: 'the signature of the revocation list does not have the required form',
    words: 'is wrong: ',
  },
  listStranger: {
    code: 81,
    doc: 'the revocation list is not signed by a signer that this machine trusts',
    words: 'is not signed by a signer that this machine trusts: ',
  },
  listDate: {
    code: 82,
    doc: 'the revocation list has a date that does not exist',
    words: 'has a date that does not exist',
  },
  listKind: {
    code: 83,
    doc: 'the revocation list has an entry of an unknown kind',
    words: 'has an entry of an unknown kind',
  },
  listOrder: {
    code: 84,
    doc: 'the revocation list is not sorted, or has an entry twice',
    words: 'is not sorted, or has an entry twice',
  },
  otherPurpose: {
    code: 85,
    doc: 'a certificate is for other purposes: its extended key usage lacks codeSigning',
    words: 'is for other purposes: its extended key usage lacks codeSigning',
  },
  keyRevoked: {
    code: 86,
    doc: 'the key of a certificate of the chain is revoked',
    words: 'has a revoked key',
  },
  storePrivateKey: {
    code: 87,
    doc: 'a line of the trust store is of a private key',
    words: 'is of a private key',
  },
  archiveStranger: {
    code: 120,
    doc: 'the archive holds what is no member of a bundle',
    words: 'what stands there is not a member of a bundle',
  },
  archiveMemberMissing: {
    code: 121,
    doc: 'a member of the archive is missing, or not in its place',
    words: 'is missing, or not in its place',
  },
  archiveMemberPlace: {
    code: 122,
    doc: 'a member of the archive is not in its place',
    words: 'is not in its place',
  },
  archiveMemberTwice: {
    code: 123,
    doc: 'a member of the archive is there twice',
    words: 'is there twice',
  },
  archiveMemberEmpty: { code: 124, doc: 'a member of the archive is empty', words: 'is empty' },
  archiveMemberLarge: {
    code: 125,
    doc: 'a member of the archive is larger than allowed',
    words: 'is larger than allowed',
  },
  archiveMemberCut: {
    code: 126,
    doc: 'a member of the archive, or its padding, is cut off',
    words: 'is cut off',
  },
  archivePadding: {
    code: 127,
    doc: 'a member of the archive has padding that is not zero',
    words: 'has padding that is not zero',
  },
  archiveName: {
    code: 128,
    doc: 'a header of the archive does not write the name in the one form that is allowed',
    words: 'does not write its name in the one form that is allowed',
  },
  archiveMode: {
    code: 129,
    doc: 'a header of the archive has a mode other than 0644',
    words: 'has a mode other than 0644',
  },
  archiveOwner: {
    code: 130,
    doc: 'a header of the archive has an owner other than 0:0',
    words: 'has an owner other than 0:0',
  },
  archiveSize: {
    code: 131,
    doc: 'a header of the archive does not write the size in the one form that is allowed',
    words: 'does not write its size in the one form that is allowed',
  },
  archiveTime: {
    code: 132,
    doc: 'a header of the archive has a time other than 0',
    words: 'has a time other than 0',
  },
  archiveChecksum: {
    code: 133,
    doc: 'a header of the archive has a wrong checksum',
    words: 'has a wrong header checksum',
  },
  archiveKind: {
    code: 134,
    doc: 'a member of the archive is not a regular file',
    words: 'is not a regular file',
  },
  archiveLink: {
    code: 135,
    doc: 'a header of the archive has a link name',
    words: 'has a link name',
  },
  archiveMagic: {
    code: 136,
    doc: 'a header of the archive is not in ustar format',
    words: 'is not in ustar format',
  },
  archiveRest: {
    code: 137,
    doc: 'a header of the archive has owner names, device numbers, a name prefix or bytes after them',
    words: 'has owner names, device numbers, a name prefix or bytes after them',
  },
  archiveCut: { code: 138, doc: 'the archive is cut off', words: 'the archive is cut off' },
  archiveZero: {
    code: 139,
    doc: 'a header of the archive begins with a zero byte',
    words: 'a header begins with a zero byte',
  },
  archiveEnd: {
    code: 140,
    doc: 'one zero block ends the archive, where two must',
    words: 'one zero block stands there, where two end the archive',
  },
  archiveMore: {
    code: 141,
    doc: 'there is something after the end of the archive',
    words: 'there is something after the end',
  },
  foreignByteOrder: {
    code: 142,
    doc: 'the byte order of the seal is not that of its architecture',
  },
  textOpen: { code: 143, doc: 'the text that live words are appended to has no end in its place' },
  mapForeign: { code: 144, doc: 'the architecture of the seal does not have such a memory map' },
  overlayMissing: {
    code: 145,
    doc: 'a rule wants a file from a local overlay, and the machine has none',
  },
  overlayLacksFile: {
    code: 146,
    doc: 'the local overlay does not bring the file that a rule wants, or does not show it',
  },
  ...sealFaults,
});
