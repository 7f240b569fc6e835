import type { Explanation } from './explanation.ts';

/** What can be wrong with the plan stage's material. Data only: the wording is below. */
export type PlanProblem = { readonly kind: 'plan-todo'; readonly what: string };

export function explainPlan(problem: PlanProblem): Explanation {
  return { message: problem.what, notes: [], hint: '' };
}
