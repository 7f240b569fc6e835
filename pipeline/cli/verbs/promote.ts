import { join } from 'node:path';
import type { Wanted } from '../../fleet/gate.ts';
import type { Host } from '../../host/host.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { promote } from '../../registry/promote.ts';
import { type Found, findBundle, pullBundle } from '../../registry/pull.ts';
import { isTag, readDigest, showReference } from '../../registry/reference.ts';
import type { Repository } from '../../registry/repository.ts';
import { sealThere } from '../../registry/seal-there.ts';
import { openBundleReference } from '../registries.ts';
import { renderDecision } from '../render-fleet.ts';
import { renderNotMoved, renderPromoted } from '../render-registry.ts';
import { askRing, outcomeOf, wantedInFile } from '../ring-gate.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'promote'>>['run'] = async (
  context,
  [reference = '', to = ''],
  options,
) => {
  const { host, progress } = context;
  if (!isTag(to))
    return fail({ area: 'registry', kind: 'reference-form', reference: to, why: 'tag' });
  const opened = await openBundleReference(host, reference, options);
  if (!opened.ok) return opened;
  const { place, repository } = opened.value;
  const { ring, trust } = options;
  const move = (name: typeof opened.value.name) =>
    progress.step(`promoting ${reference}`, () =>
      promote(repository, place, name, to, readDigest(options.expect ?? '')),
    );
  if (ring === undefined) {
    const promoted = await move(opened.value.name);
    if (!promoted.ok) return promoted;
    return ok({ text: renderPromoted(promoted.value), json: promoted.value, good: true });
  }
  const found = await progress.step(`asking for ${reference}`, () =>
    findBundle(repository, place, opened.value.name),
  );
  if (!found.ok) return found;
  const gate = await askRing(context, ring, options, async (now) => {
    const wanted = await progress.step(`reading ${reference}`, () =>
      wantedThere(host, repository, found.value, trust, now),
    );
    return wanted.ok ? ok([wanted.value]) : wanted;
  });
  if (!gate.ok) return gate;
  if (gate.value.decision !== 'go')
    return ok({
      text: `${renderNotMoved(showReference(place, { tag: to }))}${renderDecision(gate.value)}`,
      json: { gate: gate.value },
      ...outcomeOf(gate.value),
    });
  // By its digest: what the tag names by now, the ring may not have.
  const promoted = await move({ digest: found.value.digest });
  if (!promoted.ok) return promoted;
  return ok({
    text: `${renderPromoted(promoted.value)}${renderDecision(gate.value)}`,
    json: { ...promoted.value, gate: gate.value },
    good: true,
  });
};

/** With a trust store all of it is fetched, with its attestations, and verified. */
async function wantedThere(
  host: Host,
  repository: Repository,
  found: Found,
  trust: readonly string[],
  now: number,
): Promise<Result<Wanted>> {
  const { reference: name } = found;
  if (trust.length === 0) {
    const seal = await sealThere(repository, found);
    return seal.ok ? ok({ name, seal: seal.value, tried: 'not tried' }) : seal;
  }
  return host.withTempFolder(async (temp) => {
    const path = join(temp, 'bundle.crashseal');
    const pulled = await pullBundle(host, repository, found, path, async () => ok(undefined));
    if (!pulled.ok) return pulled;
    const wanted = await wantedInFile(host, path, trust, now);
    return wanted.ok ? ok({ ...wanted.value, name }) : wanted;
  });
}
