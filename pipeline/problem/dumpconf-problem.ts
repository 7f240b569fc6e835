import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';

/** What can be wrong with an imported dumpconf configuration. */
export type DumpconfProblem =
  | {
      readonly kind: 'dumpconf-syntax';
      readonly place: SourcePlace;
      readonly text: string;
    }
  | {
      readonly kind: 'dumpconf-unknown-setting';
      readonly place: SourcePlace;
      readonly name: string;
      readonly nearest: string | undefined;
    }
  | {
      readonly kind: 'dumpconf-unsupported';
      readonly place: SourcePlace;
      readonly name: string;
      readonly value: string;
      readonly known: readonly string[];
      readonly instead: string;
    }
  | {
      readonly kind: 'dumpconf-missing';
      readonly place: SourcePlace;
      readonly name: string;
      readonly because: string;
    };

const list = (words: readonly string[]): string => words.join(', ');

export function explainDumpconf(problem: DumpconfProblem): Explanation {
  switch (problem.kind) {
    case 'dumpconf-syntax':
      return {
        message: `${showPlace(problem.place)}: not a plain assignment: ${problem.text}`,
        notes: ['the file is read, not run: no variables, commands or conditions'],
        hint: 'write NAME=value or NAME="value", one in a line',
      };
    case 'dumpconf-unknown-setting':
      return {
        message: `${showPlace(problem.place)}: dumpconf has no setting ${problem.name}`,
        notes: [],
        hint: problem.nearest === undefined ? 'drop the line' : `did you mean ${problem.nearest}?`,
      };
    case 'dumpconf-unsupported':
      return {
        message: `${showPlace(problem.place)}: ${problem.name}=${problem.value} cannot become part of a profile`,
        notes: problem.known.length === 0 ? [] : [`known here: ${list(problem.known)}`],
        hint: problem.instead,
      };
    case 'dumpconf-missing':
      return {
        message: `${showPlace(problem.place)}: ${problem.name} is missing, but ${problem.because} needs it`,
        notes: [],
        hint: `add ${problem.name}=… to the file`,
      };
  }
}
