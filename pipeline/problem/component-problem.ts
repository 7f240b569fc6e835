import type { Explanation } from './explanation.ts';

/** What can be wrong with the component stage's material. Data only: the wording is below. */
export type ComponentProblem = { readonly kind: 'component-todo'; readonly what: string };

export function explainComponent(problem: ComponentProblem): Explanation {
  return { message: problem.what, notes: [], hint: '' };
}
