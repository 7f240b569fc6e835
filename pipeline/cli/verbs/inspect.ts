import { ok } from '../../problem/result.ts';
import { type Inspection, inspectBundle } from '../../seal/inspect.ts';
import { showSize } from '../../units/units.ts';
import { livePlaces, regionOf } from '../drawn-segments.ts';
import { memoryMapSvg } from '../memory-map-svg.ts';
import { renderInspect } from '../render-inspect.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'inspect'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const path = args[0] ?? '';
  const inspected = await progress.step(`reading ${path}`, () => inspectBundle(host, path));
  if (!inspected.ok) return inspected;
  const svg = options.svg;
  if (svg !== undefined)
    await host.writeFile(svg, new TextEncoder().encode(drawing(inspected.value)));
  return ok({ text: renderInspect(inspected.value), json: inspected.value, good: true });
};

const drawing = (view: Inspection): string => {
  const { seal } = view;
  const size = regionOf(view);
  return memoryMapSvg({
    title: `Crash region of ${seal.profile}`,
    caption: `As planned: ${showSize(seal.crashSize)} of ${showSize(size)} are needed; kernel ${seal.release ?? 'not known'}`,
    start: 0n,
    size,
    needed: seal.crashSize,
    segments: seal.segments.map((segment, index) => ({
      ...segment,
      live: livePlaces(seal, index),
    })),
  });
};
