import { diffBundles } from '../../diff/diff.ts';
import { openForDiff, type Trust } from '../../diff/open.ts';
import { fail, ok } from '../../problem/result.ts';
import { readDate } from '../../units/time.ts';
import { renderDiff } from '../render-diff.ts';
import type { Misuse, Options, VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, args, options) => {
  const trust = trustOf(options);
  if (trust !== undefined && 'misuse' in trust) return trust;
  const [a, b] = await progress.step('reading both bundles', () =>
    Promise.all(args.map((path) => openForDiff(host, path, trust))),
  );
  if (a === undefined || b === undefined) throw new Error('the table asks for two bundles');
  if (!a.ok || !b.ok) {
    const [first, ...more] = [a, b].flatMap((side, index) =>
      side.ok
        ? []
        : side.problems.map((problem) => ({
            ...problem,
            met: { doing: 'comparing', what: args[index] ?? '' } as const,
          })),
    );
    if (first === undefined) throw new Error('a failure without a problem');
    return fail(first, ...more);
  }
  const diff = await progress.step('comparing', () => diffBundles(host, a.value, b.value));
  return ok({
    text: renderDiff(diff),
    json: diff,
    good: diff.same,
    differs: !diff.same,
  });
};

function trustOf(options: Options): Trust | Misuse {
  const trust = options.texts('trust');
  const at = options.text('at');
  if (options.flag('unverified'))
    return trust.length === 0 && at === undefined
      ? undefined
      : {
          misuse: '--unverified trusts nobody: leave out --trust and --at, or leave it out itself',
        };
  if (trust.length === 0)
    return {
      misuse: 'say whom to trust with --trust, or that nothing is to be verified with --unverified',
    };
  if (at === undefined) return { trust };
  const now = readDate(at);
  return now === undefined
    ? { misuse: `--at takes a date such as 2027-01-31, not "${at}"` }
    : { trust, now };
}
