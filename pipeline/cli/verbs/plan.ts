import { archNames } from '../../arch/arch.ts';
import type { Host } from '../../host/host.ts';
import { livePlaces } from '../../page/drawn-segments.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { type BundlePlan, planOnMachine } from '../../rehearse/rehearse.ts';
import { openBundle, sealOf } from '../../seal/bundle.ts';
import { attestedBy } from '../../sign/trust-store.ts';
import { loaderHere } from '../embedded-images.ts';
import { memoryMapSvg } from '../memory-map-svg.ts';
import { renderPlan } from '../render-plan.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'plan'>>['run'] = async (
  { host, progress },
  args,
  options,
) => {
  const { facts, trust, at: now, svg, attestation, require } = options;
  const attested = require === undefined ? 'not required' : attestedBy[require];
  const loader = await loaderHere();
  if (loader === undefined)
    return fail({
      area: 'cli',
      kind: 'no-loader-here',
      machine: `${process.platform} ${process.arch}`,
      known: archNames,
    });
  const plan = await progress.step('asking the loader', () =>
    planOnMachine(host, loader, { bundles: args, facts, trust, now, attestation, attested }),
  );
  if (!plan.ok) return plan;
  const chosen = plan.value.bundles.find(({ path }) => path === plan.value.chosen);
  const places = chosen?.report.segments !== undefined;
  if (svg !== undefined && chosen !== undefined && places) {
    const drawn = await drawing(host, chosen);
    if (!drawn.ok) return drawn;
    await host.writeFile(svg, new TextEncoder().encode(drawn.value));
  }
  return ok({
    text: `${renderPlan(plan.value)}${svg === undefined || places ? '' : notDrawn(svg)}`,
    json: plan.value,
    good: chosen !== undefined,
  });
};

/** With kexec_file_load(2) the kernel chooses the places, and a refused bundle has none. */
const notDrawn = (file: string): string => `\nnot drawn: ${file}, since no places are known\n`;

/** Where the live values are stands in the seal, whose signature the loader has found right. */
async function drawing(host: Host, { path, report }: BundlePlan): Promise<Result<string>> {
  const bundle = await openBundle(host, path);
  if (!bundle.ok) return bundle;
  const seal = sealOf(bundle.value);
  if (!seal.ok) return seal;
  const { machine, segments = [] } = report;
  return ok(
    memoryMapSvg({
      title: `Crash region for ${seal.value.profile}`,
      caption: `Addresses of this machine, which runs ${machine?.kernelRelease ?? 'a kernel not known'}`,
      start: BigInt(machine?.crashRegion.start ?? 0),
      size: BigInt(machine?.crashRegion.size ?? 0),
      segments: segments.map((segment) => {
        const index = seal.value.segments.findIndex(({ name }) => name === segment.name);
        return {
          name: `${segment.name}${segment.asPlanned ? '' : ' (moved)'}`,
          place: BigInt(segment.mem),
          memsz: BigInt(segment.memsz),
          bufsz: BigInt(segment.bufsz),
          live: livePlaces(seal.value, index),
        };
      }),
    }),
  );
}
