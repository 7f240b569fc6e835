import { describe, expect, test } from 'vitest';
import { purgatoryHead, purgatoryHeadSize } from '../../pipeline/format/purgatory-layout.ts';
import { type Finding, type Outcome, outcomeOf } from '../../pipeline/prove/finding.ts';
import { flipsFor, signOf } from '../../pipeline/prove/flips.ts';
import { pinnedPackage } from '../../pipeline/prove/parts.ts';

const found = (...outcomes: readonly Outcome[]): readonly Finding[] =>
  outcomes.map((outcome) => ({ run: 'capture', check: 'it', outcome, detail: '' }));

test.each([
  [['passed', 'passed'], 'passed'],
  [['passed', 'not proven'], 'not proven'],
  [['not proven', 'failed', 'passed'], 'failed'],
  [[], 'not proven'],
] as const)('%j is %s', (outcomes, expected) => {
  expect(outcomeOf(found(...outcomes))).toBe(expected);
});

describe('flips', () => {
  test('one in the middle of each part but the code of purgatory, and one in its live values', () => {
    const head = 0x10_0000n;
    const code = head + BigInt(purgatoryHeadSize);
    const image = {
      crashRegion: { start: 0n, end: 1n << 30n },
      head,
      regions: [
        { name: 'purgatory', start: code, size: 4096 },
        { name: 'kernel', start: 0x20_0000n, size: 1001 },
      ],
    };
    expect(flipsFor(image)).toEqual([
      { part: 'kernel', address: 0x20_0000n + 500n },
      {
        part: 'purgatory parameters',
        address: head + BigInt(purgatoryHead.fields.liveDigest.offset),
      },
    ]);
  });

  test('a step that this machine does not show is not proven', () => {
    expect(signOf('pvpanic', true)).toBe('told');
    expect(signOf('pvpanic', false)).toBeUndefined();
    expect(signOf('ipl', true)).toBeUndefined();
  });
});

test('only what a manifest says of a package is fetched as one', () => {
  const input = { name: 'kernel', sha256: 'a'.repeat(64), size: 9 };
  expect(pinnedPackage({ ...input, origin: 'linux-image-6.1.0-1-amd64 6.1.1-1 amd64' })).toEqual({
    package: 'linux-image-6.1.0-1-amd64',
    version: '6.1.1-1',
    architecture: 'amd64',
    digest: 'a'.repeat(64),
    size: 9,
  });
  expect(pinnedPackage({ ...input, origin: 'vmlinuz' })).toBeUndefined();
  expect(pinnedPackage({ ...input, origin: '--x 1 amd64' })).toBeUndefined();
  expect(pinnedPackage({ ...input, origin: 'busybox 1 amd64', sha256: '../x' })).toBeUndefined();
});
