/** Seals that the loader takes, and none that does it harm. What it refuses: test/corpus/seal-cases.ts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { anySeal, sampleSeal as otherSeal } from '../fixtures/sample-seal.ts';
import { sampleSeal } from '../fixtures/x86-64-bundle.ts';
import { loaderDriver, runDriver } from '../support/loader-host.ts';

const folder = 'out/test/loader-seal';
let core: string;
beforeAll(() => {
  core = loaderDriver('core');
  mkdirSync(folder, { recursive: true });
}, 120_000);

const file = (bytes: Uint8Array): string => {
  const path = `${folder}/seal.bin`;
  writeFileSync(path, bytes);
  return path;
};
const verdict = (bytes: Uint8Array): string => runDriver(core, 'seal', file(bytes)).trim();

test('what the pipeline seals, the loader takes', () => {
  expect(verdict(encodeSeal(sampleSeal))).toBe('ok');
  expect(verdict(encodeSeal(otherSeal))).toBe('ok');
});

test('fixed places, bus ids and devices are taken', () => {
  const seal: Seal = {
    ...sampleSeal,
    segments: sampleSeal.segments.map((one) => ({ ...one, flags: ['fixed'] })),
    live: sampleSeal.live.map((one) =>
      one.source === 'segmentAddress' ? { ...one, source: 'segmentOffset' } : one,
    ),
    match: [
      { kind: 'online', path: '', value: '0.3.beef' },
      { kind: 'onlineFrom', path: 'sys/firmware/dump/fcp/device', value: '' },
    ],
  };
  expect(verdict(encodeSeal(seal))).toBe('ok');
});

test('every valid seal is taken', () => {
  fc.assert(
    fc.property(anySeal, (seal) => {
      expect(verdict(encodeSeal(seal))).toBe('ok');
    }),
    { numRuns: 100 },
  );
});

test('a flipped bit anywhere is refused or harmless, and never read beyond the seal', () => {
  // The driver aborts when an accepted seal points outside of a member; sanitizers see the rest.
  expect(runDriver(core, 'flips', file(encodeSeal(sampleSeal)))).toMatch(/^\d+ of \d+/);
});

test('no shorter seal is taken', () => {
  expect(runDriver(core, 'truncations', file(encodeSeal(sampleSeal))).trim()).toBe('0');
});
