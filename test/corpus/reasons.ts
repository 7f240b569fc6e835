/** Which of the loader's refusals a problem of the tool stands for: both refuse for the same reason. */

import { isOfAttestation } from '../../pipeline/attest/verify-attestation.ts';
import { loaderDetails } from '../../pipeline/format/loader-detail.ts';
import type { AttestProblem } from '../../pipeline/problem/attest-problem.ts';
import type { Problem } from '../../pipeline/problem/problem.ts';
import type { SealProblem } from '../../pipeline/problem/seal-problem.ts';
import type { SignProblem } from '../../pipeline/problem/sign-problem.ts';
import { type KebabCase, kebabCase } from '../../pipeline/units/kebab-case.ts';
import type { Status } from './cases.ts';

/** Of the kinds that verifying a bundle ends with; where the loader does not look, nothing. */
const reasons: { readonly [kind in SealProblem['kind']]?: Status | 'toolOnly' } = {
  'bundle-missing': 'noFile',
  'archive-damaged': 'badEnvelope',
  'bundle-not-a-file': 'noFile',
  'bundle-too-large': 'badEnvelope',
  'bundle-size': 'badEnvelope',
  'archive-without-seal': 'badEnvelope',
  'archive-unknown-member': 'badEnvelope',
  'archive-empty-member': 'badEnvelope',
  'archive-large-member': 'badEnvelope',
  'archive-member-order': 'badEnvelope',
  'archive-not-canonical': 'badEnvelope',
  'archive-signature-gap': 'badEnvelope',
  'bundle-not-signed': 'badEnvelope',
  'member-missing': 'badEnvelope',
  'member-required': 'badEnvelope',
  'member-not-sealed': 'badEnvelope',
  'member-size': 'badEnvelope',
  'member-digest': 'badDigest',
  'member-parts-digest': 'badDigest',
  'signature-form': 'badSignature',
  'signature-wrong': 'badSignature',
  'certificate-malformed': 'badSignature',
  'chain-no-anchor': 'badChain',
  'chain-signature': 'badChain',
  'chain-expired': 'badChain',
  'chain-not-yet-valid': 'badChain',
  'chain-not-authority': 'badChain',
  'chain-too-long': 'badChain',
  'chain-needless': 'badChain',
  'chain-key-usage': 'badChain',
  'chain-extended-key-usage': 'badChain',
  'chain-critical-extension': 'badChain',
  'chain-not-rsa': 'badChain',
  'chain-key-size': 'badChain',
  'chain-key-exponent': 'badChain',
  'trust-missing': 'noTrust',
  'certificates-missing': 'noTrust',
  'seal-fault': 'badSeal',
  'seal-not-canonical': 'badSeal',
  'bundle-expired': 'expired',
  'bundle-not-yet': 'clockWrong',
  'manifest-disagrees': 'toolOnly',
  'purgatory-head': 'toolOnly',
};

/** The same of the trust store, the revocation list and signatures that do not count. */
const signReasons: { readonly [kind in SignProblem['kind']]?: Status } = {
  'trust-setting': 'noTrust',
  'trust-setting-twice': 'noTrust',
  'trust-certificate': 'noTrust',
  'trust-key': 'noTrust',
  'trust-too-many': 'noTrust',
  'trust-too-large': 'noTrust',
  'private-key-given': 'noTrust',
  'revocation-missing': 'noTrust',
  'revocation-malformed': 'noTrust',
  'revocation-unsigned': 'noTrust',
  'certificate-revoked': 'revoked',
  'key-revoked': 'revoked',
  'seal-revoked': 'revoked',
  'development-key': 'developmentKey',
  'too-few-signatures': 'tooFewSignatures',
};

type Detail = KebabCase<keyof typeof loaderDetails>;
const details = Object.keys(loaderDetails).map((name) => kebabCase(name) as Detail);
const begins = (begin: RegExp): readonly Detail[] => details.filter((name) => begin.test(name));

/**
 * Where both sides judge the same thing: the loader's details that a problem of the tool may stand for.
 * Several where the loader distinguishes more, or looks in another order. What is left out says it in its status,
 * or is found by comparing the whole archive, or can be anything.
 */
const sameDetails: {
  readonly [kind in SealProblem['kind'] | SignProblem['kind']]?: readonly Detail[];
} = {
  'archive-without-seal': ['archive-member-missing', 'archive-stranger', 'archive-rest'],
  'archive-unknown-member': [
    'archive-stranger',
    'archive-kind',
    'archive-rest',
    'archive-member-missing',
  ],
  'archive-empty-member': ['archive-member-empty', 'archive-size'],
  'archive-large-member': ['archive-member-large', 'archive-size'],
  'archive-member-order': [
    'archive-member-place',
    'archive-member-twice',
    'archive-member-missing',
    'archive-end',
    'archive-more',
  ],
  'archive-signature-gap': ['archive-member-missing'],
  'bundle-not-signed': ['archive-member-missing'],
  'member-missing': ['archive-member-missing', 'member-count', 'member-name'],
  'member-not-sealed': ['member-count'],
  'member-size': ['member-size', 'member-count'],
  'signature-form': begins(/^(cms|signer|signature|list-signature)-|^certificate-frame$/),
  'certificate-malformed': begins(/^certificate-/),
  'chain-no-anchor': ['no-anchor', 'not-issued-by-next', 'list-stranger'],
  'chain-signature': ['not-signed-by-next', 'no-anchor'],
  'chain-expired': ['not-valid-now'],
  'chain-not-yet-valid': ['not-valid-now'],
  'chain-not-authority': ['may-not-issue'],
  'chain-too-long': ['may-not-issue'],
  'chain-needless': ['certificate-needless'],
  'chain-key-usage': ['may-not-sign', 'may-not-issue'],
  'chain-critical-extension': ['unknown-extension'],
  'chain-not-rsa': ['key-not-allowed'],
  'chain-key-size': ['key-not-allowed'],
  'chain-key-exponent': ['key-not-allowed'],
  'certificates-missing': ['store-without', 'file-empty'],
  'trust-setting': ['store-line'],
  'trust-setting-twice': ['store-line'],
  'trust-certificate': ['store-damaged'],
  'trust-too-many': ['too-many-anchors'],
  'revocation-missing': ['file-missing'],
  'revocation-malformed': begins(/^list-(short|version|count|date|kind|order)$/),
  'revocation-unsigned': ['list-unsigned'],
  'certificate-revoked': ['certificate-revoked'],
};

const attestDetails: { readonly [kind in AttestProblem['kind']]?: readonly Detail[] } = {
  'attestation-missing': ['file-missing'],
  'attestation-too-large': ['file-large'],
  'attestation-form': ['attestation-form', 'file-empty'],
  'attestation-predicate': ['attestation-predicate'],
  'attestation-other-seal': ['attestation-seal'],
  'attestation-result': ['attestation-result'],
};

/** Details of the loader that say the same as the first problem; undefined where there is nothing to compare. */
export const detailsOf = ([first]: readonly Problem[]): readonly string[] | undefined =>
  first?.area === 'attest'
    ? attestDetails[first.kind]
    : first?.met?.doing === 'verifying the attestation'
      ? ['attestation-stranger', 'attestation-form']
      : first?.area === 'seal' || first?.area === 'sign'
        ? sameDetails[first.kind]
        : undefined;

/** What the loader would say first: problems come in its order. */
export function reasonOf(problems: readonly Problem[]): string {
  const [first] = problems;
  if (first === undefined) return 'ok';
  if (first.kind === 'certificate-malformed' && first.origin !== 'seal.p7s') return 'noTrust';
  // Whatever is wrong with the list that stands beside the trust store.
  if (first.met?.doing === 'verifying the revocation list') return 'noTrust';
  if (first.kind === 'attestation-not-canonical') return 'toolOnly';
  if (isOfAttestation(first)) return 'noAttestation';
  const reason =
    first.area === 'seal'
      ? reasons[first.kind]
      : first.area === 'sign'
        ? signReasons[first.kind]
        : undefined;
  return reason ?? `no reason: ${first.kind}`;
}
