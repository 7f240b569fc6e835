import type { Explanation } from './explanation.ts';

/** What can be wrong with an attestation. Data only: the wording is below. */
export type AttestProblem =
  | { readonly kind: 'attestation-missing'; readonly path: string }
  | {
      readonly kind: 'attestation-too-large';
      readonly path: string;
      readonly size: number;
      readonly largest: number;
    }
  | {
      readonly kind: 'attestation-form';
      readonly path: string;
      /** What is not of the form. */
      readonly part: string;
    }
  /** Of the form as far as a loader looks. */
  | { readonly kind: 'attestation-not-canonical'; readonly path: string }
  | { readonly kind: 'attestation-predicate'; readonly path: string; readonly found: string }
  | {
      readonly kind: 'attestation-other-seal';
      readonly path: string;
      readonly found: string;
      readonly sealDigest: string;
    }
  | {
      readonly kind: 'attestation-result';
      readonly path: string;
      readonly tester: string;
      readonly result: 'WARNED' | 'FAILED';
    };

const makeIt = "make one: crashseal test-crash --attest, with a tester's key";

export function explainAttest(problem: AttestProblem): Explanation {
  switch (problem.kind) {
    case 'attestation-missing':
      return {
        message: 'nobody attests that the bundle was tried',
        notes: [`there is no ${problem.path}`],
        hint: makeIt,
      };
    case 'attestation-too-large':
      return {
        message: `${problem.path} is too large for attestations`,
        notes: [`it has ${problem.size} bytes, and a loader reads ${problem.largest}`],
        hint: 'name the file that `crashseal test-crash --attest` wrote',
      };
    case 'attestation-form':
      return {
        message: `${problem.path} is not an attestation of the form that loaders accept`,
        notes: [`what is wrong: ${problem.part}`],
        hint: 'copy it again from where `crashseal test-crash --attest` wrote it',
      };
    case 'attestation-not-canonical':
      return {
        message: `the statement in ${problem.path} is not JSON in the one form that crashseal writes`,
        notes: ['its signature is right'],
        hint: makeIt,
      };
    case 'attestation-predicate':
      return {
        message: `${problem.path} states something else than the result of a test`,
        notes: [`its predicate type is ${problem.found}`],
        hint: makeIt,
      };
    case 'attestation-other-seal':
      return {
        message: `${problem.path} is about another bundle`,
        notes: [
          `it is about the seal ${problem.found}`,
          `this bundle has the seal ${problem.sealDigest}`,
        ],
        hint: 'name the attestation of this bundle, or try the bundle: crashseal test-crash --attest',
      };
    case 'attestation-result':
      return {
        message:
          problem.result === 'FAILED'
            ? `${problem.path} states that the bundle failed`
            : `${problem.path} states that not all of the bundle could be proven`,
        notes: [`says ${problem.tester}`],
        hint:
          problem.result === 'FAILED'
            ? 'its failedTests say what failed; build the bundle anew and try it again'
            : 'its warnedTests say what was not proven; `require: test-crash-warned` takes it all the same',
      };
  }
}
