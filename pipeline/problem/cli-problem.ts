import type { Explanation } from './explanation.ts';

/** What can be wrong with the files and options that a verb is given. Data only: the wording is below. */
export type CliProblem =
  | { readonly kind: 'starter-exists'; readonly file: string }
  | { readonly kind: 'no-file'; readonly file: string; readonly what: string }
  | { readonly kind: 'no-profiles'; readonly path: string; readonly pattern: boolean }
  | { readonly kind: 'no-variable'; readonly name: string }
  /** `variables`: by any of them an engine would be known. */
  | { readonly kind: 'shard-no-engine'; readonly variables: readonly string[] }
  | {
      readonly kind: 'shard-variable';
      readonly engine: string;
      readonly variable: string;
      readonly value: string | undefined;
    }
  | { readonly kind: 'shard-number'; readonly engine: string }
  | {
      readonly kind: 'shard-counts';
      readonly engine: string;
      readonly stated: number;
      readonly counted: number;
    }
  | {
      readonly kind: 'shard-range';
      readonly engine: string;
      readonly variable: string;
      readonly at: number;
      readonly of: number;
    }
  | { readonly kind: 'facts-not-archive'; readonly file: string; readonly reason: string }
  | { readonly kind: 'facts-member'; readonly file: string; readonly member: string }
  | {
      readonly kind: 'no-loader-here';
      readonly machine: string;
      readonly known: readonly string[];
    }
  | { readonly kind: 'loader-silent'; readonly exitCode: number; readonly said: string }
  | { readonly kind: 'loader-report'; readonly at: string; readonly want: string };

export function explainCli(problem: CliProblem): Explanation {
  switch (problem.kind) {
    case 'starter-exists':
      return {
        message: `${problem.file} exists`,
        notes: [],
        hint: 'give another name, or look at the starter with `crashseal init --stdout`',
      };
    case 'no-file':
      return {
        message: `there is no ${problem.what} ${problem.file}`,
        notes: [],
        hint: 'check the path',
      };
    case 'no-profiles':
      return problem.pattern
        ? {
            message: `no file matches ${problem.path}`,
            notes: [],
            hint: 'check the pattern: `*` stands for what is not `/`, `**` for any folders',
          }
        : {
            message: `the folder ${problem.path} holds no profile`,
            notes: ['profiles are its files that end in .yaml or .yml; folders in it are not read'],
            hint: `check the path, or say \`'${problem.path.replace(/\/+$/, '')}/**/*.yaml'\` for all folders below`,
          };
    case 'no-variable':
      return {
        message: `there is no environment variable ${problem.name}`,
        notes: [],
        hint: 'export it, or give the passphrase with --passphrase-file',
      };
    case 'shard-no-engine':
      return {
        message:
          '`--shard env` asks the engine that started this job, and none says which job it is',
        notes: [`none of these variables is set: ${problem.variables.join(', ')}`],
        hint: 'start it as an array, an indexed job or a parallel one, or say which shard it is: `--shard 1/4`',
      };
    case 'shard-variable':
      return {
        message:
          problem.value === undefined || problem.value === ''
            ? `${problem.engine} started this job without the variable ${problem.variable}`
            : `${problem.engine} started this job with ${problem.variable}=${problem.value}, which is no number of a job`,
        notes: ['it says which shard this job is, and of how many'],
        hint: 'hand it down to where crashseal runs (a container, a wrapper), or say which shard it is: `--shard 1/4`',
      };
    case 'shard-number':
      return {
        message: `${problem.engine} does not tell its jobs how many they are`,
        notes: [],
        hint: 'say so: `--shard env/8` in a job with 8 completions',
      };
    case 'shard-counts':
      return {
        message: `\`--shard env/${problem.stated}\` is for ${problem.stated} jobs, and ${problem.engine} started ${problem.counted}`,
        notes: ['bundles of the jobs that are missing would be left out'],
        hint: 'state the number that the job file has; or give `--shard env`, where the engine tells it',
      };
    case 'shard-range':
      return {
        message: `${problem.engine} started this job with ${problem.variable}=${problem.at}, which is none of ${problem.of} that follow each other`,
        notes: [],
        hint: 'number the jobs without gaps, as `--array=1-8` does, or say which shard each is: `--shard 1/4`',
      };
    case 'facts-not-archive':
      return {
        message: `${problem.file} is not an archive of facts: ${problem.reason}`,
        notes: [],
        hint: 'write one on the machine with `crashseal-load --facts > facts.tar`',
      };
    case 'facts-member':
      return {
        message: `${problem.file} contains "${problem.member}", which does not belong in an archive of facts`,
        notes: ['facts are regular files below the root of a machine'],
        hint: 'write the archive with `crashseal-load --facts`, not by hand',
      };
    case 'no-loader-here':
      return {
        message: `no loader runs on this machine (${problem.machine})`,
        notes: [],
        hint: `run \`crashseal plan\` on Linux on one of: ${problem.known.join(', ')}`,
      };
    case 'loader-silent':
      return {
        message: `the loader ended with exit code ${problem.exitCode} and without a report`,
        notes: problem.said === '' ? [] : [problem.said],
        hint: 'docs/loader.md lists the exit codes',
      };
    case 'loader-report':
      return {
        message: `the loader's report is not as declared: at "${problem.at}" there should be ${problem.want}`,
        notes: [],
        hint: 'this is a mistake in crashseal: please report it with the bundle and the facts',
      };
  }
}
