import type { Host } from '../host/host.ts';
import type { SourcePlace } from '../problem/explanation.ts';
import { fail, ok, type Result } from '../problem/result.ts';

/** What a user can cause while reading a file; anything else is ours or the machine's. */
const readErrors = new Set(['EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']);

/** A file that the profile names. `role` says what it is for, in messages. */
export async function readInput(
  host: Host,
  path: string,
  role: string,
  at: SourcePlace | undefined,
): Promise<Result<Uint8Array>> {
  try {
    const bytes = await host.readFile(path);
    if (bytes === undefined) return fail({ area: 'input', kind: 'file-missing', at, path, role });
    if (bytes.length === 0) return fail({ area: 'input', kind: 'file-empty', at, path, role });
    return ok(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!readErrors.has(code)) throw error;
    return fail({ area: 'input', kind: 'file-unreadable', at, path, role, code });
  }
}
