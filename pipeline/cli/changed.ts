/** `build --changed`: what a build would make or replace. */
import { type Change, changes, findChanges } from '../batch/changed.ts';
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { problemsAsData } from './render-problems.ts';
import { textTable } from './text-table.ts';
import type { Outcome } from './verb.ts';

export async function runChanged(
  host: Host,
  request: Parameters<typeof findChanges>[1],
): Promise<Result<Outcome>> {
  const found = await findChanges(host, request);
  if (!found.ok) return found;
  const refused = found.value.flatMap(({ file, profile, why }) =>
    why.ok ? [] : [{ file, profile, problems: why.problems }],
  );
  const [only] = refused;
  if (found.value.length === 1 && only !== undefined) return { ok: false, problems: only.problems };
  const changing = found.value.flatMap(({ profile, path, why }) =>
    why.ok && why.value.length > 0 ? [{ profile, path, why: why.value }] : [],
  );
  return ok({
    text: renderChanges(found.value),
    json: {
      changed: changing,
      unchanged: found.value.flatMap(({ path, why }) =>
        why.ok && why.value.length === 0 ? [path] : [],
      ),
      refused: refused.map((one) => ({ ...one, problems: problemsAsData(one.problems) })),
    },
    problems: refused.flatMap(({ problems }) => problems),
    good: refused.length === 0,
    differs: refused.length === 0 && changing.length > 0,
  });
}

function renderChanges(found: readonly Change[]): string {
  const rows = found.flatMap(({ path, why }) =>
    path !== undefined && why.ok && why.value.length > 0
      ? [[path, why.value.map((one) => changes[one]).join('; ')]]
      : [],
  );
  const refused = found.flatMap(({ file, why }) => (why.ok ? [] : [`  refused: ${file}`]));
  const count = `${found.length} ${found.length === 1 ? 'profile' : 'profiles'}: a build would make ${rows.length === 0 ? 'no bundle' : rows.length === 1 ? '1 bundle' : `${rows.length} bundles`}`;
  return [...textTable(rows, ['left', 'left']), ...refused, count, ''].join('\n');
}
