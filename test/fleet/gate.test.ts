/** `bad-ring-is-rolled-back`, the decision: a bad bundle stops at the ring that shows it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fleetOf } from '../../pipeline/fleet/fleet.ts';
import { decide, type GateTerms, readShare } from '../../pipeline/fleet/gate.ts';
import { readReports } from '../../pipeline/fleet/read-report.ts';
import { decisionKeys } from '../../pipeline/format/fleet-report.ts';
import { misfitOf, object } from '../../pipeline/format/report-shape.ts';
import {
  notArmedJson,
  sealA,
  sealB,
  statusJson,
  wouldNotDumpJson,
} from '../fixtures/fleet-reports.ts';
import { now } from '../fixtures/now.ts';

/** Nothing at all, or what it says, and how old that is. */
type Machine = undefined | string | readonly [string, number];

const fresh = statusJson({ sealDigest: sealB });
const older = statusJson({ sealDigest: sealA });
const bad = wouldNotDumpJson('no device has PARTLABEL crashdump', { sealDigest: sealB });
const unsure = statusJson({ sealDigest: sealB, wouldDump: null });
const refused = statusJson({
  sealDigest: sealA,
  status: 'fallback-armed',
  exitCode: 61,
  fallback: true,
  lastRefusal: 'the signer is not trusted',
});
const keptOld = statusJson({ sealDigest: sealA, lastRefusal: 'the signer is not trusted' });
const foreign = statusJson({ status: 'foreign-image', exitCode: 6, sealDigest: undefined });

const wanted = [{ name: 'web.crashseal', seal: sealB, tried: 'passed' }] as const;

function gate(machines: readonly Machine[], terms: Partial<GateTerms> = {}) {
  const hosts = machines.map((_, index) => `web${index}`);
  const all = machines.flatMap((machine, index) => {
    if (machine === undefined) return [];
    const [text, age] = typeof machine === 'string' ? [machine, 60] : machine;
    return [
      readReports({
        path: `web${index}.json`,
        at: now - age,
        bytes: new TextEncoder().encode(text),
      }),
    ];
  });
  const decision = decide(
    fleetOf(
      {
        reports: all.flatMap(({ reports }) => reports),
        unused: all.flatMap(({ unused }) => unused),
      },
      { now, staleAfter: 7200, hosts },
    ),
    {
      ring: 'ring1',
      hosts,
      minArmed: 10_000,
      minWouldDump: 10_000,
      wanted,
      requireTestCrash: false,
      ...terms,
    },
  );
  expect(misfitOf(object(decisionKeys), decision, '')).toBeUndefined();
  return decision;
}

const many = (count: number, machine: Machine): readonly Machine[] => Array(count).fill(machine);

describe('a ring', () => {
  test.each<[string, readonly Machine[], Partial<GateTerms>, 'go' | 'wait' | 'back']>([
    ['all of which have it and would dump', many(10, fresh), {}, 'go'],
    ['one of which still has the old one', [...many(9, fresh), older], {}, 'wait'],
    ['one of which has not reported', [...many(9, fresh), undefined], {}, 'wait'],
    ['one of which is stale', [...many(9, fresh), [fresh, 8000]], {}, 'wait'],
    ['one of which is dated ahead', [...many(9, fresh), [fresh, -8000]], {}, 'wait'],
    ['one of which cannot tell', [...many(9, fresh), unsure], {}, 'wait'],
    ['one of which would not dump', [...many(9, fresh), bad], {}, 'back'],
    [
      'one of which would not dump, and may',
      [...many(9, fresh), bad],
      { minWouldDump: 9000 },
      'go',
    ],
    [
      'two of which would not dump, and one may',
      [...many(8, fresh), bad, bad],
      { minWouldDump: 9000 },
      'back',
    ],
    ['one of which refused it and fell back', [...many(9, fresh), refused], {}, 'back'],
    ['one of which refused it and kept the old one', [...many(9, fresh), keptOld], {}, 'back'],
    ['one of which is not armed', [...many(9, fresh), notArmedJson()], {}, 'back'],
    ['one of which another program has armed', [...many(9, fresh), foreign], {}, 'back'],
    ['that nobody has reported from', many(3, undefined), {}, 'wait'],
    ['that has no machines', [], {}, 'back'],
    ['where any bundle will do', [...many(5, fresh), ...many(5, older)], { wanted: [] }, 'go'],
    ['99 % of 100', [...many(99, fresh), bad], { minArmed: 9900, minWouldDump: 9900 }, 'go'],
    [
      '99 % of 10 are all 10',
      [...many(9, fresh), bad],
      { minArmed: 9900, minWouldDump: 9900 },
      'back',
    ],
    ['a bad report', [...many(9, fresh), '{'], {}, 'wait'],
  ])('%s', (_what, machines, terms, answer) => {
    expect(gate(machines, terms).decision).toBe(answer);
  });

  test('says who is against it and why, and who is open', () => {
    const { against, open, reasons, armed } = gate([fresh, bad, refused, older, undefined]);
    expect(against.map(({ host, why }) => [host, why])).toEqual([
      ['web1', 'would-not-dump: target 1: no device has PARTLABEL crashdump'],
      ['web2', 'fallback-armed: the last load was refused: the signer is not trusted'],
    ]);
    expect(open.map(({ host }) => host)).toEqual(['web3', 'web4']);
    expect(armed).toEqual({ yes: 2, no: 1, open: 2, need: 5 });
    expect(reasons[0]).toBe(
      'machines that have it armed: 2, of 5 needed; against it: 1; not known yet: 2',
    );
  });

  test('a bundle that nobody trusted has tried goes nowhere, where that is asked for', () => {
    const asked = (tried: 'passed' | 'warned' | 'not tried') =>
      gate(many(3, fresh), { requireTestCrash: true, wanted: [{ ...wanted[0], tried }] });
    expect(asked('passed').decision).toBe('go');
    expect(asked('warned')).toMatchObject({
      decision: 'back',
      reasons: ['web.crashseal: its test-crash could not prove everything'],
    });
    expect(asked('not tried').decision).toBe('back');
    expect(gate(many(3, fresh), { requireTestCrash: true, wanted: [] }).decision).toBe('back');
  });

  test('a machine that is not of the ring cannot speak for it', () => {
    const texts = [
      ['web0', fresh],
      ['evil1', fresh],
      ['evil2', fresh],
    ] as const;
    const reports = texts.flatMap(
      ([host, text]) =>
        readReports({ path: `${host}.json`, at: now, bytes: new TextEncoder().encode(text) })
          .reports,
    );
    const hosts = ['web0', 'web1'];
    const made = fleetOf({ reports, unused: [] }, { now, staleAfter: 7200, hosts });
    const terms = {
      ring: 'r',
      hosts,
      minArmed: 10_000,
      minWouldDump: 10_000,
      wanted: [],
      requireTestCrash: false,
    };
    expect(decide(made, terms)).toMatchObject({ decision: 'wait', armed: { yes: 1, open: 1 } });
  });

  test('one machine more that says yes never makes a decision worse, one that says no never better', () => {
    const rank = { back: 0, wait: 1, go: 2 } as const;
    const machine = fc.constantFrom<Machine>(fresh, older, bad, unsure, refused, undefined, [
      fresh,
      8000,
    ]);
    const share = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(
        fc.array(machine, { minLength: 1, maxLength: 8 }),
        share,
        share,
        (all, minArmed, minWouldDump) => {
          const decided = (last: Machine) =>
            rank[gate([...all.slice(0, -1), last], { minArmed, minWouldDump }).decision];
          const found = decided(all.at(-1));
          expect(decided(fresh)).toBeGreaterThanOrEqual(found);
          expect(decided(refused)).toBeLessThanOrEqual(found);
        },
      ),
    );
  });
});

describe('a share', () => {
  test.each([
    ['99%', 9900],
    ['99.5%', 9950],
    ['99.05%', 9905],
    ['0%', 0],
    ['100%', 10_000],
  ])('%s', (text, share) => {
    expect(readShare(text)).toBe(share);
  });

  test.each(['99', '101%', '-1%', '9.999%', '', '%', '1e2%'])('"%s" is none', (text) => {
    expect(readShare(text)).toBeUndefined();
  });
});
