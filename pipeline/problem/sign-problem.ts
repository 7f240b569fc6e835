import { showDate } from '../units/time.ts';
import type { Explanation } from './explanation.ts';

/** What can be wrong with keys that sign, trust stores and revocation lists. Data only: the wording is below. */
export type SignProblem =
  // what signs
  | { readonly kind: 'key-unreadable'; readonly path: string }
  | { readonly kind: 'key-needs-passphrase'; readonly path: string }
  | { readonly kind: 'key-wrong-passphrase'; readonly path: string }
  | { readonly kind: 'key-not-of-certificate'; readonly path: string; readonly subject: string }
  | {
      readonly kind: 'signer-failed';
      readonly signer: string;
      readonly exitCode: number;
      readonly said: string;
    }
  | { readonly kind: 'signer-timed-out'; readonly signer: string; readonly seconds: number }
  | {
      readonly kind: 'signer-wrong';
      readonly signer: string;
      readonly subject: string;
      readonly size: number;
      readonly expected: number;
    }
  | { readonly kind: 'signer-root'; readonly subject: string }
  | { readonly kind: 'signer-order'; readonly subject: string; readonly next: string }
  | { readonly kind: 'signer-algorithm'; readonly subject: string }
  | { readonly kind: 'signer-too-many'; readonly most: number }
  // several signatures
  | { readonly kind: 'resign-same-key'; readonly name: string; readonly subject: string }
  | { readonly kind: 'resign-too-many'; readonly most: number }
  | { readonly kind: 'resign-no-such'; readonly number: number; readonly count: number }
  | { readonly kind: 'resign-last' }
  // whom a machine trusts
  | {
      readonly kind: 'private-key-given';
      readonly path: string;
      /** What was expected there. */
      readonly wanted: string;
    }
  | { readonly kind: 'trust-setting'; readonly path: string; readonly line: number }
  | {
      readonly kind: 'trust-setting-twice';
      readonly path: string;
      readonly line: number;
      readonly name: string;
    }
  | { readonly kind: 'trust-certificate'; readonly path: string; readonly line: number }
  | {
      readonly kind: 'trust-key';
      readonly path: string;
      readonly subject: string;
      readonly least: number;
      readonly most: number;
    }
  | {
      readonly kind: 'trust-too-large';
      readonly path: string;
      readonly size: number;
      readonly largest: number;
    }
  | { readonly kind: 'trust-too-many'; readonly path: string; readonly most: number }
  | { readonly kind: 'development-key'; readonly subject: string }
  | { readonly kind: 'too-few-signatures'; readonly good: number; readonly threshold: number }
  // what was revoked
  | { readonly kind: 'certificate-revoked'; readonly subject: string; readonly number: bigint }
  | { readonly kind: 'key-revoked'; readonly subject: string; readonly number: bigint }
  | { readonly kind: 'seal-revoked'; readonly number: bigint }
  | { readonly kind: 'revoke-missing'; readonly path: string }
  | { readonly kind: 'revocation-missing'; readonly paths: readonly string[] }
  | {
      readonly kind: 'revocation-malformed';
      readonly path: string;
      readonly fault: ListFault;
    }
  | { readonly kind: 'revocation-unsigned'; readonly path: string }
  | { readonly kind: 'revocation-several'; readonly paths: readonly string[] }
  | { readonly kind: 'revocation-untrusted'; readonly path: string }
  | { readonly kind: 'revocation-number'; readonly given: bigint; readonly last: bigint }
  | { readonly kind: 'revocation-date'; readonly now: number; readonly last: number }
  | { readonly kind: 'revocation-too-many'; readonly count: number; readonly most: number };

const listFaults = {
  short: 'it ends too early',
  magic: 'it does not start with "CRSHREVK"',
  version: 'it has a format version that this tool does not know',
  size: 'it does not hold as many entries as it says',
  reserved: 'bytes that are reserved are not zero',
  kind: 'an entry is of an unknown kind',
  order: 'its entries are not sorted, or one entry occurs twice',
  date: 'its date does not exist',
} as const;
export type ListFault = keyof typeof listFaults;

const trustHint =
  'settings are `threshold: 1` to `threshold: 4`, `development: accept`, `revocation: required`, `require: test-crash` and `require: test-crash-warned`, one in a line, before the first certificate; a line with "#" is a comment';

export function explainSign(problem: SignProblem): Explanation {
  switch (problem.kind) {
    case 'key-unreadable':
      return {
        message: `${problem.path} is not a readable private key`,
        notes: [],
        hint: 'give an RSA key in PEM; `crashseal keygen` makes one',
      };
    case 'key-needs-passphrase':
      return {
        message: `${problem.path} is encrypted`,
        notes: [],
        hint: 'give the passphrase with --passphrase-file FILE or --passphrase-env NAME',
      };
    case 'key-wrong-passphrase':
      return {
        message: `the passphrase for ${problem.path} is wrong`,
        notes: [],
        hint: 'if it comes from a file, the first line is the passphrase',
      };
    case 'key-not-of-certificate':
      return {
        message: `${problem.path} is not the key of the signer's certificate`,
        notes: [`the first certificate is of ${problem.subject}`],
        hint: "put the signer's certificate first, then each issuer, without the root",
      };
    case 'signer-failed':
      return {
        message: `${problem.signer} made no signature: exit status ${problem.exitCode}`,
        notes: problem.said.split('\n').filter((line) => line !== ''),
        hint: 'nothing was written; docs/signing.md says what the signer must do',
      };
    case 'signer-timed-out':
      return {
        message: `${problem.signer} gave no answer within ${problem.seconds} seconds`,
        notes: [],
        hint: 'nothing was written; give it more time with --signer-timeout SECONDS',
      };
    case 'signer-wrong':
      return {
        message: `${problem.signer} returned something that is not a signature by ${problem.subject}`,
        notes: [
          problem.size === problem.expected
            ? 'it has the right length, but does not verify with the key of the certificate'
            : `it has ${problem.size} bytes, a signature by that key has ${problem.expected}`,
        ],
        hint: 'nothing was written; a signature is PKCS#1 v1.5 over the given SHA-256, as raw bytes, with the key of the first certificate',
      };
    case 'signer-root':
      return {
        message: `the signer's certificates include a root, ${problem.subject}`,
        notes: ['every loader has its own roots, and refuses a signature that brings one along'],
        hint: "give the signer's certificate and the intermediate ones alone",
      };
    case 'signer-order':
      return {
        message: `the certificate of ${problem.subject} was not issued by the one that follows it`,
        notes: [`${problem.next} follows it`],
        hint: "put the signer's certificate first, then each issuer, without the root",
      };
    case 'signer-algorithm':
      return {
        message: `the certificate of ${problem.subject} is signed in a way that no loader checks`,
        notes: ['loaders check RSA (PKCS#1 v1.5) with SHA-256, SHA-384 or SHA-512'],
        hint: 'issue it again with SHA-256; not with SHA-1, and not with RSA-PSS',
      };
    case 'signer-too-many':
      return {
        message: `a signature carries at most ${problem.most} certificates`,
        notes: [],
        hint: "give the signer's certificate, then each issuer, without the root",
      };
    case 'resign-same-key':
      return {
        message: `${problem.name} is already signed with this key`,
        notes: [`by ${problem.subject}; a machine counts two signatures with one key as one`],
        hint: 'sign with another key, or replace the signatures (--replace)',
      };
    case 'resign-too-many':
      return {
        message: `a bundle has at most ${problem.most} signatures`,
        notes: [],
        hint: 'remove one with --drop NUMBER, or replace them all (--replace)',
      };
    case 'resign-no-such':
      return {
        message: `the bundle has no signature ${problem.number}`,
        notes: [`it has ${problem.count}; \`crashseal inspect\` shows them in their order`],
        hint: 'count from 1',
      };
    case 'resign-last':
      return {
        message: 'this is the only signature of the bundle',
        notes: ['every loader refuses a bundle without a signature'],
        hint: 'sign it anew instead: crashseal resign --key KEY --cert CERTIFICATES',
      };
    case 'private-key-given':
      return {
        message: `${problem.path} is a private key, not ${problem.wanted}`,
        notes: ['nothing of it is shown'],
        hint: 'give the certificates, which are public; keep the key where bundles are signed',
      };
    case 'trust-setting':
      return {
        message: `${problem.path}:${problem.line}: this line is neither part of a certificate nor a setting`,
        notes: [],
        hint: trustHint,
      };
    case 'trust-setting-twice':
      return {
        message: `${problem.path}:${problem.line}: "${problem.name}" is set twice`,
        notes: [],
        hint: trustHint,
      };
    case 'trust-certificate':
      return {
        message: `${problem.path}:${problem.line}: this certificate is damaged or cut off`,
        notes: [],
        hint: 'copy it again; a certificate is base64 between its BEGIN and END lines, and nothing else',
      };
    case 'trust-key':
      return {
        message: `in ${problem.path}, the key of ${problem.subject} is not an RSA key of ${problem.least} to ${problem.most} bits with a usual exponent`,
        notes: [],
        hint: 'loaders accept only such keys; `crashseal keygen` makes them',
      };
    case 'trust-too-large':
      return {
        message: `${problem.path} is too large for a trust store`,
        notes: [`it has ${problem.size} bytes, and a loader reads ${problem.largest}`],
        hint: 'keep the roots alone, without comments; each has some 2000 bytes',
      };
    case 'trust-too-many':
      return {
        message: `${problem.path} holds more than ${problem.most} certificates`,
        notes: ['a loader has no room for more'],
        hint: 'keep only the root that issued the others, or remove some',
      };
    case 'development-key':
      return {
        message: `${problem.subject} is a development key, and this trust store does not accept those`,
        notes: [],
        hint: 'sign with a release key; on a test machine, add `development: accept` to the trust store',
      };
    case 'too-few-signatures':
      return {
        message: `the bundle has ${problem.good} good ${problem.good === 1 ? 'signature' : 'signatures'}, but the trust store requires ${problem.threshold}`,
        notes: ['only signatures with different keys count'],
        hint: 'add one: crashseal resign --add --key KEY --cert CERTIFICATES',
      };
    case 'certificate-revoked':
      return {
        message: `the certificate of ${problem.subject} is revoked`,
        notes: [`by revocation list ${problem.number}`],
        hint: 'sign the bundle again with another key',
      };
    case 'key-revoked':
      return {
        message: `the key of ${problem.subject} is revoked`,
        notes: [`by revocation list ${problem.number}, whatever certificate it has`],
        hint: 'sign the bundle again with another key',
      };
    case 'seal-revoked':
      return {
        message: 'this bundle is revoked',
        notes: [`revocation list ${problem.number} names the digest of its seal`],
        hint: 'build a new bundle',
      };
    case 'revoke-missing':
      return {
        message: `there is nothing to revoke at ${problem.path}`,
        notes: [],
        hint: 'give a bundle, or the PEM file of a certificate',
      };
    case 'revocation-missing':
      return {
        message: 'there is no revocation list',
        notes: problem.paths.map((path) => `no ${path}`),
        hint: 'make one with `crashseal revoke`; a trust store with `revocation: required` needs it in the same folder',
      };
    case 'revocation-malformed':
      return {
        message: `${problem.path} is not a revocation list`,
        notes: [listFaults[problem.fault]],
        hint: 'copy it again from where it was made',
      };
    case 'revocation-unsigned':
      return {
        message: `the revocation list ${problem.path} is not signed`,
        notes: ['it ends after its entries, where the signature should be'],
        hint: 'copy it again from where it was made',
      };
    case 'revocation-several':
      return {
        message: 'there is more than one revocation list',
        notes: [...problem.paths],
        hint: 'a machine has one list: name trust stores of one folder',
      };
    case 'revocation-untrusted':
      return {
        message: `${problem.path} exists, and cannot be extended without a trust store`,
        notes: ['only with a trust store can its signature be checked'],
        hint: 'give the trust store that its signer leads to: --trust trust.pem',
      };
    case 'revocation-number':
      return {
        message: `a revocation list cannot go from number ${problem.last} to ${problem.given}`,
        notes: ['numbers only rise'],
        hint: `choose ${problem.last + 1n} or more, or drop --number`,
      };
    case 'revocation-date':
      return {
        message: 'the clock is before the date of the revocation list',
        notes: [`the list is from ${showDate(problem.last)}, now is ${showDate(problem.now)}`],
        hint: 'set the clock of this machine',
      };
    case 'revocation-too-many':
      return {
        message: `a revocation list has at most ${problem.most} entries, not ${problem.count}`,
        notes: [],
        hint: 'revoke the authority above the signers instead of each signer',
      };
  }
}
