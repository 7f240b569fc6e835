import type { Explanation } from './explanation.ts';

/** What can be wrong with the input stage's material. Data only: the wording is below. */
export type InputProblem = { readonly kind: 'input-todo'; readonly what: string };

export function explainInput(problem: InputProblem): Explanation {
  return { message: problem.what, notes: [], hint: '' };
}
