/** Purgatory from its start to the capture kernel or the end of the policy, on a machine of paper. */
import { describe, expect, test } from 'vitest';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { regionTable, step } from '../fixtures/purgatory-head.ts';
import {
  type Sample,
  sampleImage,
  sampleRegions,
  sampleSize,
} from '../fixtures/purgatory-image.ts';
import { makeNative, runNative, words } from './native.ts';

const uart = { sound: 0, wedged: 1, absent: 2 };
const raise = { never: 0, atStart: 1, inChecks: 2, inPolicy: 3, always: 4, inHalt: 5 };

type Setting = {
  readonly sample?: Sample;
  readonly uart?: number;
  readonly vector?: number;
  readonly raise?: number;
  /** Offset of a byte to damage. */
  readonly damage?: number;
};

function run(setting: Setting = {}): string[] {
  makeNative('out/native/host/policy-run');
  const image = sampleImage(setting.sample);
  const head = words(
    setting.uart ?? uart.sound,
    setting.vector ?? 0,
    setting.raise ?? raise.never,
    setting.damage ?? 0xffff_ffff,
  );
  return runNative(['out/native/host/policy-run'], joinBytes([head, image]))
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('line status'));
}

const kernelByte = 0x1210;
const said = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('uart ')).map((line) => line.slice(5));
const resetChain = ['out 0xcf9 0x2', 'out 0xcf9 0x6', 'out 0x64 0xfe', 'give up'];

test('a sound image is entered with its argument, in silence', () => {
  expect(run()).toEqual([
    'features 0x0 0x0',
    'features end 0x0 0x0',
    'enter 0x1200 0xb00b5',
    'capture',
  ]);
});

describe('a damaged region', () => {
  test('is named with both digests, then the machine is reset', () => {
    const lines = run({ damage: kernelByte });
    expect(said(lines)[0]).toMatch(
      /^crashseal: corrupt region "kernel" of profile "web-servers", 0x118 bytes at 0x[0-9a-f]+$/,
    );
    expect(said(lines)[1]).toMatch(/^crashseal: expected [0-9a-f]{64} \(when sealed\)$/);
    expect(said(lines)[2]).toMatch(/^crashseal: found {4}[0-9a-f]{64}$/);
    expect(said(lines).slice(3)).toEqual([
      'crashseal: the capture kernel is not started',
      'crashseal: policy: reset',
    ]);
    expect(lines.slice(-4)).toEqual(resetChain);
  });

  test('that the loader digested says so', () => {
    expect(said(run({ damage: 0x13f5 })).join('\n')).toMatch(
      /corrupt region "boot_params"[\s\S]*\(when loaded\)/,
    );
  });

  test('without a step `message` says nothing', () => {
    const lines = run({ damage: kernelByte, sample: { steps: [step('reset')] } });
    expect(lines.slice(2)).toEqual(resetChain);
  });

  test('of several is the first one in the table', () => {
    const regions = sampleRegions.map((region) => ({ ...region, name: `${region.name}!` }));
    const twice = { name: 'again', start: 0x1200, bytes: regions[2]?.bytes ?? new Uint8Array() };
    const sample = { regions: [...regions, twice] };
    expect(said(run({ sample, damage: kernelByte }))[0]).toContain('"kernel!"');
  });
});

describe('the policy', () => {
  test('runs its steps in order and says which', () => {
    const steps = [step('message'), step('pvpanic', 0x505n), step('halt')];
    const lines = run({ damage: kernelByte, sample: { steps } });
    expect(lines.slice(-5)).toEqual([
      'uart crashseal: the capture kernel is not started',
      'uart crashseal: policy: pvpanic',
      'out 0x505 0x1',
      'uart crashseal: policy: halt',
      'halt',
    ]);
  });

  test('ends in a reset even if the profile forgot a final step', () => {
    const lines = run({ damage: kernelByte, sample: { steps: [step('message')] } });
    expect(lines.slice(-4)).toEqual(resetChain);
    expect(run({ damage: kernelByte, sample: { steps: [] } }).slice(-4)).toEqual(resetChain);
  });

  test('skips a step that it does not know', () => {
    const steps = [step('message'), { ...step('halt'), kind: 77 }, step('reset')];
    const lines = run({ damage: kernelByte, sample: { steps } });
    expect(said(lines)).toContain('crashseal: policy: skipping unknown step 77');
    expect(lines.slice(-4)).toEqual(resetChain);
  });

  test('does not wrap an I/O port that is none', () => {
    const steps = [step('pvpanic', 0x10505n), step('halt')];
    const lines = run({ damage: kernelByte, sample: { steps } });
    expect(lines.slice(2)).toEqual(['halt']);
  });
});

describe('the console', () => {
  test('is given a divisor where the profile names a speed', () => {
    const lines = run({ damage: kernelByte, sample: { head: { consoleBaud: 9600 } } });
    expect(lines).toEqual(
      expect.arrayContaining([
        'out 0x3fb 0x83',
        'out 0x3f8 0xc',
        'out 0x3f9 0x0',
        'out 0x3fb 0x3',
        'out 0x3fa 0x7',
        'out 0x3fc 0x3',
      ]),
    );
  });

  test('that is wedged is given up after one wait, and the policy goes on', () => {
    const lines = run({ damage: kernelByte, uart: uart.wedged });
    expect(said(lines)).toEqual([]);
    expect(lines.slice(-4)).toEqual(resetChain);
  });

  test('that is absent costs no wait', () => {
    expect(run({ damage: kernelByte, uart: uart.absent }).slice(-4)).toEqual(resetChain);
  });

  test.each([
    ['none', { consoleKind: 0 }],
    ['of an unknown kind', { consoleKind: 9 }],
    ['at no port', { consoleBase: 0xfffan }],
  ])('%s is left alone', (_, head) => {
    const lines = run({ damage: kernelByte, sample: { head } });
    expect(lines.slice(2)).toEqual(resetChain);
  });
});

describe('the head', () => {
  test.each([
    ['magic', 0x3],
    ['static digest', 0x10],
    ['policy', 0x78],
    ['profile', 0x178],
  ])('with damage in %s is not believed: reset, not its policy', (_, damage) => {
    expect(run({ damage })).toEqual(resetChain);
  });

  test('of another version, or with too many steps, is not believed', () => {
    expect(run({ sample: { head: { version: 3 } } })).toEqual(resetChain);
    expect(run({ sample: { head: { stepCount: 9 } } })).toEqual(resetChain);
  });

  test('with damage in its live part leads to its policy', () => {
    expect(said(run({ damage: 0x308 }))[0]).toMatch(
      /^crashseal: corrupt region "purgatory parameters" of profile "web-servers", 0xd00 bytes at/,
    );
  });

  test.each([
    ['region count', { regionCount: 0 }],
    ['region count', { regionCount: 17 }],
    ['region count', { regionCount: 0xffff_ffff }],
    ['kernel entry', { kernelEntry: 0x1400n }],
    ['crash region', { crashSize: 0xffff_ffff_ffff_fff0n }],
    ['region address', { crashSize: 0x13f0n }],
  ])('with an impossible %s leads to its policy', (value, head) => {
    expect(said(run({ sample: { head } }))[0]).toBe(
      `crashseal: corrupt region "purgatory parameters" of profile "web-servers", impossible ${value}`,
    );
  });

  test.each([
    ['reaches beyond the crash region', BigInt(sampleSize), { start: 0x1000n, size: 0x401n }],
    ['starts before it', BigInt(sampleSize), { start: 2n ** 64n - 0x1000n, size: 8n }],
    ['wraps around', 0n, { start: 0x1000n, size: 2n ** 64n - 1n }],
  ])('with a region that %s is refused before it is read', (_, crashSize, place) => {
    const digest = new Uint8Array(32);
    const regions = regionTable([{ name: 'wild', flags: 0, digest, ...place }]);
    const lines = run({ sample: { head: { crashSize, regions, regionCount: 1 } } });
    expect(said(lines)[0]).toContain('impossible region address');
  });

  test('without a crash region is bounded by the address space alone', () => {
    expect(run({ sample: { head: { crashSize: 0n } } }).at(-1)).toBe('capture');
  });
});

describe('an exception', () => {
  test('before the head is checked leads to a reset', () => {
    expect(run({ vector: 13, raise: raise.atStart })).toEqual(resetChain);
  });

  test('during the checks leads to the policy, with its number and place', () => {
    const lines = run({ vector: 14, raise: raise.inChecks });
    expect(said(lines)).toEqual([
      'crashseal: exception 14 on the way to the capture kernel of profile "web-servers", instruction 0x1234, address 0x5678',
      'crashseal: the capture kernel is not started',
      'crashseal: policy: reset',
    ]);
    expect(lines.slice(-4)).toEqual(resetChain);
  });

  test('within the policy leads to the last resort', () => {
    const lines = run({ damage: kernelByte, vector: 6, raise: raise.inPolicy });
    expect(said(lines)).toEqual([]);
    expect(lines.slice(-4)).toEqual(resetChain);
  });

  test('within the last resort gives up', () => {
    expect(run({ vector: 6, raise: raise.always })).toEqual(['out 0xcf9 0x2', 'give up']);
  });

  test('that wakes a halted CPU sends it back to sleep', () => {
    const sample = { steps: [step('halt')] };
    const lines = run({ damage: kernelByte, sample, vector: 2, raise: raise.inHalt });
    expect(lines.slice(2)).toEqual(['halt']);
  });
});
