import type { Explanation } from './explanation.ts';

/** What can be wrong with the seal stage's material. Data only: the wording is below. */
export type SealProblem = { readonly kind: 'seal-todo'; readonly what: string };

export function explainSeal(problem: SealProblem): Explanation {
  return { message: problem.what, notes: [], hint: '' };
}
