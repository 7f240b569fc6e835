import type { Problem } from './problem.ts';

/** What a user can cause is a value; what only we can cause throws. */
export type Result<T> = Ok<T> | Failure;
export type Ok<T> = { readonly ok: true; readonly value: T };
export type Failure = { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const fail = (first: Problem, ...more: readonly Problem[]): Failure => ({
  ok: false,
  problems: [first, ...more],
});

/** `value` when nothing was found wrong, else every problem at once. */
export function unlessProblems<T>(problems: readonly Problem[], value: () => T): Result<T> {
  const [first, ...more] = problems;
  return first === undefined ? ok(value()) : fail(first, ...more);
}

/** All values, or the problems of every part that failed. */
export function collect<T>(results: readonly Result<T>[]): Result<readonly T[]> {
  const problems = results.flatMap((result) => (result.ok ? [] : result.problems));
  return unlessProblems(problems, () =>
    results.flatMap((result) => (result.ok ? [result.value] : [])),
  );
}

/** The same failure, with what each of its problems was met with; what a problem says of that itself stays. */
export function metWith({ problems }: Failure, met: NonNullable<Problem['met']>): Failure {
  const [first, ...more] = problems;
  return fail({ met, ...first }, ...more.map((problem) => ({ met, ...problem })));
}
