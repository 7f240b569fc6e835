import { fail, ok } from '../../problem/result.ts';
import { loaders } from '../embedded-images.ts';
import { planOnMachine } from '../plan-on-machine.ts';
import { renderPlan } from '../render-plan.ts';
import type { VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, args, options) => {
  const loader = process.platform === 'linux' ? loaders[process.arch] : undefined;
  if (loader === undefined)
    return fail({
      area: 'cli',
      kind: 'no-loader-here',
      machine: `${process.platform} ${process.arch}`,
    });
  const report = await progress.step('asking the loader', () =>
    planOnMachine(host, loader, {
      bundle: args[0] ?? '',
      facts: options.text('facts'),
      trust: options.texts('trust'),
    }),
  );
  if (!report.ok) return report;
  return ok({
    text: renderPlan(report.value),
    json: report.value,
    good: report.value.exitCode === 0,
  });
};
