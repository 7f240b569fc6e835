/** What a roll-out asks before it goes on: the machines of a ring, as their reports have them. */
import { fleetOf } from '../fleet/fleet.ts';
import { decide, readShare, type Wanted } from '../fleet/gate.ts';
import { gatherReports } from '../fleet/gather.ts';
import { baseName } from '../fleet/host-name.ts';
import { readHostsFile } from '../fleet/hosts-file.ts';
import type { Decision } from '../format/fleet-report.ts';
import type { Host } from '../host/host.ts';
import { ok, type Result } from '../problem/result.ts';
import { openBundle } from '../seal/bundle.ts';
import { openVerified } from '../seal/verify.ts';
import { sha256 } from '../units/sha256.ts';
import type { VerbContext } from './verb.ts';
import type { OptionsOf } from './verbs.ts';

export type RingTerms = Pick<
  OptionsOf<'fleet gate'>,
  'at' | 'min-armed' | 'min-would-dump' | 'reports' | 'require-test-crash' | 'stale-after'
>;

/** `ring`: file with its machines. `wantedAt`: the bundles that it is to have, as they are at a moment. */
export async function askRing(
  { host, progress }: VerbContext,
  ring: string,
  terms: RingTerms,
  wantedAt: (now: number) => Promise<Result<readonly Wanted[]>>,
): Promise<Result<Decision>> {
  const now = terms.at ?? host.now();
  const hosts = await readHostsFile(host, ring);
  if (!hosts.ok) return hosts;
  const wanted = await wantedAt(now);
  if (!wanted.ok) return wanted;
  const reports = await progress.step('reading reports', () => gatherReports(host, terms.reports));
  if (!reports.ok) return reports;
  const staleAfter = terms['stale-after'];
  return ok(
    decide(fleetOf(reports.value, { now, staleAfter, hosts: hosts.value }), {
      ring: baseName(ring).replace(/\.[^.]*$/, ''),
      hosts: hosts.value,
      // Their form is in the table of verbs.
      minArmed: readShare(terms['min-armed']) ?? 10_000,
      minWouldDump: readShare(terms['min-would-dump']) ?? 10_000,
      wanted: wanted.value,
      requireTestCrash: terms['require-test-crash'],
    }),
  );
}

/** Without a trust store the file only says which seal is meant: a machine verifies what it arms. */
export async function wantedInFile(
  host: Host,
  path: string,
  trust: readonly string[],
  now: number,
): Promise<Result<Wanted>> {
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
}

/** What a decision is as an outcome: exit status 0, 1 and 4. */
export const outcomeOf = ({ decision }: Decision) => ({
  good: decision !== 'back',
  unproven: decision === 'wait',
});
