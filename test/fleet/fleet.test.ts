import { describe, expect, test } from 'vitest';
import { fleetOf, isWell } from '../../pipeline/fleet/fleet.ts';
import { parseHosts } from '../../pipeline/fleet/hosts-file.ts';
import { type Reports, readReports } from '../../pipeline/fleet/read-report.ts';
import { fleetKeys } from '../../pipeline/format/fleet-report.ts';
import { misfitOf, object } from '../../pipeline/format/report-shape.ts';
import {
  metricsText,
  notArmedJson,
  sealA,
  sealB,
  statusJson,
  wouldNotDumpJson,
} from '../fixtures/fleet-reports.ts';
import { day, now } from '../fixtures/now.ts';

type File = readonly [path: string, text: string, age?: number];

const gathered = (files: readonly File[]): Reports => {
  const all = files.map(([path, text, age = 60]) =>
    readReports({ path, at: now - age, bytes: new TextEncoder().encode(text) }),
  );
  return {
    reports: all.flatMap(({ reports }) => reports),
    unused: all.flatMap(({ unused }) => unused),
  };
};

const fleet = (files: readonly File[], hosts?: readonly string[]) =>
  fleetOf(gathered(files), { now, staleAfter: 7200, hosts });

describe('a fleet', () => {
  test('is counted from fresh reports of machines on the list', () => {
    const made = fleet(
      [
        ['web1.json', statusJson()],
        ['web2.prom', metricsText()],
        ['web3.json', wouldNotDumpJson('gone')],
        ['web4.json', notArmedJson()],
        ['web5.json', statusJson({ wouldDump: null })],
        ['web6.json', statusJson(), 3 * 3600],
        ['web7.json', statusJson(), -3600],
        ['stray.json', statusJson()],
        ['bad.json', '{'],
      ],
      ['web1', 'web2', 'web3', 'web4', 'web5', 'web6', 'web7', 'web8'],
    );
    expect(made.counts).toEqual({
      expected: 8,
      reported: 7,
      fresh: 5,
      armed: 4,
      wouldDump: 2,
      unsure: 1,
      wouldNotDump: 2,
      stale: 2,
      missing: 1,
      unexpected: 1,
      unused: 1,
    });
    expect(made.missing).toEqual(['web8']);
    expect(made.machines.map(({ host, age, expected }) => [host, age, expected])).toEqual([
      ['stray', 'fresh', false],
      ['web1', 'fresh', true],
      ['web2', 'fresh', true],
      ['web3', 'fresh', true],
      ['web4', 'fresh', true],
      ['web5', 'fresh', true],
      ['web6', 'stale', true],
      ['web7', 'ahead', true],
    ]);
    expect(isWell(made)).toBe(false);
    expect(misfitOf(object(fleetKeys), JSON.parse(JSON.stringify(made)), '')).toBeUndefined();
  });

  test('is well when every machine that should be there would leave a dump', () => {
    expect(isWell(fleet([['web1.json', statusJson()]], ['web1']))).toBe(true);
    expect(isWell(fleet([['web1.json', statusJson()]]))).toBe(true);
    expect(isWell(fleet([['web1.json', statusJson()]], ['web1', 'web2']))).toBe(false);
    expect(isWell(fleet([['web1.json', statusJson()]], ['web2']))).toBe(false);
    expect(isWell(fleet([]))).toBe(false);
  });

  test('of two reports of a machine the newer counts, then the one that tells more; the other is named', () => {
    const made = fleet([
      ['old/web1.json', notArmedJson(), 600],
      ['new/WEB1.prom', metricsText(), 60],
      ['b/web2.prom', metricsText(), 60],
      ['a/web2.json', wouldNotDumpJson('gone'), 60],
      // Dated ahead, it would hide every other one.
      ['x/web3.json', notArmedJson(), -day],
      ['y/web3.json', statusJson(), 60],
    ]);
    expect(made.machines.map(({ host, dump }) => [host, dump])).toEqual([
      ['web1', 'yes'],
      ['web2', 'no'],
      ['web3', 'yes'],
    ]);
    expect(made.unused.map(({ from, host, reason }) => [from, host, reason])).toEqual([
      ['b/web2.prom', 'web2', 'duplicate'],
      ['old/web1.json', 'web1', 'duplicate'],
      ['x/web3.json', 'web3', 'duplicate'],
    ]);
  });

  test('a forged report of one machine changes nothing that is told of another', () => {
    const honest: readonly File[] = [
      ['web1.prom', metricsText()],
      ['web2.prom', metricsText()],
    ];
    const forged = metricsText().replace('profile="web"', 'profile="database"');
    const both = fleet([...honest, ['evil.prom', forged]]);
    const alone = fleet(honest);
    expect(both.machines.filter(({ host }) => host !== 'evil')).toEqual(alone.machines);
    // It claims another profile of the same seal: that is a row of its own, after the others.
    expect(both.bundles.map(({ seal, profile, machines }) => [seal, profile, machines])).toEqual([
      [sealA, 'web', 2],
      [sealA, 'database', 1],
    ]);
    expect(both.bundles[0]).toEqual(alone.bundles[0]);
  });

  test('tells which bundles are where, and what ends when, the next first', () => {
    const at = (seconds: number): string =>
      new Date(seconds * 1000).toISOString().replace('.000', '');
    const made = fleet([
      ['web1.json', statusJson({ notAfter: at(now - day), certificatesUntil: at(now + 10 * day) })],
      ['web2.json', statusJson({ notAfter: at(now - day), certificatesUntil: null })],
      [
        'web3.json',
        statusJson({ sealDigest: sealB, notAfter: at(now + 31 * day), certificatesUntil: null }),
      ],
      ['web4.json', notArmedJson()],
    ]);
    expect(
      made.bundles.map(({ seal, machines, wouldDump }) => [seal, machines, wouldDump]),
    ).toEqual([
      [sealA, 2, 2],
      [sealB, 1, 1],
    ]);
    expect(
      made.ending.map(({ what, seal, left, machines }) => [what, seal, left, machines]),
    ).toEqual([
      ['bundle', sealA, 'ended', 2],
      ['certificate', sealA, 'soon', 1],
      ['bundle', sealB, 'later', 1],
    ]);
  });

  test('the order of the reports means nothing', () => {
    const files: readonly File[] = [
      ['web1.json', statusJson()],
      ['web1.prom', metricsText()],
      ['web2.json', wouldNotDumpJson('gone')],
      ['bad.json', '{'],
    ];
    expect(fleet(files.toReversed())).toEqual(fleet(files));
  });
});

describe('a list of machines', () => {
  test('has a name on each line', () => {
    const read = parseHosts('h', '# the web\nWeb1.example.org\n\n  web2 # new\nweb2\nfd00::7\n');
    expect(read).toEqual({ ok: true, value: ['web1.example.org', 'web2', 'fd00::7'] });
  });

  test('every mistake is told with its line', () => {
    const read = parseHosts('h', 'web1\nweb 2\n../x\n');
    expect(read.ok ? [] : read.problems).toMatchObject([
      { kind: 'hosts-name', line: 2, found: 'web 2' },
      { kind: 'hosts-name', line: 3 },
    ]);
    expect(parseHosts('h', '# none\n')).toMatchObject({ problems: [{ kind: 'hosts-empty' }] });
  });
});
