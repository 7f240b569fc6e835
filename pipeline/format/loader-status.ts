/**
 * How the loader ends. One table: exit codes of `crashseal-load`, names in its JSON, docs/loader.md.
 * Codes are a promise to scripts and never change their meaning.
 */
import { codeTable } from './code-table.ts';

export const loaderStatuses = codeTable({
  ok: { code: 0, doc: 'done' },
  failed: { code: 1, doc: 'an ordinary operation failed (out of memory, write error)' },
  usage: { code: 2, doc: 'the command line is wrong' },
  notArmed: { code: 3, doc: '--status: no capture kernel is armed' },
  wouldNotDump: { code: 4, doc: '--status: armed, but a dump would reach none of its targets' },
  targetUnusable: {
    code: 5,
    doc: '--status: armed; a dump would arrive, but not at the first target',
  },
  foreignImage: {
    code: 6,
    doc: '--status: a capture kernel is armed, but not by this program since boot',
  },
  outdated: {
    code: 7,
    doc: '--status: armed, and the file of the bundle is gone or another bundle by now',
  },
  nextRefused: {
    code: 8,
    doc: '--status: armed, but the installed bundle would be refused by now, so the next boot would not arm it',
  },
  noPermission: { code: 10, doc: 'not root, or without CAP_SYS_BOOT' },
  loadDisabled: {
    code: 11,
    doc: 'kernel.kexec_load_disabled is set, or the load limit is used up',
  },
  lockdown: { code: 12, doc: 'the kernel is locked down and forbids kexec_load' },
  kernelRefused: { code: 13, doc: 'the system call failed for another reason' },
  fileRefused: {
    code: 15,
    doc: 'the bundle was to be loaded by kexec_file_load, and that call failed',
  },
  noBackend: {
    code: 16,
    doc: 'the running kernel does not have the system call that the bundle needs',
  },
  noFile: { code: 20, doc: 'the bundle cannot be read' },
  badEnvelope: {
    code: 21,
    doc: 'the archive is not a bundle: a member is missing, unknown, out of order, truncated',
  },
  badSignature: { code: 22, doc: 'the signature is malformed or wrong' },
  badChain: {
    code: 23,
    doc: 'the signer does not lead to a trust anchor, or is outside its validity',
  },
  noTrust: {
    code: 24,
    doc: 'the trust store, or the revocation list beside it, is missing, empty, damaged or not safe',
  },
  badSeal: { code: 25, doc: 'the seal is signed, but this loader does not understand it' },
  badDigest: { code: 26, doc: 'a member differs from its digest in the seal' },
  revoked: { code: 27, doc: 'the seal, or a certificate of the signature, is revoked' },
  developmentKey: {
    code: 28,
    doc: 'signed with a development key, which the trust store does not accept',
  },
  tooFewSignatures: {
    code: 29,
    doc: 'fewer good signatures than the threshold of the trust store',
  },
  wrongArch: { code: 30, doc: 'the bundle is for another architecture' },
  wrongMachine: { code: 31, doc: 'a match rule says that the bundle is for another machine' },
  expired: { code: 32, doc: 'the bundle is past its not-after date' },
  clockWrong: { code: 33, doc: "the clock is before the bundle's build date" },
  oldEpoch: { code: 34, doc: "the bundle's epoch is below the machine's floor" },
  wrongKernel: {
    code: 35,
    doc: 'the bundle is for another running kernel: a match rule says so, or this one is too old for its dump to be whole',
  },
  badFloor: {
    code: 36,
    doc: "the floor of epoch and time, the administrator's or the loader's own, cannot be read",
  },
  noAttestation: {
    code: 37,
    doc: 'the trust store requires an attestation of test-crash, and there is none, or none that counts',
  },
  noCrashRegion: { code: 40, doc: 'no crash region: boot with crashkernel=' },
  crashRegionSmall: { code: 41, doc: 'the crash region is smaller than planned' },
  tooManyCpus: {
    code: 42,
    doc: 'the machine has more CPUs than the ELF core header template has slots',
  },
  tooManyRanges: {
    code: 43,
    doc: 'more memory ranges than the template or the boot protocol has slots',
  },
  hiddenAddresses: { code: 44, doc: 'the kernel hides the addresses that are needed' },
  badLiveValue: { code: 45, doc: 'a live value cannot be read, or is not of its form' },
  noPlace: { code: 46, doc: 'a segment finds no place in the crash region' },
  badHeader: { code: 47, doc: 'the filled ELF core header does not cover what it should' },
  textTooLong: { code: 48, doc: 'the command line with its live words is too long' },
  deviceOffline: { code: 49, doc: 'a device that the bundle needs is not there, or not online' },
  changedMeanwhile: {
    code: 50,
    doc: 'a file that was read to fill the bundle changed before the load',
  },
  overlayRefused: {
    code: 51,
    doc: 'the local overlay is not allowed by the bundle, too large, open to others, not an archive, or without a file that the dump target needs',
  },
  floorNotKept: {
    code: 60,
    doc: 'armed, but the floor of epoch and time could not be written',
  },
  fallbackArmed: {
    code: 61,
    doc: 'armed, but only the fallback: every bundle that was named was refused, or is missing',
  },
});
