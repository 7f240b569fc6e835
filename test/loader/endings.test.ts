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

async function armed(ends: Ends, settings = '') {
  const { signer, store, list, attested } = await endingTrust(ends);
  writeFileSync(join(here.folder, 'revoked'), list);
  const seal = { ...sampleSeal, notAfter: inDays(ends.bundle ?? 365) };
  const bundle = await signedBundle({ ...here.keys, signer }, seal);
  here.write('bundle.test-crash', await attested(bundle));
  const trust = here.write('trust.pem', `${settings}${store}`);
  const ran = run(
    here.program,
    ...words`--json --trust ${trust} --root ${here.machine()} --now ${now}`,
    here.write('bundle', bundle),
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

  test('that within 30 days a certificate of the tester ends, where one must vouch for it', async () => {
    const asked = await armed({ tester: 3 }, 'require: test-crash\n');
    const notAfter = showDate(inDays(3));
    expect(asked.report.expiring).toEqual([{ what: 'tester', of: 'tester', notAfter }]);
    expect(asked.stderr).toMatch(
      /^warning: a certificate of the tester tester ends at .* attest it anew$/m,
    );
    const unasked = await armed({ tester: 3 });
    expect(unasked.report).toMatchObject({ attestation: { result: 'passed' }, expiring: [] });
  });

  test('of nothing that lasts longer', async () => {
    const ends = { bundle: 31, signer: 31, list: 31, tester: 31 };
    const { report, stderr } = await armed(ends, 'require: test-crash\n');
    expect(report.expiring).toEqual([]);
    expect(stderr).not.toContain('warning: ');
  });
});
