import { describe, expect, test } from 'vitest';
import {
  type SampleRegion,
  sampleImage,
  sampleRegions,
  sampleSize,
} from '../fixtures/purgatory-image.ts';
import { makeNative, runNative, runnersOf } from './native.ts';

/** What a flip of one bit must lead to, for each byte of the image. */
function expectedFindings(): string[] {
  const finding: string[] = new Array<string>(sampleSize).fill('sound');
  finding.fill('head', 0x00, 0x28); // magic and static digest
  finding.fill('live', 0x28, 0x48); // live digest
  finding.fill('head', 0x48, 0x300);
  finding.fill('live', 0x300, 0x1000);
  for (const region of sampleRegions)
    finding.fill(
      `${region.live === true ? 'live ' : ''}region ${region.name}`,
      region.start,
      region.start + region.bytes.length,
    );
  return finding;
}

/** Runs of equal findings, as the program prints them. */
function ranges(findings: readonly string[]): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let at = 1; at <= findings.length; at++)
    if (findings[at] !== findings[start]) {
      lines.push(`0x${start.toString(16)} 0x${at.toString(16)} ${findings[start]}`);
      start = at;
    }
  return lines;
}

// Property: no single bit that a digest covers can change unnoticed between load and capture,
// and the message blames the part that holds it. One digest over all could not say which.
describe.each(runnersOf('check-flips'))('checks on $name', ({ run }) => {
  test('every flipped bit is found and blamed on the right region', () => {
    const said = run(sampleImage()).trim().split('\n');
    expect(said).toEqual(['sound', ...ranges(expectedFindings()), 'sound']);
  });

  // Only the header that the loader filled in may be such a region, and never purgatory's own code.
  test('a region that the running kernel rewrites is left out, where its flags say just that', () => {
    const found = (which: number, flags: Partial<SampleRegion>) => {
      const regions = sampleRegions.map((region, index) =>
        index === which ? { ...region, ...flags } : region,
      );
      const { name, start } = sampleRegions[which] ?? { name: '', start: 0 };
      const said = run(sampleImage({ regions })).trim().split('\n');
      return said.some(
        (line) => line.startsWith(`0x${start.toString(16)} `) && line.endsWith(name),
      );
    };
    const header = sampleRegions.findIndex(({ live }) => live === true);
    expect(found(header, {})).toBe(true);
    expect(found(header, { rewritten: true })).toBe(false);
    expect(found(header, { rewritten: true, live: false })).toBe(true);
    expect(found(0, { rewritten: true, live: true })).toBe(true);
  });
});

test('any head, sealed well, reads only what lies in the crash region', () => {
  makeNative('out/native/host/fuzz-head');
  runNative(
    [
      'out/native/host/fuzz-head',
      '-runs=20000',
      '-seed=1',
      '-max_len=6000',
      '-verbosity=0',
      '-artifact_prefix=out/native/host/',
    ],
    new Uint8Array(),
  );
});
