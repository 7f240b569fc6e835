/** What a host throws: the system's refusals are the user's to solve, anything else is ours. */
import type { Problem } from '../problem/problem.ts';
import { fail, type Result } from '../problem/result.ts';

/** Undefined for an error that the system did not make. */
export function systemRefusal(error: unknown): Problem | undefined {
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

/** For one part of several: what the system refuses it ends this part, and no other. */
export async function refusalAsProblem<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    const problem = systemRefusal(error);
    if (problem === undefined) throw error;
    return fail(problem);
  }
}
