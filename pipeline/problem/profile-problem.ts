import type { Explanation } from './explanation.ts';

/** What can be wrong with the profile stage's material. Data only: the wording is below. */
export type ProfileProblem = { readonly kind: 'profile-todo'; readonly what: string };

export function explainProfile(problem: ProfileProblem): Explanation {
  return { message: problem.what, notes: [], hint: '' };
}
