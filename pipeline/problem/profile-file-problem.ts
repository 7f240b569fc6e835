import { type Explanation, type SourcePlace, showPlace } from './explanation.ts';

/** What can be wrong with a profile as a file: how it is written, and what it extends. */
export type ProfileFileProblem =
  | { readonly kind: 'no-file'; readonly file: string; readonly askedBy: SourcePlace | undefined }
  | { readonly kind: 'not-a-file'; readonly file: string }
  | { readonly kind: 'too-large'; readonly file: string; readonly most: string }
  | {
      readonly kind: 'extends-too-many';
      readonly place: SourcePlace;
      readonly most: number;
    }
  | { readonly kind: 'not-text'; readonly file: string }
  | { readonly kind: 'second-document'; readonly place: SourcePlace }
  | {
      readonly kind: 'key-twice';
      readonly place: SourcePlace;
      readonly key: string;
      readonly first: SourcePlace;
    }
  | { readonly kind: 'syntax'; readonly place: SourcePlace; readonly detail: string }
  | { readonly kind: 'unsupported-yaml'; readonly place: SourcePlace; readonly feature: string }
  | { readonly kind: 'not-a-map'; readonly place: SourcePlace }
  | {
      readonly kind: 'extends-cycle';
      readonly place: SourcePlace;
      readonly files: readonly string[];
    };

export function explainProfileFile(problem: ProfileFileProblem): Explanation {
  switch (problem.kind) {
    case 'no-file':
      return problem.askedBy === undefined
        ? {
            message: `there is no profile ${problem.file}`,
            notes: [],
            hint: 'check the path, or write a starter with `crashseal init`',
          }
        : {
            message: `${showPlace(problem.askedBy)}: extends: there is no file ${problem.file}`,
            notes: [],
            hint: 'a relative path starts at the folder of the file that says `extends`',
          };
    case 'not-a-file':
      return {
        message: `${problem.file} is not a regular file`,
        notes: ['a FIFO, a device or a folder is not read as a profile'],
        hint: 'name a file; write the output of a command to a file first',
      };
    case 'too-large':
      return {
        message: `${problem.file} has more than ${problem.most}, which is the most that a profile may have`,
        notes: [],
        hint: 'check that this file is a profile; most profiles have less than 4 KiB',
      };
    case 'extends-too-many':
      return {
        message: `${showPlace(problem.place)}: the profile extends more than ${problem.most} files`,
        notes: [],
        hint: 'join files that are always extended together',
      };
    case 'not-text':
      return {
        message: `${problem.file} is not UTF-8 text`,
        notes: [],
        hint: 'a profile is a YAML file; to read a bundle, use `crashseal inspect`',
      };
    case 'second-document':
      return {
        message: `${showPlace(problem.place)}: a second YAML document starts here, and a profile is one`,
        notes: [],
        hint: 'put each profile in a file of its own; to share settings use `extends`',
      };
    case 'key-twice':
      return {
        message: `${showPlace(problem.place)}: \`${problem.key}\` is written twice`,
        notes: [`the first one is at ${showPlace(problem.first)}`],
        hint: 'drop one, or write what both say below one key',
      };
    case 'syntax':
      return {
        message: `${showPlace(problem.place)}: ${problem.detail}`,
        notes: [],
        hint: 'a profile is YAML 1.2; indent with spaces, and quote text that holds ": " or " #"',
      };
    case 'unsupported-yaml':
      return {
        message: `${showPlace(problem.place)}: a profile cannot hold ${problem.feature}`,
        notes: [],
        hint: problem.feature.startsWith('a number')
          ? 'drop the zero of a number, or write the number as 0x…; put text in quotes'
          : 'to share settings between profiles use `extends`',
      };
    case 'not-a-map':
      return {
        message: `${showPlace(problem.place)}: a profile must be a map of keys`,
        notes: [],
        hint: 'start with `name:`, or write a starter with `crashseal init`',
      };
    case 'extends-cycle':
      return {
        message: `${showPlace(problem.place)}: extends: the profile extends itself`,
        notes: [`the circle is ${problem.files.join(' -> ')}`],
        hint: 'move what both need into a third file that extends neither',
      };
  }
}
