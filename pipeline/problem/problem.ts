import { type CliProblem, explainCli } from './cli-problem.ts';
import { type ComponentProblem, explainComponent } from './component-problem.ts';
import type { Explanation } from './explanation.ts';
import { explainInput, type InputProblem } from './input-problem.ts';
import { explainPlan, type PlanProblem } from './plan-problem.ts';
import { explainProfile, type ProfileProblem } from './profile-problem.ts';
import { explainSeal, type SealProblem } from './seal-problem.ts';

/**
 * Everything a user can cause, by stage. `area` names the stage; `kind` names the mistake.
 * A problem carries data, never prose; all wording is in the `explain*` functions.
 */
export type Problem =
  | ({ readonly area: 'profile' } & ProfileProblem)
  | ({ readonly area: 'input' } & InputProblem)
  | ({ readonly area: 'component' } & ComponentProblem)
  | ({ readonly area: 'plan' } & PlanProblem)
  | ({ readonly area: 'seal' } & SealProblem)
  | ({ readonly area: 'cli' } & CliProblem);

export function explain(problem: Problem): Explanation {
  switch (problem.area) {
    case 'profile':
      return explainProfile(problem);
    case 'input':
      return explainInput(problem);
    case 'component':
      return explainComponent(problem);
    case 'plan':
      return explainPlan(problem);
    case 'seal':
      return explainSeal(problem);
    case 'cli':
      return explainCli(problem);
  }
}
