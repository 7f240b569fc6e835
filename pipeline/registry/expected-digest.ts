/** What came, held against what was asked for. Pure. */
import { fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';

/** `where`: what gave it. */
export const expectDigest = (
  where: string,
  what: 'blob' | 'manifest',
  expected: Digest,
  found: Digest,
): Result<void> =>
  found === expected
    ? ok(undefined)
    : fail({ area: 'registry', kind: 'digest-wrong', where, what, expected, found });
