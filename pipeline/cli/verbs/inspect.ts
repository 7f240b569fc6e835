import { ok } from '../../problem/result.ts';
import { inspectBundle } from '../../seal/inspect.ts';
import { renderInspect } from '../render-inspect.ts';
import type { VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host, progress }, args) => {
  const path = args[0] ?? '';
  const inspected = await progress.step(`reading ${path}`, () => inspectBundle(host, path));
  if (!inspected.ok) return inspected;
  return ok({ text: renderInspect(inspected.value), json: inspected.value, good: true });
};
