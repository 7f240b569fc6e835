/** What is thrown: the system's refusals are the user's to solve, and those of our readers; anything else is ours. */
import type { Problem } from '../problem/problem.ts';
import { fail, type Result } from '../problem/result.ts';

/** For what has no way to return a problem, such as a reader of pieces. */
export class Refusal extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.kind);
    this.problem = problem;
  }
}

/** Undefined for an error that neither the system nor a reader means as a refusal. */
export function systemRefusal(error: unknown): Problem | undefined {
  if (error instanceof Refusal) return error.problem;
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return {
    area: 'system',
    kind: 'system-error',
    code: String(error.code),
    syscall: String(error.syscall),
    path: 'path' in error && typeof error.path === 'string' ? error.path : undefined,
    // `EACCES: permission denied, open '/x'`
    said: error.message.replace(/^[A-Z0-9]+: /, '').replace(/,.*$/, ''),
  };
}

/** For one part of several: what is refused it ends this part, and no other. */
export async function refusalAsProblem<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    const problem = systemRefusal(error);
    if (problem === undefined) throw error;
    return fail(problem);
  }
}
