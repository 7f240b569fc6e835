import { expect, test } from 'vitest';
import { renderEstimate } from '../../pipeline/cli/render-estimate.ts';
import type { Estimate } from '../../pipeline/prove/estimate.ts';
import { crashseal } from '../support/crashseal.ts';

const estimate: Estimate = {
  path: 'web.yaml',
  profile: 'web',
  arch: 'x86_64',
  kernelRelease: '6.12.1',
  smallestMiB: 79,
  recommendedMiB: 96,
  reserved: { options: ['64M'], smallestMiB: 64, enough: false },
  measured: {
    cpus: 2,
    memoryMiB: 8192,
    regionMiB: 192,
    start: 74_000,
    madeOf: [
      { what: 'the kernel, as long as it runs', size: 40_000 },
      { what: 'drivers, threads, tables', size: 5000 },
    ],
    targets: [
      { target: 'the disk with serial number "x"', saving: 61_000 },
      { target: 'root@192.0.2.7 by SSH', saving: null },
    ],
  },
  growth: { memoryMiB: 1_048_576, perGiB: 64, measuredUpToMiB: 12_288, marginPercent: 50 },
  marginMiB: 4,
  confirmed: { sizeMiB: 96, tooSmallMiB: [88] },
  notes: ['not measured: saving to root@192.0.2.7 by SSH'],
  seconds: 202,
};

test('an estimate as text says what to reserve, why, and what was not measured', async () => {
  await expect(renderEstimate(estimate)).toMatchFileSnapshot('../golden/cli/estimate.txt');
});

test('one that no dump was saved with is told', () => {
  const never = renderEstimate({
    ...estimate,
    confirmed: { sizeMiB: null, tooSmallMiB: [88, 96, 104] },
  });
  expect(never).toContain('FAILED: no dump was saved with 88M, 96M, 104M either');
});

test('a profile that is not there, and a bundle without a trust store, are refused', () => {
  const none = crashseal(['estimate', 'none.yaml']);
  expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining('none.yaml')]);
  expect(crashseal(['estimate', '--trust', 'none.pem', 'none.crashseal']).exitCode).toBe(1);
});
