import type { Explanation } from './explanation.ts';

/** What can be wrong with what is asked of a fleet. A bad report is no problem: it is told in the answer. */
export type FleetProblem =
  | { readonly kind: 'reports-missing'; readonly path: string }
  | { readonly kind: 'too-many-reports'; readonly path: string; readonly most: number }
  | {
      readonly kind: 'hosts-unreadable';
      readonly path: string;
      readonly why: 'missing' | 'not-a-file' | 'too-large';
    }
  | { readonly kind: 'hosts-empty'; readonly path: string }
  | {
      readonly kind: 'hosts-name';
      readonly path: string;
      readonly line: number;
      readonly found: string;
    };

export function explainFleet(problem: FleetProblem): Explanation {
  switch (problem.kind) {
    case 'reports-missing':
      return {
        message: `${problem.path} is neither a file nor a folder`,
        notes: [],
        hint: 'name files with reports, or folders of them',
      };
    case 'too-many-reports':
      return {
        message: `there are more than ${problem.most} reports, up to those in ${problem.path}`,
        notes: [],
        hint: 'ask for a part of the fleet at a time',
      };
    case 'hosts-unreadable':
      return {
        message: `the list of machines ${problem.path} ${unreadable[problem.why]}`,
        notes: [],
        hint: 'write the name of one machine on each line',
      };
    case 'hosts-empty':
      return {
        message: `the list of machines ${problem.path} names none`,
        notes: [],
        hint: 'write the name of one machine on each line',
      };
    case 'hosts-name':
      return {
        message: `${problem.path}:${problem.line}: "${problem.found}" is not the name of a machine`,
        notes: [],
        hint: 'write one name on each line, as the reports have it; `#` begins a comment',
      };
  }
}

const unreadable = {
  missing: 'cannot be found',
  'not-a-file': 'is not a regular file',
  'too-large': 'is too large',
} as const;
