/**
 * Reports of many machines -> one picture of the fleet. Reports are not signed: each is what somebody says of one
 * machine, and nothing that it says changes what is told of another. Pure.
 */
import { expiresSoon } from '../format/expiring.ts';
import type { Fleet, Machine, Unused } from '../format/fleet-report.ts';
import { readDate, showDate } from '../units/time.ts';
import type { Report, Reports } from './read-report.ts';

export type FleetTerms = {
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds. */
  readonly staleAfter: number;
  /** Names of the machines that there should be; undefined: nobody says. */
  readonly hosts: readonly string[] | undefined;
};

/** Clocks differ a little. */
const aheadAllowed = 300;

/** The one that is used comes first. */
const newestFirst = (a: Report, b: Report): number =>
  b.at - a.at ||
  // JSON tells more.
  Number(b.form === 'status') - Number(a.form === 'status') ||
  compare(a.from, b.from);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function fleetOf({ reports, unused }: Reports, terms: FleetTerms): Fleet {
  const { now, staleAfter, hosts } = terms;
  const { used, duplicates } = withoutDuplicates(reports, now);
  const expected = hosts === undefined ? undefined : new Set(hosts);
  const machines = used
    .map(
      (report): Machine => ({
        host: report.host,
        from: report.from,
        form: report.form,
        reportedAt: showDate(report.at),
        age: ageOf(report.at, terms),
        expected: expected?.has(report.host) ?? true,
        ...report.said,
      }),
    )
    .toSorted((a, b) => compare(a.host, b.host));
  const known = new Set(machines.map(({ host }) => host));
  const missing = [...(expected ?? [])].filter((host) => !known.has(host)).toSorted(compare);
  const allUnused = [...unused, ...duplicates].toSorted(
    (a, b) => compare(a.from, b.from) || compare(a.host ?? '', b.host ?? ''),
  );
  return {
    at: showDate(now),
    staleAfter,
    counts: countsOf(machines, expected, missing, allUnused),
    bundles: bundlesOf(machines),
    ending: endingOf(machines, now),
    machines,
    missing,
    unused: allUnused,
  };
}

/** A report that is dated ahead does not hide one that is not. */
function withoutDuplicates(all: readonly Report[], now: number) {
  const byHost = new Map<string, Report[]>();
  for (const report of all) {
    const same = byHost.get(report.host);
    if (same === undefined) byHost.set(report.host, [report]);
    else same.push(report);
  }
  const isAhead = ({ at }: Report): number => Number(at > now + aheadAllowed);
  const used: Report[] = [];
  const duplicates: Unused[] = [];
  for (const [host, same] of byHost) {
    const [first, ...others] = same.toSorted(
      (a, b) => isAhead(a) - isAhead(b) || newestFirst(a, b),
    );
    if (first === undefined) continue;
    used.push(first);
    for (const { from, at } of others)
      duplicates.push({
        from,
        host,
        reason: 'duplicate',
        why: `of ${showDate(at)}; used is ${first.from}, of ${showDate(first.at)}`,
      });
  }
  return { used, duplicates };
}

function ageOf(at: number, { now, staleAfter }: FleetTerms): Machine['age'] {
  if (at > now + aheadAllowed) return 'ahead';
  return now - at > staleAfter ? 'stale' : 'fresh';
}

/** Armed by this program, since boot. */
export const hasOwn = ({ armed, seal }: Machine): boolean => armed && seal !== undefined;
export const wouldDump = (machine: Machine): boolean => hasOwn(machine) && machine.dump === 'yes';

function countsOf(
  all: readonly Machine[],
  expected: ReadonlySet<string> | undefined,
  missing: readonly string[],
  unused: readonly Unused[],
): Fleet['counts'] {
  // Who is not on the list counts for nothing: anybody can write one more report.
  const reported = all.filter((machine) => machine.expected);
  const fresh = reported.filter(({ age }) => age === 'fresh');
  const sure = fresh.filter(wouldDump).length;
  const unsure = fresh.filter((one) => hasOwn(one) && one.dump === 'unsure').length;
  return {
    expected: expected?.size ?? null,
    reported: reported.length,
    fresh: fresh.length,
    armed: fresh.filter(hasOwn).length,
    wouldDump: sure,
    unsure,
    wouldNotDump: fresh.length - sure - unsure,
    stale: reported.length - fresh.length,
    missing: missing.length,
    unexpected: all.length - reported.length,
    unused: unused.length,
  };
}

type Row = Fleet['bundles'][number];

function bundlesOf(machines: readonly Machine[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const machine of machines) {
    const { seal, profile = '', release = '', signer = '', notAfter = null } = machine;
    if (!hasOwn(machine) || seal === undefined) continue;
    const key = JSON.stringify([seal, profile, release, signer, notAfter]);
    const same = rows.get(key) ?? {
      seal,
      profile,
      release,
      signer,
      notAfter,
      machines: 0,
      wouldDump: 0,
    };
    rows.set(key, {
      ...same,
      machines: same.machines + 1,
      wouldDump: same.wouldDump + Number(wouldDump(machine)),
    });
  }
  return [...rows.values()].toSorted(
    (a, b) => b.machines - a.machines || compare(a.profile, b.profile) || compare(a.seal, b.seal),
  );
}

type Ending = Fleet['ending'][number];

function endingOf(machines: readonly Machine[], now: number): readonly Ending[] {
  const rows = new Map<string, Ending>();
  const add = (what: Ending['what'], of: string, seal: string, end: string | undefined): void => {
    const seconds = end === undefined ? undefined : readDate(end);
    if (end === undefined || seconds === undefined) return;
    const left = seconds < now ? 'ended' : seconds - now <= expiresSoon ? 'soon' : 'later';
    const key = JSON.stringify([what, of, seal, end]);
    const same = rows.get(key) ?? { what, of, seal, end, left, machines: 0 };
    rows.set(key, { ...same, machines: same.machines + 1 });
  };
  for (const { seal, profile = '', signer = '', notAfter, certificatesUntil } of machines) {
    if (seal === undefined) continue;
    add('bundle', profile, seal, notAfter);
    add('certificate', signer, seal, certificatesUntil);
  }
  return [...rows.values()].toSorted(
    (a, b) =>
      compare(a.end, b.end) ||
      compare(a.what, b.what) ||
      compare(a.of, b.of) ||
      compare(a.seal, b.seal),
  );
}

/** Everything is as it should be. */
export const isWell = ({ counts }: Fleet): boolean =>
  counts.wouldDump === (counts.expected ?? counts.reported) &&
  counts.reported > 0 &&
  counts.unexpected === 0 &&
  counts.unused === 0;
