/** What is armed, but not for long, is told before a boot finds that it has ended. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { showDate } from '../../pipeline/units/time.ts';
import { words } from '../../pipeline/units/words.ts';
import { type Ends, endingTrust, inDays } from '../fixtures/ending.ts';
import { now } from '../fixtures/now.ts';
import { sampleSeal, signedBundle } from '../fixtures/x86-64-bundle.ts';
import { bench, readReport, run } from './running.ts';

let here: Awaited<ReturnType<typeof bench>>;
beforeAll(async () => {
  here = await bench('loader-endings');
}, 240_000);

async function armed(ends: Ends) {
  const { signer, store, list } = await endingTrust(ends);
  writeFileSync(join(here.folder, 'revoked'), list);
  const seal = { ...sampleSeal, notAfter: inDays(ends.bundle ?? 365) };
  const ran = run(
    here.program,
    ...words`--json --trust ${here.write('trust.pem', store)} --root ${here.machine()} --now ${now}`,
    here.write('bundle', await signedBundle({ ...here.keys, signer }, seal)),
  );
  const report = readReport(ran.stdout);
  expect(report).toMatchObject({ status: 'ok', exitCode: ran.code });
  return { ...ran, report };
}

describe('arming warns', () => {
  test.each([
    ['the bundle', { bundle: 30 }, { what: 'bundle', of: 'sample', notAfter: inDays(30) }],
    [
      'the first certificate of a chain',
      { signer: 12 },
      { what: 'certificate', of: 'one', notAfter: inDays(12) },
    ],
    [
      "a certificate of the revocation list's signer",
      { list: 1 },
      { what: 'revocation-list', of: 'two', notAfter: inDays(1) },
    ],
  ] as const)('that within 30 days %s ends, and succeeds', async (_, ends, expected) => {
    const { code, report, stderr } = await armed(ends);
    expect(code).toBe(0);
    const date = showDate(expected.notAfter);
    expect(report.expiring).toEqual([{ ...expected, notAfter: date }]);
    expect(stderr.match(/^warning: .*$/gm)).toEqual([expect.stringContaining(date)]);
  });

  test('of nothing that lasts longer', async () => {
    const { report, stderr } = await armed({ bundle: 31, signer: 31, list: 31 });
    expect(report.expiring).toEqual([]);
    expect(stderr).not.toContain('warning: ');
  });
});
