import { type AttestProblem, explainAttest } from './attest-problem.ts';
import { type CliProblem, explainCli } from './cli-problem.ts';
import { type ComponentProblem, explainComponent } from './component-problem.ts';
import type { Explanation } from './explanation.ts';
import { explainFleet, type FleetProblem } from './fleet-problem.ts';
import { explainInput, type InputProblem } from './input-problem.ts';
import { explainPlan, type PlanProblem } from './plan-problem.ts';
import { explainProfile, type ProfileProblem } from './profile-problem.ts';
import { explainProve, type ProveProblem } from './prove-problem.ts';
import { explainRegistry, type RegistryProblem } from './registry-problem.ts';
import { explainSavecore, type SavecoreProblem } from './savecore-problem.ts';
import { explainSeal, type SealProblem } from './seal-problem.ts';
import { explainSign, type SignProblem } from './sign-problem.ts';
import { explainSystem, type SystemProblem } from './system-problem.ts';

/**
 * Everything a user can cause, by stage. `area` names the stage; `kind` names the mistake.
 * A problem carries data, never prose; all wording is in the `explain*` functions.
 */
export type Problem = OfStage & {
  /** What it was met with, where several are worked on at once and nothing else tells them apart. */
  readonly met?: {
    readonly doing:
      | 'building profile'
      | 'verifying'
      | 'verifying the revocation list'
      | 'verifying the attestation'
      | 'signing'
      | 'comparing'
      | 'trying'
      | 'pushing'
      | 'listing';
    readonly what: string;
  };
};

type OfStage =
  | ({ readonly area: 'profile' } & ProfileProblem)
  | ({ readonly area: 'input' } & InputProblem)
  | ({ readonly area: 'component' } & ComponentProblem)
  | ({ readonly area: 'plan' } & PlanProblem)
  | ({ readonly area: 'seal' } & SealProblem)
  | ({ readonly area: 'sign' } & SignProblem)
  | ({ readonly area: 'attest' } & AttestProblem)
  | ({ readonly area: 'savecore' } & SavecoreProblem)
  | ({ readonly area: 'prove' } & ProveProblem)
  | ({ readonly area: 'registry' } & RegistryProblem)
  | ({ readonly area: 'fleet' } & FleetProblem)
  | ({ readonly area: 'cli' } & CliProblem)
  | ({ readonly area: 'system' } & SystemProblem);

export function explain(problem: Problem): Explanation {
  const { message, notes, hint } = explainStage(problem);
  const { met } = problem;
  const where = met === undefined ? [] : [`met while ${met.doing} ${met.what}`];
  return { message, notes: [...where, ...notes], hint };
}

function explainStage(problem: OfStage): Explanation {
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
    case 'sign':
      return explainSign(problem);
    case 'attest':
      return explainAttest(problem);
    case 'savecore':
      return explainSavecore(problem);
    case 'prove':
      return explainProve(problem);
    case 'registry':
      return explainRegistry(problem);
    case 'fleet':
      return explainFleet(problem);
    case 'cli':
      return explainCli(problem);
    case 'system':
      return explainSystem(problem);
  }
}
