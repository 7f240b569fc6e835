/** What reports say of a fleet, for people: what needs somebody's attention, with all of it in JSON and on the page. */
import { hasOwn, wouldDump } from '../fleet/fleet.ts';
import { type Decision, type Fleet, unusedReasons } from '../format/fleet-report.ts';
import { showDuration } from '../units/time.ts';
import { section, textTable } from './text-table.ts';

/** Longer lists are for programs and for the page. */
const linesMax = 40;

export function renderFleet(fleet: Fleet): string {
  const { counts: n } = fleet;
  const of = n.expected ?? n.reported;
  const facts = textTable([
    ['would dump', share(n.wouldDump, of)],
    ['armed', share(n.armed, of)],
    ...(n.unsure === 0 ? [] : [['cannot tell', `${n.unsure}`]]),
    ...(n.wouldNotDump === 0 ? [] : [['would not', `${n.wouldNotDump}`]]),
    ...(n.stale === 0
      ? []
      : [
          [
            'stale',
            `${n.stale}, whose last report is older than ${showDuration(fleet.staleAfter)}`,
          ],
        ]),
    ...(n.missing === 0 ? [] : [['missing', `${n.missing} of those on the list`]]),
    ...(n.unexpected === 0 ? [] : [['not listed', `${n.unexpected}, which count for nothing`]]),
    ...(n.unused === 0 ? [] : [['not used', counted(n.unused, 'report')]]),
  ]);
  const trouble = fleet.machines.filter(
    (one) => one.age === 'fresh' && (!wouldDump(one) || one.status !== 'ok'),
  );
  const lines = [
    ...facts,
    ...listed(
      'Bundles: profile, capture kernel, machines, of these would dump, seal',
      fleet.bundles.map((one) => [
        one.profile || '-',
        one.release || '-',
        `${one.machines}`,
        `${one.wouldDump}`,
        one.seal.slice(0, 16),
      ]),
    ),
    ...listed(
      'Not as it should be',
      trouble.map((one) => [
        one.host,
        wouldDump(one) ? 'dumps' : hasOwn(one) && one.dump === 'unsure' ? 'unsure' : 'NO DUMP',
        one.status,
        one.why,
      ]),
    ),
    ...listed(
      'Ends',
      fleet.ending
        .filter(({ left }) => left !== 'later')
        .map((one) => [
          one.left === 'ended' ? 'ENDED' : 'soon',
          one.end,
          `${one.what} of ${one.of || '-'}`,
          counted(one.machines, 'machine'),
          one.seal.slice(0, 16),
        ]),
    ),
    ...listed('Not heard of', [
      ...fleet.missing.map((host) => [host, 'no report']),
      ...fleet.machines
        .filter(({ age }) => age !== 'fresh')
        .map(({ host, age, reportedAt }) => [
          host,
          age === 'stale' ? `last on ${reportedAt}` : `dated ahead: ${reportedAt}`,
        ]),
    ]),
    ...listed(
      'Not on the list',
      fleet.machines.filter(({ expected }) => !expected).map(({ host, from }) => [host, from]),
    ),
    ...listed(
      'Reports that are not used',
      fleet.unused.map((one) => [
        one.from,
        one.host ?? '-',
        `${unusedReasons[one.reason]}: ${one.why}`,
      ]),
    ),
    '',
    'Reports are not signed: each is what somebody says of one machine.',
  ];
  return `${lines.join('\n')}\n`;
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

const share = (some: number, all: number): string =>
  all === 0 ? '0 of 0' : `${some} of ${all}, ${Math.floor((some * 1000) / all) / 10} %`;

function listed(heading: string, rows: readonly (readonly string[])[]): readonly string[] {
  const left = rows.length - linesMax;
  return section(heading, [
    ...textTable(rows.slice(0, linesMax)),
    ...(left > 0 ? [`and ${left} more: see --json or --html`] : []),
  ]);
}

const decisions = {
  go: 'GO: all terms are met',
  wait: 'WAIT: not all terms are met, and they still can be',
  back: 'BACK: the terms cannot be met',
} as const;

export function renderDecision(decision: Decision): string {
  const { armed, wouldDump: dump } = decision;
  const row = (what: string, { yes, no, open, need }: Decision['armed']): readonly string[] => [
    what,
    `${yes} of ${decision.machines}, ${need} needed; ${no} say no, ${open} open`,
  ];
  const lines = [
    ...textTable([
      [`ring ${decision.ring}`, decisions[decision.decision]],
      row('armed', armed),
      row('would dump', dump),
    ]),
    ...listed(
      'Because',
      decision.reasons.map((reason) => [reason]),
    ),
    ...listed(
      'Say no',
      decision.against.map(({ host, why }) => [host, why]),
    ),
    ...listed(
      'Open',
      decision.open.map(({ host, why }) => [host, why]),
    ),
    '',
    'Reports are not signed: each is what somebody says of one machine.',
  ];
  return `${lines.join('\n')}\n`;
}
