/**
 * What a failure of the loader is about, more closely than its status says. `detail` in its JSON, docs/loader.md.
 * Names are a promise to scripts; codes live inside the loader only. Those of the seal's faults are their own, from 0x100.
 * `words` go into its message.
 */
import { codeTable } from './code-table.ts';
import { limits, rsaBits } from './limits.ts';
import { sealFaults } from './seal-faults.ts';

/** A meaning whose second half is what the loader says, after the name of what it is about. */
const said = (code: number, subject: string, words: string) => ({
  code,
  doc: `${subject} ${words}`,
  words,
});

const itsPart = 'a certificate is malformed: its';
const signature = 'a signature does not have the required form:';
const certificate = 'a certificate';
const list = 'the revocation list';
const attestation = 'the attestation';
const member = 'a member of the archive';
const header = 'a header of the archive';

export const loaderDetails = codeTable({
  none: { code: 0, doc: 'the status says everything' },
  fileMissing: { code: 1, doc: 'there is no such file' },
  fileUnreadable: { code: 2, doc: 'the file cannot be opened, read or written' },
  fileForm: { code: 3, doc: 'the file does not hold what it should' },
  fileEmpty: said(4, 'the file', 'is empty'),
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
  regionNotWhole: {
    code: 17,
    doc: 'the crash region does not begin and end at whole MiB, or not at whole granules of memory where there are such',
  },
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
  certificateFrame: said(30, itsPart, 'frame'),
  certificateVersion: said(31, itsPart, 'version'),
  certificateSerial: said(32, itsPart, 'serial number'),
  certificateAlgorithm: said(33, itsPart, 'signature algorithm'),
  certificateValidity: said(34, itsPart, 'validity'),
  certificateName: said(35, itsPart, 'name'),
  certificatePublicKey: said(36, itsPart, 'public key'),
  certificateExtensions: said(37, itsPart, 'extensions'),
  certificateEnd: said(38, itsPart, 'end'),
  keyNotAllowed: said(
    39,
    certificate,
    `does not have an RSA key of ${rsaBits.least} to ${rsaBits.most} bits with a usual exponent`,
  ),
  notValidNow: {
    code: 40,
    doc: "a certificate is not valid at the machine's time",
    words: 'is not valid at ',
  },
  mayNotSign: said(41, certificate, 'may not sign: its key usage lacks digitalSignature'),
  mayNotIssue: said(42, certificate, 'may not issue others, or not so many'),
  unknownExtension: said(43, certificate, 'has a critical extension that is not known'),
  certificateRevoked: said(44, 'a certificate of the chain', 'is revoked'),
  certificateNeedless: said(45, certificate, 'is after the last one that leads to a trust anchor'),
  noAnchor: said(46, 'the chain', 'leads to no trust anchor of this machine'),
  notIssuedByNext: said(47, certificate, 'was not issued by the one that follows it'),
  notSignedByNext: said(48, certificate, 'is not signed by the one that follows it'),
  cmsDer: said(49, signature, 'it is not DER, or its length is wrong'),
  cmsMore: said(50, signature, 'there is something after it'),
  cmsType: said(51, signature, 'it is not SignedData'),
  cmsFrame: said(52, signature, 'SignedData has a wrong frame'),
  cmsVersion: said(53, signature, 'its version is not 1'),
  cmsDigests: said(54, signature, 'its digest algorithms are not SHA-256 alone'),
  cmsContent: said(55, signature, 'it is not detached, or not over plain data'),
  cmsNoCertificates: said(56, signature, 'there are no certificates'),
  cmsManyCertificates: said(
    57,
    signature,
    `more than ${limits.cmsCertificatesMax.value} certificates`,
  ),
  cmsSigners: said(58, signature, 'there are revocation lists, or no signers'),
  cmsNoSigner: said(59, signature, 'there is no signer'),
  cmsManySigners: said(60, signature, 'there is more than one signer'),
  signerVersion: said(61, signature, "the signer's version is not 1"),
  signerName: said(62, signature, 'the signer is not named by issuer and serial number'),
  signerCertificate: said(63, signature, "the first certificate is not the signer's"),
  signerDigest: said(64, signature, "the signer's digest is not SHA-256"),
  signerAttributes: said(65, signature, 'there are signed attributes'),
  signerAlgorithm: said(66, signature, "the signature's algorithm is not RSA"),
  signatureMissing: said(67, signature, 'there is no signature value'),
  signatureMore: said(68, signature, 'there is something after the signature value'),
  tooManyAnchors: {
    code: 69,
    doc: `a certificate is one more than the ${limits.trustAnchorsMax.value} that a trust store may have`,
    words: `is one certificate more than the ${limits.trustAnchorsMax.value} there may be`,
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
  storeWithout: said(72, 'the trust store', 'holds no certificate'),
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
  listShort: said(75, list, 'is shorter than its header'),
  listVersion: said(76, 'the file', 'is not a revocation list, or has an unknown version'),
  listCount: {
    code: 77,
    doc: 'the revocation list does not have the entries that it states',
    words: 'does not have as many entries as it states',
  },
  listUnsigned: said(78, list, 'is not signed'),
  listSignatureLarge: said(
    79,
    list,
    `has a signature of more than ${limits.bundleSignatureMax.value / 1024} KiB`,
  ),
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
  listDate: said(82, list, 'has a date that does not exist'),
  listKind: said(83, list, 'has an entry of an unknown kind'),
  listOrder: said(84, list, 'is not sorted, or has an entry twice'),
  otherPurpose: said(
    85,
    certificate,
    'is for other purposes: its extended key usage lacks codeSigning',
  ),
  keyRevoked: {
    code: 86,
    doc: 'the key of a certificate of the chain is revoked',
    words: 'has a revoked key',
  },
  storePrivateKey: said(87, 'a line of the trust store', 'is of a private key'),
  notTester: said(
    88,
    certificate,
    "is no tester's: its extended key usage lacks the purpose of testers",
  ),
  attestationForm: said(89, attestation, 'is not of the one form that is accepted'),
  attestationStranger: {
    code: 90,
    doc: 'the attestation is not signed by a tester that this machine trusts',
    words: 'is not signed by a tester that this machine trusts',
  },
  attestationPredicate: said(91, attestation, 'states something else than the result of a test'),
  attestationSeal: said(92, attestation, 'is about another bundle'),
  attestationResult: said(93, attestation, 'states that the bundle did not pass'),
  archiveStranger: {
    code: 120,
    doc: 'the archive holds what is no member of a bundle',
    words: 'what stands there is not a member of a bundle',
  },
  archiveMemberMissing: said(121, member, 'is missing, or not in its place'),
  archiveMemberPlace: said(122, member, 'is not in its place'),
  archiveMemberTwice: said(123, member, 'is there twice'),
  archiveMemberEmpty: said(124, member, 'is empty'),
  archiveMemberLarge: said(125, member, 'is larger than allowed'),
  archiveMemberCut: {
    code: 126,
    doc: 'a member of the archive, or its padding, is cut off',
    words: 'is cut off',
  },
  archivePadding: said(127, member, 'has padding that is not zero'),
  archiveName: {
    code: 128,
    doc: 'a header of the archive does not write the name in the one form that is allowed',
    words: 'does not write its name in the one form that is allowed',
  },
  archiveMode: said(129, header, 'has a mode other than 0644'),
  archiveOwner: said(130, header, 'has an owner other than 0:0'),
  archiveSize: {
    code: 131,
    doc: 'a header of the archive does not write the size in the one form that is allowed',
    words: 'does not write its size in the one form that is allowed',
  },
  archiveTime: said(132, header, 'has a time other than 0'),
  archiveChecksum: {
    code: 133,
    doc: 'a header of the archive has a wrong checksum',
    words: 'has a wrong header checksum',
  },
  archiveKind: said(134, member, 'is not a regular file'),
  archiveLink: said(135, header, 'has a link name'),
  archiveMagic: said(136, header, 'is not in ustar format'),
  archiveRest: said(
    137,
    header,
    'has owner names, device numbers, a name prefix or bytes after them',
  ),
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
  kernelWithoutPhysical: {
    code: 147,
    doc: 'the running kernel is older than 4.11: its /proc/kcore has no physical addresses',
  },
  kernelUsesFirstMegabyte: {
    code: 148,
    doc: 'the running kernel is older than 5.5: it has data in the first megabyte, which is not dumped',
  },
  treeHeader: {
    code: 149,
    doc: 'the header of the device tree is damaged, or one of its blocks lies outside of it',
  },
  treeStructure: {
    code: 150,
    doc: 'the structure of the device tree is damaged: a token, a name, a length or the nesting',
  },
  treeRoom: { code: 151, doc: 'the device tree does not fit the room that the bundle has for it' },
  treeCells: {
    code: 152,
    doc: "the cells of the device tree's root are none that are known, or do not hold an address",
  },
  treeForeign: { code: 153, doc: 'the architecture of the seal does not have a device tree' },
  regionTaken: {
    code: 154,
    doc: 'what firmware keeps in the crash region leaves no hole that is large enough, or is where a segment is to be',
  },
  psciMissing: {
    code: 160,
    doc: 'neither device tree nor ACPI names PSCI, so that purgatory could not reset the machine',
  },
  kernelMapsElsewhere: {
    code: 161,
    doc: 'the running kernel is older than 5.4: its VMCOREINFO does not say where memory is mapped',
  },
  firmwareForeign: {
    code: 180,
    doc: 'the architecture of the seal has no firmware that purgatory could ask',
  },
  fadumpEnabled: {
    code: 181,
    doc: 'firmware-assisted dump is enabled: no capture kernel would be started',
  },
  firmwareMissing: {
    code: 182,
    doc: 'the device tree tells of no firmware that could reset the machine',
  },
  treeMemory: {
    code: 183,
    doc: 'the device tree has a malformed list of dynamic memory, or none of the memory of the crash region',
  },
  kernelIsWider: {
    code: 190,
    doc: 'the running kernel is one of 64 bits, and the bundle is for one of 32',
  },
  regionTooHigh: {
    code: 191,
    doc: 'the crash region ends above where kernels of the architecture can be entered',
  },
  memoryAboveHeader: {
    code: 192,
    doc: 'memory ends above 4 GiB, and the sealed ELF core header is one of 32 bits',
  },
  noLoader: {
    code: 200,
    doc: 'the architecture has no loader: what is shown of the bundle is all that can be done with it',
  },
  ...sealFaults,
});
