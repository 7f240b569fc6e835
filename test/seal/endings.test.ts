/** What is still good, but not for long, is told before it ends: at build, and by who verifies. */
import { describe, expect, test } from 'vitest';
import { renderVerify } from '../../pipeline/cli/render-verify.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { endingsSoon } from '../../pipeline/seal/endings.ts';
import { verifyBundle } from '../../pipeline/seal/verify.ts';
import { showDate } from '../../pipeline/units/time.ts';
import { type Ends, endingTrust, inDays } from '../fixtures/ending.ts';
import { now } from '../fixtures/now.ts';
import { must } from '../fixtures/results.ts';
import { sampleBundle } from '../fixtures/sample-bundle.ts';

const verified = async (ends: Ends, settings = '') => {
  const { signer, store, list, attested } = await endingTrust(ends);
  const notAfter = inDays(ends.bundle ?? 365);
  const bundle = await sampleBundle(signer, {
    seal: (seal) => ({ ...seal, notAfter }),
    manifest: (manifest) => ({ ...manifest, notAfter: showDate(notAfter) }),
  });
  const host = memoryHost(
    {
      '/b': Uint8Array.from(bundle),
      '/b.test-crash': await attested(bundle),
      '/trust.pem': `${settings}${store}`,
      '/revoked': list,
    },
    { now },
  );
  return must(await verifyBundle(host, '/b', { trust: ['/trust.pem'] }));
};

describe('verify warns', () => {
  test.each([
    ['the bundle', { bundle: 30 }, { what: 'bundle', of: 'sample', notAfter: inDays(30) }],
    [
      'the first certificate of a chain',
      { signer: 12 },
      { what: 'certificate', of: 'CN=middle', notAfter: inDays(12) },
    ],
    [
      "a certificate of the revocation list's signer",
      { list: 1 },
      { what: 'revocationList', of: 'CN=two', notAfter: inDays(1) },
    ],
  ] as const)('that within 30 days %s ends', async (_, ends, expected) => {
    const report = await verified(ends);
    expect(report.expiring).toEqual([expected]);
    expect(renderVerify(report)).toContain(`ends at ${showDate(expected.notAfter)}\n`);
  });

  test('that within 30 days a certificate of the tester ends, where one must vouch for it', async () => {
    const expected = { what: 'tester', of: 'CN=tester', notAfter: inDays(3) };
    const asked = await verified({ tester: 3 }, 'require: test-crash\n');
    expect(asked.expiring).toEqual([expected]);
    expect(renderVerify(asked)).toContain(`of the tester, ends at ${showDate(inDays(3))}\n`);
    const unasked = await verified({ tester: 3 });
    expect([unasked.attestation?.result, unasked.expiring]).toEqual(['passed', []]);
  });

  test('of nothing that lasts longer', async () => {
    const ends = { bundle: 31, signer: 31, list: 31, tester: 31 };
    const report = await verified(ends, 'require: test-crash\n');
    expect(report.expiring).toEqual([]);
    expect(renderVerify(report)).not.toContain('warning');
  });
});

test('what a build signs with is looked at in the same way', async () => {
  const { signer } = await endingTrust({ signer: 20 });
  const soon = (notAfter: number | undefined) =>
    endingsSoon({ profile: 'web', notAfter }, { signers: [signer.certificates] }, now);
  expect(soon(undefined)).toEqual([{ what: 'certificate', of: 'CN=middle', notAfter: inDays(20) }]);
  expect(soon(inDays(2)).map(({ what }) => what)).toEqual(['bundle', 'certificate']);
});
