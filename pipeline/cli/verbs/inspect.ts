import { type BundleDiff, diffBundles } from '../../diff/diff.ts';
import { openForDiff } from '../../diff/open.ts';
import type { Host } from '../../host/host.ts';
import { livePlaces, regionOf } from '../../page/drawn-segments.ts';
import { collect, metWith, ok, type Result } from '../../problem/result.ts';
import { type Inspection, inspectBundle } from '../../seal/inspect.ts';
import { showSize } from '../../units/units.ts';
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
  const { against, html } = options;
  if (html !== undefined) {
    const diff =
      against === undefined
        ? ok(undefined)
        : await progress.step('comparing', () => differences(host, against, path));
    if (!diff.ok) return diff;
    const { pageOf } = await import('../../page/page.ts');
    const page = pageOf({
      view: inspected.value,
      ...(diff.value === undefined ? {} : { against: diff.value }),
    });
    await host.writeFile(html, new TextEncoder().encode(page));
  }
  return ok({ text: renderInspect(inspected.value), json: inspected.value, good: true });
};

async function differences(host: Host, before: string, after: string): Promise<Result<BundleDiff>> {
  const sides = collect(
    await Promise.all(
      [before, after].map(async (path) => {
        const side = await openForDiff(host, path, undefined);
        return side.ok ? side : metWith(side, { doing: 'comparing', what: path });
      }),
    ),
  );
  if (!sides.ok) return sides;
  const [a, b] = sides.value;
  if (a === undefined || b === undefined) throw new Error('two paths have two sides');
  return ok(await diffBundles(host, a, b));
}

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
