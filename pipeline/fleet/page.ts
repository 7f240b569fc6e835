/** The fleet as one page: it asks for nothing, runs nothing, and all that reports say is text to it. Pure. */
import { type Fleet, type Machine, unusedReasons } from '../format/fleet-report.ts';
import { definitions } from '../page/definitions.ts';
import { digestText } from '../page/digest-text.ts';
import { documentOf, type Mark } from '../page/document.ts';
import { type Html, html, none } from '../page/html.ts';
import { table } from '../page/table.ts';
import { showDuration } from '../units/time.ts';
import { wouldDump } from './fleet.ts';

/** A browser shows so many rows without trouble; --json has all of them. */
const rowsMax = 20_000;

export const fleetPage = (fleet: Fleet): string =>
  documentOf({
    title: 'Fleet: which machines would leave a dump',
    over: 'crashseal fleet',
    heading: 'Which machines would leave a dump',
    leadIn: `as of ${fleet.at}; a report is stale after ${showDuration(fleet.staleAfter)}`,
    marks: marks(fleet),
    sections: [
      { id: 'counts', title: 'How many', body: counts(fleet) },
      { id: 'bundles', title: 'Which bundles where', body: bundles(fleet) },
      { id: 'trouble', title: 'What would not dump, and why', body: trouble(fleet) },
      { id: 'ending', title: 'What ends when', body: ending(fleet) },
      { id: 'silent', title: 'Not heard of', body: silent(fleet) },
      { id: 'unused', title: 'Reports that are not used', body: unused(fleet) },
      { id: 'machines', title: 'Every machine', body: machines(fleet) },
    ],
    footer: html`Written by <code>crashseal fleet status --html</code>. Reports are not signed: each is what somebody says of one machine.`,
  });

function marks({ counts: n, ending: ends }: Fleet): readonly Mark[] {
  const of = n.expected ?? n.reported;
  const found: Mark[] = [
    [n.wouldDump === of && of > 0 ? 'good' : 'warn', `${n.wouldDump} of ${of} would leave a dump`],
  ];
  if (n.wouldNotDump > 0) found.push(['bad', `${n.wouldNotDump} would not`]);
  if (n.unsure > 0) found.push(['warn', `${n.unsure} cannot tell`]);
  if (n.stale > 0) found.push(['warn', `${n.stale} stale`]);
  if (n.missing > 0) found.push(['warn', `${n.missing} missing`]);
  if (n.unexpected > 0) found.push(['warn', `${n.unexpected} not on the list`]);
  if (n.unused > 0) found.push(['warn', `Reports not used: ${n.unused}`]);
  const ended = ends.filter(({ left }) => left === 'ended').length;
  const soon = ends.filter(({ left }) => left === 'soon').length;
  if (ended > 0) found.push(['bad', `Ended: ${ended}`]);
  if (soon > 0) found.push(['warn', `End within 30 days: ${soon}`]);
  return found;
}

const counts = ({ counts: n }: Fleet): Html =>
  definitions([
    ...(n.expected === null ? [] : [['on the list', n.expected] as const]),
    ['with a report', n.reported] as const,
    ['with a fresh one', n.fresh] as const,
    ['of these: armed', n.armed] as const,
    ['would leave a dump', n.wouldDump] as const,
    ['cannot tell', n.unsure] as const,
    ['would not', n.wouldNotDump] as const,
  ]);

/** At most so many rows, and a word on the others. */
function capped<T>(all: readonly T[], made: (some: readonly T[]) => Html): Html {
  if (all.length === 0) return none;
  const left = all.length - rowsMax;
  return html`${made(all.slice(0, rowsMax))}${left > 0 ? html`<p>${left} more are not shown here: <code>--json</code> has all of them.</p>` : none}`;
}

const bundles = (fleet: Fleet): Html =>
  capped(fleet.bundles, (some) =>
    table(
      'As the machines tell it, stale reports too',
      [
        { name: 'profile' },
        { name: 'capture kernel' },
        { name: 'machines', kind: 'right' },
        { name: 'would dump', kind: 'right' },
        { name: 'signer' },
        { name: 'ends' },
        { name: 'seal' },
      ],
      some.map((one) => [
        one.profile,
        one.release,
        `${one.machines}`,
        `${one.wouldDump}`,
        one.signer,
        one.notAfter ?? '',
        digestText(one.seal),
      ]),
    ),
  );

const trouble = ({ machines: all }: Fleet): Html =>
  capped(
    all.filter((one) => !wouldDump(one) || one.status !== 'ok'),
    (some) =>
      table(
        '',
        [{ name: 'machine' }, { name: 'dump' }, { name: 'status' }, { name: 'why' }],
        some.map((one) => [one.host, dumpWord(one), one.status, one.why]),
      ),
  );

const dumpWord = (machine: Machine): Html =>
  wouldDump(machine)
    ? html`<span class="add">yes</span>`
    : machine.dump === 'unsure'
      ? html`<span class="change">cannot tell</span>`
      : html`<span class="gone">no</span>`;

const lefts = { ended: 'gone', soon: 'change', later: '' } as const;

const ending = (fleet: Fleet): Html =>
  capped(fleet.ending, (some) =>
    table(
      '',
      [
        { name: 'end' },
        { name: 'what', kind: 'words' },
        { name: 'of' },
        { name: 'machines', kind: 'right' },
        { name: 'seal' },
      ],
      some.map((one) => [
        html`<span class="${lefts[one.left]}">${one.end}${one.left === 'later' ? '' : `, ${one.left}`}</span>`,
        one.what,
        one.of,
        `${one.machines}`,
        digestText(one.seal),
      ]),
    ),
  );

function silent({ machines: all, missing }: Fleet): Html {
  const stale = all.filter(({ age }) => age !== 'fresh');
  const unexpected = all.filter(({ expected }) => !expected);
  return stale.length + unexpected.length + missing.length === 0
    ? none
    : html`${capped(
        [
          ...missing.map((host) => [host, 'no report', '', '']),
          ...stale.map((one) => [one.host, one.age, one.reportedAt, one.from]),
          ...unexpected.map((one) => [one.host, 'not on the list', one.reportedAt, one.from]),
        ],
        (some) =>
          table(
            '',
            [
              { name: 'machine' },
              { name: 'what', kind: 'words' },
              { name: 'last report' },
              { name: 'file' },
            ],
            some,
          ),
      )}`;
}

const unused = (fleet: Fleet): Html =>
  capped(fleet.unused, (some) =>
    table(
      '',
      [{ name: 'file' }, { name: 'machine' }, { name: 'reason' }, { name: 'more closely' }],
      some.map((one) => [one.from, one.host ?? '', unusedReasons[one.reason], one.why]),
    ),
  );

const machines = ({ machines: all }: Fleet): Html =>
  capped(
    all,
    (some) =>
      html`<details><summary>Machines: ${all.length}</summary>
${table(
  '',
  [
    { name: 'machine' },
    { name: 'dump' },
    { name: 'profile' },
    { name: 'armed' },
    { name: 'report' },
    { name: 'seal' },
  ],
  some.map((one) => [
    one.host,
    dumpWord(one),
    one.profile ?? '',
    one.armedAt ?? '',
    `${one.reportedAt}${one.age === 'fresh' ? '' : `, ${one.age}`}`,
    digestText(one.seal?.slice(0, 12) ?? ''),
  ]),
)}</details>`,
  );
