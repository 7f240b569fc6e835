/** Which of the loader's refusals a problem of the tool stands for: both refuse for the same reason. */
import type { Problem } from '../../pipeline/problem/problem.ts';
import type { SealProblem } from '../../pipeline/problem/seal-problem.ts';
import type { SignProblem } from '../../pipeline/problem/sign-problem.ts';
import type { Status } from './cases.ts';

/** Of the kinds that verifying a bundle ends with; where the loader does not look, nothing. */
const reasons: { readonly [kind in SealProblem['kind']]?: Status | 'toolOnly' } = {
  'bundle-missing': 'noFile',
  'archive-damaged': 'badEnvelope',
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

/** What the loader would say first: problems come in its order. */
export function reasonOf(problems: readonly Problem[]): string {
  const [first] = problems;
  if (first === undefined) return 'ok';
  if (first.kind === 'certificate-malformed' && first.origin !== 'seal.p7s') return 'noTrust';
  // Whatever is wrong with the list that stands beside the trust store.
  if (first.met?.doing === 'verifying the revocation list') return 'noTrust';
  const reason =
    first.area === 'seal'
      ? reasons[first.kind]
      : first.area === 'sign'
        ? signReasons[first.kind]
        : undefined;
  return reason ?? `no reason: ${first.kind}`;
}
