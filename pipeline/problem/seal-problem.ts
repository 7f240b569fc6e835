import { type SealFault, sealFaults, sealParts } from '../format/seal-faults.ts';
import { showDate } from '../units/time.ts';
import { type Digest, hex, showSize } from '../units/units.ts';
import type { Explanation } from './explanation.ts';

/** A fault of the table, where it was found, and the values that show it. */
export type SealFaultFound = {
  readonly fault: SealFault;
  /** Which member, segment, live value or match rule. */
  readonly index?: number;
  readonly found: Readonly<Record<string, bigint | number | string>>;
};

/** What can be wrong with a seal, its archive and its signature. Data only: the wording is below. */
export type SealProblem =
  // seal.bin
  | ({ readonly kind: 'seal-fault' } & SealFaultFound)
  | { readonly kind: 'seal-not-canonical'; readonly offset: number }
  // the archive
  | { readonly kind: 'archive-damaged' }
  | { readonly kind: 'bundle-not-a-file'; readonly path: string }
  | { readonly kind: 'bundle-too-large'; readonly size: number; readonly largest: number }
  /** Of a large file: the seal says how many bytes a bundle of its members has. */
  | { readonly kind: 'bundle-size'; readonly size: number; readonly expected: number }
  | { readonly kind: 'archive-without-seal' }
  | { readonly kind: 'archive-unknown-member'; readonly name: string }
  | { readonly kind: 'archive-empty-member'; readonly name: string }
  | { readonly kind: 'archive-large-member'; readonly name: string; readonly limit: number }
  | { readonly kind: 'archive-member-order'; readonly name: string; readonly after: string }
  | { readonly kind: 'archive-signature-gap'; readonly name: string; readonly lacks: string }
  | { readonly kind: 'archive-not-canonical'; readonly offset: number }
  // the bundle as a whole
  | { readonly kind: 'bundle-missing'; readonly path: string }
  | { readonly kind: 'bundle-not-signed' }
  | { readonly kind: 'bundle-expired'; readonly notAfter: number; readonly now: number }
  | { readonly kind: 'bundle-not-yet'; readonly notBefore: number; readonly now: number }
  | { readonly kind: 'trust-missing' }
  | { readonly kind: 'member-missing'; readonly name: string; readonly found: string | undefined }
  | { readonly kind: 'member-required'; readonly name: string }
  | { readonly kind: 'member-not-sealed'; readonly name: string }
  | {
      readonly kind: 'member-size';
      readonly name: string;
      readonly sealed: bigint;
      readonly found: number;
    }
  | {
      readonly kind: 'member-digest';
      readonly name: string;
      readonly sealed: Digest;
      readonly found: Digest;
    }
  /** Its bytes are those of one digest, and not of the other. */
  | {
      readonly kind: 'member-parts-digest';
      readonly name: string;
      readonly sealed: Digest;
      readonly found: Digest;
    }
  /** A bill of materials lists every file. */
  | { readonly kind: 'sbom-member-large'; readonly member: string }
  | { readonly kind: 'sbom-initramfs'; readonly why: string }
  | { readonly kind: 'manifest-disagrees'; readonly keys: readonly string[] }
  | { readonly kind: 'purgatory-head'; readonly what: string }
  // keys and certificates
  | { readonly kind: 'certificates-missing'; readonly paths: readonly string[] }
  | { readonly kind: 'certificate-malformed'; readonly origin: string; readonly part: string }
  | {
      readonly kind: 'keygen-bits';
      readonly bits: number;
      readonly least: number;
      readonly most: number;
    }
  | { readonly kind: 'keygen-exists'; readonly path: string }
  // the signature and its chain
  | { readonly kind: 'signature-form'; readonly part: string }
  | { readonly kind: 'signature-wrong'; readonly subject: string }
  | { readonly kind: 'chain-no-anchor'; readonly subject: string; readonly issuer: string }
  | { readonly kind: 'chain-signature'; readonly subject: string; readonly issuer: string }
  | {
      readonly kind: 'chain-expired';
      readonly subject: string;
      readonly notAfter: number;
      readonly now: number;
    }
  | {
      readonly kind: 'chain-not-yet-valid';
      readonly subject: string;
      readonly notBefore: number;
      readonly now: number;
    }
  | { readonly kind: 'chain-not-authority'; readonly subject: string }
  | { readonly kind: 'chain-too-long'; readonly subject: string; readonly limit: number }
  | { readonly kind: 'chain-needless'; readonly subject: string }
  | { readonly kind: 'chain-key-usage'; readonly subject: string; readonly lacks: string }
  | { readonly kind: 'chain-extended-key-usage'; readonly subject: string }
  | { readonly kind: 'chain-not-tester'; readonly subject: string }
  | {
      readonly kind: 'chain-critical-extension';
      readonly subject: string;
      readonly extension: string;
    }
  | { readonly kind: 'chain-not-rsa'; readonly subject: string }
  | {
      readonly kind: 'chain-key-size';
      readonly subject: string;
      readonly bits: number;
      readonly least: number;
      readonly most: number;
    }
  | { readonly kind: 'chain-key-exponent'; readonly subject: string };

const sealHint =
  'build the bundle again; if it came from elsewhere, compare the tool versions with `crashseal inspect`';

const sealHints: { readonly [fault in SealFault]?: string } = {
  magic: 'give the path of a bundle made by `crashseal build`',
  version: 'use the version of crashseal that made the bundle',
};

/** "the seal's segment 3". */
const sealPartName = ({ fault, index }: SealFaultFound): string =>
  `${sealParts[sealFaults[fault].part].doc}${index === undefined ? '' : ` ${index}`}`;

const shown = (value: bigint | number | string): string => {
  if (typeof value === 'bigint') return hex(value);
  return typeof value === 'number' ? `${value}` : JSON.stringify(value);
};

const signHint = 'sign the bundle again with `crashseal resign --key KEY --cert CERTIFICATES`';

const archiveHint =
  'copy the bundle again from where it was built; do not pack it again with another tar';

export function explainSeal(problem: SealProblem): Explanation {
  switch (problem.kind) {
    case 'seal-fault':
      return {
        message: `${sealPartName(problem)} ${sealFaults[problem.fault].doc}`,
        notes: Object.entries(problem.found).map(([name, value]) => `${name} is ${shown(value)}`),
        hint: sealHints[problem.fault] ?? sealHint,
      };
    case 'seal-not-canonical':
      return {
        message: 'the seal is not written in the one allowed form',
        notes: [`the first byte that differs is at ${hex(problem.offset)}`],
        hint: sealHint,
      };
    case 'sbom-member-large':
      return {
        message: `member ${problem.member} is too large to be listed file by file`,
        notes: [],
        hint: 'keep the bundle below 256 MiB',
      };
    case 'sbom-initramfs':
      return {
        message: 'the files in the initramfs cannot be listed',
        notes: [problem.why],
        hint: 'install the program that unpacks it, or compress a finished initramfs with gzip, xz or zstd',
      };
    case 'bundle-not-a-file':
      return {
        message: `${problem.path} is not a file`,
        notes: [],
        hint: 'name a bundle; a folder, a device or a pipe is none',
      };
    case 'bundle-too-large':
      return {
        message: `the file has ${showSize(problem.size)}, and a bundle has at most ${showSize(problem.largest)}`,
        notes: [],
        hint: 'this file is something else; name a bundle',
      };
    case 'bundle-size':
      return {
        message: `the file has ${showSize(problem.size)}, and its seal describes a bundle of ${showSize(problem.expected)}`,
        notes: [`${problem.size} bytes, not ${problem.expected}`],
        hint: 'the copy is damaged, or something was added to it: copy the bundle again',
      };
    case 'archive-damaged':
      return {
        message: 'the bundle is damaged or cut off',
        notes: ['a header is damaged, or the file ends early'],
        hint: archiveHint,
      };
    case 'archive-without-seal':
      return {
        message: 'the archive is not a bundle',
        notes: ['its first member is not seal.bin'],
        hint: 'give the path of a bundle made by `crashseal build`',
      };
    case 'archive-unknown-member':
      return {
        message: `the bundle has a member ${JSON.stringify(problem.name)}, which does not belong in a bundle`,
        notes: [],
        hint: archiveHint,
      };
    case 'archive-empty-member':
      return {
        message: `in the bundle, ${problem.name} is empty`,
        notes: [],
        hint: archiveHint,
      };
    case 'archive-large-member':
      return {
        message: `in the bundle, ${problem.name} is larger than allowed`,
        notes: [`a loader takes ${problem.limit} bytes`],
        hint: archiveHint,
      };
    case 'archive-member-order':
      return {
        message: `in the bundle, ${problem.name} stands after ${problem.after}`,
        notes: ['each member comes once, in a fixed order'],
        hint: archiveHint,
      };
    case 'archive-signature-gap':
      return {
        message: `the bundle has ${problem.name}, but no ${problem.lacks}`,
        notes: ['signatures are numbered without gaps'],
        hint: archiveHint,
      };
    case 'archive-not-canonical':
      return {
        message: 'the archive is not written in the one allowed form',
        notes: [`the first byte that differs is at ${hex(problem.offset)}`],
        hint: archiveHint,
      };
    case 'bundle-missing':
      return {
        message: `there is no bundle at ${problem.path}`,
        notes: [],
        hint: 'give the path of a bundle made by `crashseal build`',
      };
    case 'bundle-not-signed':
      return {
        message: 'the bundle is not signed',
        notes: ['it has no seal.p7s; every loader refuses it'],
        hint: 'sign it with `crashseal resign --key KEY --cert CERTIFICATES`',
      };
    case 'bundle-expired':
      return {
        message: 'the bundle is past its not-after date',
        notes: [`it ended at ${showDate(problem.notAfter)}, and now is ${showDate(problem.now)}`],
        hint: 'build it again with a later date in the profile',
      };
    case 'bundle-not-yet':
      return {
        message: "the clock is before the bundle's build date",
        notes: [
          `it was built at ${showDate(problem.notBefore)}, and now is ${showDate(problem.now)}`,
        ],
        hint: 'set the clock of this machine',
      };
    case 'trust-missing':
      return {
        message: 'no trusted certificate was given',
        notes: [],
        hint: 'name the trust store or the root certificate: --trust trust.pem',
      };
    case 'member-missing':
      return {
        message: `the bundle lacks ${problem.name}, which its seal lists`,
        notes: problem.found === undefined ? [] : [`${problem.found} is in its place`],
        hint: archiveHint,
      };
    case 'member-required':
      return {
        message: `the seal does not list ${problem.name}, which every bundle has`,
        notes: [],
        hint: sealHint,
      };
    case 'member-not-sealed':
      return {
        message: `the bundle holds ${problem.name}, which its seal does not list`,
        notes: [],
        hint: archiveHint,
      };
    case 'member-size':
      return {
        message: `${problem.name} is not what was sealed`,
        notes: [`it has ${problem.found} bytes, the seal says ${problem.sealed}`],
        hint: archiveHint,
      };
    case 'member-digest':
      return {
        message: `${problem.name} is not what was sealed`,
        notes: [`its SHA-256 is ${problem.found}`, `the seal says  ${problem.sealed}`],
        hint: archiveHint,
      };
    case 'member-parts-digest':
      return {
        message: `the seal has two digests of ${problem.name} that contradict one another`,
        notes: [
          'its SHA-256 is right; its digest by parts is not',
          `it is          ${problem.found}`,
          `the seal says  ${problem.sealed}`,
        ],
        hint: 'do not trust this bundle; build it again',
      };
    case 'manifest-disagrees':
      return {
        message: 'the manifest contradicts the seal',
        notes: [`they differ in ${problem.keys.join(', ')}`],
        hint: 'do not trust this manifest; build the bundle again',
      };
    case 'purgatory-head':
      return {
        message: "purgatory's first page is wrong",
        notes: [`its ${problem.what} is wrong`],
        hint: 'build the bundle again with one version of crashseal',
      };
    case 'certificates-missing':
      return {
        message: `no certificate in ${problem.paths.join(', ')}`,
        notes: ['it does not exist, or contains no complete PEM certificate'],
        hint: 'give PEM files with "-----BEGIN CERTIFICATE-----"; `crashseal keygen` makes them',
      };
    case 'certificate-malformed':
      return {
        message: `a certificate in ${problem.origin} is malformed`,
        notes: [`its ${problem.part} does not follow X.509 version 3 in DER`],
        hint: 'look at it with `openssl x509 -text`, and issue it again',
      };
    case 'keygen-bits':
      return {
        message: `loaders would refuse an RSA key of ${problem.bits} bits`,
        notes: [`loaders take ${problem.least} to ${problem.most} bits`],
        hint: 'choose 3072',
      };
    case 'keygen-exists':
      return {
        message: `${problem.path} exists, and is not an empty folder`,
        notes: ['a key is never overwritten'],
        hint: 'choose another folder, or move the old keys away',
      };
    case 'signature-form':
      return {
        message: 'the signature is not written in the one allowed form',
        notes: [`${problem.part} does not follow docs/format.md`],
        hint: signHint,
      };
    case 'signature-wrong':
      return {
        message: 'the signature is wrong',
        notes: [`seal.bin is not what ${problem.subject} signed`],
        hint: 'do not load this bundle; copy it again from where it was signed',
      };
    case 'chain-no-anchor':
      return {
        message: 'the signer does not lead to a trust anchor',
        notes: [
          `${problem.subject} was issued by ${problem.issuer}, which is neither given nor trusted`,
        ],
        hint: 'trust the root that issued the signer (--trust root.pem), or sign with a key that is trusted',
      };
    case 'chain-signature':
      return {
        message: `the certificate of ${problem.subject} is not signed by its issuer`,
        notes: [
          `${problem.issuer} has another key, or the signature is not RSA with SHA-256, 384 or 512`,
        ],
        hint: 'check that the trust anchor is the root that issued the signer, not another one with the same name',
      };
    case 'chain-expired':
      return {
        message: `the certificate of ${problem.subject} has expired`,
        notes: [`it ended at ${showDate(problem.notAfter)}, and now is ${showDate(problem.now)}`],
        hint: 'sign the bundle again with a valid certificate',
      };
    case 'chain-not-yet-valid':
      return {
        message: `the certificate of ${problem.subject} is not valid yet`,
        notes: [`it begins at ${showDate(problem.notBefore)}, and now is ${showDate(problem.now)}`],
        hint: 'check the clock of this machine, then the dates of the certificate',
      };
    case 'chain-not-authority':
      return {
        message: `${problem.subject} may not issue certificates`,
        notes: ['its basic constraints do not say that it is an authority'],
        hint: 'issue it again with CA:TRUE, or sign with a key that an authority issued',
      };
    case 'chain-too-long':
      return {
        message: `too many authorities below ${problem.subject}`,
        notes: [`its path length allows ${problem.limit}`],
        hint: 'issue the signer closer to the root, or the authority with a larger path length',
      };
    case 'chain-needless':
      return {
        message: `the signature carries one certificate too many: that of ${problem.subject}`,
        notes: ['the certificate before it already leads to a trust anchor; leave the root out'],
        hint: signHint,
      };
    case 'chain-key-usage':
      return {
        message: `the key of ${problem.subject} may not be used for this`,
        notes: [`its key usage lacks ${problem.lacks}`],
        hint: `issue the certificate again with ${problem.lacks}`,
      };
    case 'chain-extended-key-usage':
      return {
        message: `the certificate of ${problem.subject} is for other purposes`,
        notes: ['it has an extended key usage, which lacks codeSigning'],
        hint: 'issue the certificate again with extendedKeyUsage = codeSigning, or without the extension',
      };
    case 'chain-not-tester':
      return {
        message: `the certificate of ${problem.subject} is not for testers`,
        notes: ['its extended key usage lacks the purpose of testers'],
        hint: 'attest with a certificate of `crashseal keygen --tester`; docs/signing.md says what others must have',
      };
    case 'chain-critical-extension':
      return {
        message: `the certificate of ${problem.subject} has a critical extension that loaders do not know`,
        notes: [`extension ${problem.extension}`],
        hint: 'issue it again with that extension not critical',
      };
    case 'chain-not-rsa':
      return {
        message: `the key of ${problem.subject} is not an RSA key`,
        notes: [],
        hint: 'sign with RSA; `crashseal keygen` makes such keys',
      };
    case 'chain-key-size':
      return {
        message: `the RSA key of ${problem.subject} has ${problem.bits} bits`,
        notes: [`loaders take ${problem.least} to ${problem.most}`],
        hint: 'sign with a key of 3072 bits',
      };
    case 'chain-key-exponent':
      return {
        message: `the public exponent of the RSA key of ${problem.subject} is unusual`,
        notes: ['loaders accept odd exponents from 3 on, of at most 64 bits'],
        hint: 'sign with a key whose exponent is 65537, as every common tool makes it',
      };
  }
}
