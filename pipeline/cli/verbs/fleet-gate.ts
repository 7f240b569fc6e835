import { refusalAsProblem } from '../../host/system-refusal.ts';
import { collect, metWith, ok } from '../../problem/result.ts';
import { renderDecision } from '../render-fleet.ts';
import { askRing, outcomeOf, wantedInFile } from '../ring-gate.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'fleet gate'>>['run'] = async (
  context,
  [ring = ''],
  options,
) => {
  const { bundle: bundles, trust } = options;
  const { host } = context;
  const decision = await askRing(context, ring, options, async (now) =>
    collect(
      await Promise.all(
        bundles.map(async (path) => {
          const found = await refusalAsProblem(() => wantedInFile(host, path, trust, now));
          return found.ok ? found : metWith(found, { doing: 'verifying', what: path });
        }),
      ),
    ),
  );
  if (!decision.ok) return decision;
  return ok({
    text: renderDecision(decision.value),
    json: decision.value,
    ...outcomeOf(decision.value),
  });
};
