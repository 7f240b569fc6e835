/**
 * A report is what anybody may have written. Whatever it holds, it says something of the machine that it names, or it
 * is named as not used; it never says anything of another machine.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plain } from '../../pipeline/fleet/plain.ts';
import { readReports } from '../../pipeline/fleet/read-report.ts';
import {
  metricsText,
  notArmedJson,
  oneMetric,
  sealA,
  statusJson,
  wouldNotDumpJson,
} from '../fixtures/fleet-reports.ts';

const read = (text: string | Uint8Array, path = 'reports/Web1.json', host?: string) =>
  readReports({
    path,
    at: 1000,
    bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text,
    ...(host === undefined ? {} : { host }),
  });

const why = (text: string | Uint8Array, path?: string): string => {
  const { reports, unused } = read(text, path);
  expect(reports).toEqual([]);
  return unused.map((one) => `${one.reason}: ${one.why}`).join(' | ');
};

describe('JSON of --status', () => {
  test('is of the machine that the file is named after, in lower case', () => {
    const { reports, unused } = read(statusJson());
    expect(unused).toEqual([]);
    expect(reports).toMatchObject([
      { host: 'web1', form: 'status', at: 1000, from: 'reports/Web1.json' },
    ]);
    expect(reports[0]?.said).toMatchObject({
      status: 'ok',
      armed: true,
      dump: 'yes',
      seal: sealA,
      notAfter: '2027-12-31T23:59:59Z',
      why: '',
    });
    expect(read(statusJson(), 'a/b.json', 'db7').reports[0]?.host).toBe('db7');
  });

  test('tells in the words of the machine why no dump would arrive', () => {
    const words = 'no device has PARTLABEL crashdump';
    expect(read(wouldNotDumpJson(words)).reports[0]?.said).toMatchObject({
      dump: 'no',
      why: `target 1: ${words}`,
    });
    expect(
      read(notArmedJson({ lastRefusal: 'the bundle is of epoch 0' })).reports[0]?.said,
    ).toMatchObject({
      armed: false,
      dump: 'no',
      lastRefused: true,
      why: 'the last load was refused: the bundle is of epoch 0',
    });
    expect(read(notArmedJson()).reports[0]?.said.why).toBe('no capture kernel is armed');
  });

  test('what the machine cannot see is unsure, and not yes', () => {
    expect(read(statusJson({ wouldDump: null })).reports[0]?.said.dump).toBe('unsure');
    // Armed by another program.
    const foreign = { status: 'foreign-image', exitCode: 6, sealDigest: undefined };
    expect(read(statusJson(foreign)).reports[0]?.said).toMatchObject({ dump: 'unsure' });
  });

  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'the whole should be an object'],
    ['{}', 'status should be one of'],
    [statusJson({ exitCode: 4 }), 'exitCode should be the code of its status'],
    [statusJson({ armed: 'yes' }), 'armed should be true or false'],
    [statusJson({ sealDigest: 'a1' }), 'sealDigest should have 64 digits'],
    [statusJson({ more: 1 }), 'more should be'],
    [statusJson({ record: { status: 'ok' } }), 'record.exitCode should be'],
  ])('%j is refused: %s', (text, said) => {
    expect(why(text)).toContain(`malformed: ${said}`);
  });

  test('what is too large, or no text, is refused', () => {
    expect(why(`{${' '.repeat(4 << 20)}}`)).toContain('too-large');
    expect(why(new Uint8Array([0x7b, 0xff]))).toBe('malformed: it is not UTF-8');
  });

  test('a file that is not named after a machine is refused', () => {
    expect(why(statusJson(), 'my report.json')).toContain('no-name');
  });
});

describe('metrics', () => {
  test('of one machine say the same as its JSON', () => {
    const { reports, unused } = read(metricsText(), 'web1.prom');
    expect(unused).toEqual([]);
    const [json] = read(statusJson()).reports;
    const { profile, release, ...said } = { ...reports[0]?.said };
    expect([reports[0]?.host, reports[0]?.form, profile, release]).toEqual([
      'web1',
      'metrics',
      'web',
      '6.12',
    ]);
    expect(said).toEqual({ ...json?.said, armedAt: '2027-01-10T08:00:00Z' });
  });

  test('of many machines, as a server collects them, are each of its own', () => {
    const text = [
      metricsText({}, 'instance="web1:9100",job="node"'),
      metricsText({ status: 4 }, 'instance="[fd00::7]:9100",job="node"', { usable: [0, 0] }),
      metricsText({ status: 3, armed: 0 }, 'instance="db7"', { usable: [] }),
    ].join('');
    const { reports, unused } = read(text, 'federate');
    expect(unused).toEqual([]);
    expect(reports.map(({ host, said }) => [host, said.dump, said.why])).toEqual([
      ['web1', 'yes', ''],
      ['fd00::7', 'no', 'something speaks against target 1, 2'],
      ['db7', 'no', 'no capture kernel is armed'],
    ]);
  });

  test('are as old as node_exporter saw the file, else as their oldest sample, else as the file', () => {
    const seen =
      'node_textfile_mtime_seconds{file="/var/lib/prometheus/node-exporter/crashseal.prom"} 1.7e+09\n';
    const others = 'node_textfile_mtime_seconds{file="smartmon.prom"} 1\nnode_load1 0.21\n';
    const stamped = metricsText().replace(/^(crashseal.*)$/gm, '$1 1800000000500');
    const at = (text: string): number | undefined => read(text, 'w').reports[0]?.at;
    expect(at(`${others}${stamped}${seen}`)).toBe(1_700_000_000);
    expect(at(`${others}${stamped}`)).toBe(1_800_000_000);
    expect(at(`${others}${metricsText()}`)).toBe(1000);
  });

  test('labels are as the loader escapes them, and a newer loader may have more metrics', () => {
    const text = metricsText().replace(
      'signer="Example Fleet signer"',
      String.raw`signer="a\"b\\x07}, c"`,
    );
    const { reports } = read(
      `${text}${oneMetric('of_tomorrow', 7)}\n${oneMetric('constructor', 7)}\n`,
      'w',
    );
    expect(reports[0]?.said.signer).toBe(String.raw`a"b\x07}, c`);
  });

  test.each([
    ['nothing of ours', 'node_load1 0.21\n', 'neither JSON nor has a metric of ours'],
    ['a cut line', metricsText().slice(0, -8), 'its last line is cut'],
    [
      'a cut file',
      oneMetric('status', 0).concat('\n'),
      'crashseal_status and crashseal_armed should be there',
    ],
    [
      'a metric twice',
      `${metricsText()}${oneMetric('armed', 1)}\n`,
      'crashseal_armed is there twice',
    ],
    [
      'a target twice',
      metricsText().concat(oneMetric('target_usable', 1, 'target="1"'), '\n'),
      'is there twice',
    ],
    ['a flag of 2', metricsText({ armed: 2 }), 'crashseal_armed has a value'],
    ['a status that no loader has', metricsText({ status: 9 }), 'crashseal_status has a value'],
    ['a date that no calendar has', metricsText({ bundle_end_time_seconds: 1e15 }), 'has a value'],
    ['half a second', metricsText({ armed_time_seconds: 0.5 }), 'has a value'],
    ['no number', metricsText().replace('armed 1', 'armed NaN'), 'its value is not a number'],
    ['a label twice', metricsText({}, 'a="1",a="2"'), 'it has a label twice'],
    [
      'labels of no form',
      metricsText().replace('{target=', '{target:'),
      'labels are not of their form',
    ],
    ['a bad escape', metricsText({}, String.raw`a="\t"`), 'labels are not of their form'],
    ['a line without end', metricsText({}, `a="${'x'.repeat(5000)}"`), 'the line is too long'],
    ['a bad seal', metricsText({}, '', { seal: 'zz' }), 'should have a seal of 64 digits'],
  ])('with %s are refused', (_what, text, said) => {
    expect(why(text, 'web1.prom')).toContain(said);
  });

  test('a machine that writes nonsense keeps no other machine of the same text from being read', () => {
    const evil = 'instance="evil:9100"';
    const text = [
      metricsText({}, 'instance="web1:9100"'),
      metricsText({ armed: undefined }, evil),
      oneMetric('armed', 'NaN', evil),
      oneMetric('bundle_info', 1, `signer="${'x'.repeat(5000)},instance=\\"web1:9100\\"",${evil}`),
      '',
    ].join('\n');
    const { reports, unused } = read(text, 'federate');
    expect(reports.map(({ host, said }) => [host, said.dump])).toEqual([['web1', 'yes']]);
    expect(unused).toMatchObject([{ reason: 'malformed', host: 'evil' }]);
  });

  test('a label that is no name of a machine keeps no other machine from being read', () => {
    const { reports, unused } = read(
      `${metricsText({}, 'instance="../../etc"')}${metricsText({}, 'instance="web2:9100"')}`,
      'federate',
    );
    expect(reports.map(({ host }) => host)).toEqual(['web2']);
    expect(unused).toMatchObject([{ reason: 'no-name', host: null }]);
  });
});

describe('text of a report', () => {
  test('moves no cursor, begins no line, turns no direction, and has an end', () => {
    expect(plain('a\u001b[2Jb\nc\u202ed\u2028e\u0085f\ud800g')).toBe('a?[2Jb?c?d?e?f?g');
    expect(plain('x'.repeat(400))).toBe(`${'x'.repeat(300)}…`);
    const hostile = read(wouldNotDumpJson('gone\u001b]0;x\u0007\r\nweb2  dumps')).reports[0]?.said
      .why;
    expect(hostile).toBe('target 1: gone?]0;x???web2  dumps');
  });

  test('whatever bytes come, the answer is of that file and names no other machine', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.tuple(fc.nat(2000), fc.string({ unit: 'binary', maxLength: 9 })).map(([at, text]) => {
            const good = metricsText();
            return `${good.slice(0, at)}${text}${good.slice(at + 1)}`;
          }),
          fc.tuple(fc.nat(700), fc.string({ maxLength: 3 })).map(([at, text]) => {
            const good = statusJson();
            return `${good.slice(0, at)}${text}${good.slice(at + 1)}`;
          }),
        ),
        (text) => {
          const { reports, unused } = read(text, 'web1.prom');
          for (const { host, said } of reports) {
            if (!text.includes('instance=')) expect(host).toBe('web1');
            for (const value of Object.values(said)) expect(String(value)).not.toMatch(/\p{Cc}/u);
          }
          expect(reports.length + unused.length).toBeGreaterThan(0);
          for (const one of unused) expect(one.why).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});
