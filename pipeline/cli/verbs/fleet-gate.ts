import { fleetOf } from '../../fleet/fleet.ts';
import { decide, readShare, type Wanted } from '../../fleet/gate.ts';
import { gatherReports } from '../../fleet/gather.ts';
import { baseName } from '../../fleet/host-name.ts';
import { readHostsFile } from '../../fleet/hosts-file.ts';
import type { Host } from '../../host/host.ts';
import { refusalAsProblem } from '../../host/system-refusal.ts';
import { collect, metWith, ok, type Result } from '../../problem/result.ts';
import { openBundle } from '../../seal/bundle.ts';
import { openVerified } from '../../seal/verify.ts';
import { sha256 } from '../../units/sha256.ts';
import { renderDecision } from '../render-fleet.ts';
import type { VerbModule } from '../verb.ts';
import type { OptionsOf } from '../verbs.ts';

export const run: VerbModule<OptionsOf<'fleet gate'>>['run'] = async (
  { host, progress },
  [ring = ''],
  options,
) => {
  const { at: moment, bundle: bundles, reports: paths, trust } = options;
  const now = moment ?? host.now();
  const hosts = await readHostsFile(host, ring);
  if (!hosts.ok) return hosts;
  const wanted = collect(
    await Promise.all(bundles.map((path) => wantedOf(host, path, trust, now))),
  );
  if (!wanted.ok) return wanted;
  const reports = await progress.step('reading reports', () => gatherReports(host, paths));
  if (!reports.ok) return reports;
  const decision = decide(
    fleetOf(reports.value, { now, staleAfter: options['stale-after'], hosts: hosts.value }),
    {
      ring: baseName(ring).replace(/\.[^.]*$/, ''),
      hosts: hosts.value,
      // Their form is in the table of verbs.
      minArmed: readShare(options['min-armed']) ?? 10_000,
      minWouldDump: readShare(options['min-would-dump']) ?? 10_000,
      wanted: wanted.value,
      requireTestCrash: options['require-test-crash'],
    },
  );
  return ok({
    text: renderDecision(decision),
    json: decision,
    good: decision.decision !== 'back',
    unproven: decision.decision === 'wait',
  });
};

/** Without a trust store the file only says which seal is meant: a machine verifies what it arms. */
async function wantedOf(
  host: Host,
  path: string,
  trust: readonly string[],
  now: number,
): Promise<Result<Wanted>> {
  const found = await refusalAsProblem(async (): Promise<Result<Wanted>> => {
    const name = baseName(path);
    if (trust.length > 0) {
      const verified = await openVerified(host, path, { trust, now });
      if (!verified.ok) return verified;
      const { bundle, report } = verified.value;
      const seal = sha256(bundle.sealBytes);
      return ok({ name, seal, tried: report.attestation?.result ?? 'not tried' });
    }
    const opened = await openBundle(host, path);
    return opened.ok
      ? ok({ name, seal: sha256(opened.value.sealBytes), tried: 'not tried' })
      : opened;
  });
  return found.ok ? found : metWith(found, { doing: 'verifying', what: path });
}
