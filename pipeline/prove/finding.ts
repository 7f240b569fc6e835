/** What a run has shown. */

export const outcomes = ['passed', 'failed', 'not proven'] as const;
export type Outcome = (typeof outcomes)[number];

export type Finding = {
  /** The run that has shown it: `capture`, `flip kernel`, `fall-back 2`. */
  readonly run: string;
  /** What was looked at, in a few words. */
  readonly check: string;
  readonly outcome: Outcome;
  /** What was seen, or why nothing can be said. */
  readonly detail: string;
  /** It says nothing of the bundle: this host kept the run from its end, and another try may tell more. */
  readonly hostFault?: true;
};

/** Collects findings of one run. */
export class Findings {
  readonly all: Finding[] = [];
  /** What is being done, for what goes wrong in the middle of it. */
  stage = '';
  readonly #run: string;

  constructor(run: string) {
    this.#run = run;
  }

  add(check: string, outcome: Outcome, detail: string): void {
    this.all.push({ run: this.#run, check, outcome, detail });
  }

  /** Nothing that a run seemed to show counts which this host kept from its end. */
  hostFault(detail: string): readonly Finding[] {
    return [{ run: this.#run, check: this.stage, outcome: 'not proven', detail, hostFault: true }];
  }

  claim(holds: boolean, check: string, detail: string): boolean {
    this.add(check, holds ? 'passed' : 'failed', detail);
    return holds;
  }
}

/** One that failed is enough; nothing that was not tried counts as passed. */
export function outcomeOf(findings: readonly Finding[]): Outcome {
  const has = (outcome: Outcome): boolean => findings.some((one) => one.outcome === outcome);
  return has('failed') ? 'failed' : has('passed') && !has('not proven') ? 'passed' : 'not proven';
}

/** Whether it is to be tried again: what failed has failed, whatever else could not be tried. */
export const isInconclusive = (findings: readonly Finding[]): boolean =>
  outcomeOf(findings) === 'not proven' && findings.some((one) => one.hostFault === true);
