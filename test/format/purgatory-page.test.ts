import { describe, expect, test } from 'vitest';
import { purgatoryHead } from '../../pipeline/format/purgatory-layout.ts';
import {
  decodePage,
  encodePage,
  type PurgatoryPage,
} from '../../pipeline/format/purgatory-page.ts';

const page: PurgatoryPage = {
  head: {
    liveDigest: new Uint8Array(32),
    machine: 62,
    entryOffset: 0x1000,
    codeOffset: 0x1000,
    codeSize: 0x800,
    imageSize: 0x1800,
    memorySize: 0x3000,
    consoleKind: 1,
    consoleBase: 0x3f8n,
    consoleBaud: 115200,
    profile: 'sample',
    cpuFeatures: 0n,
    kernelEntry: 0n,
    kernelArgument: 0n,
    crashStart: 0n,
    crashSize: 0n,
    backupSize: 0,
    backupStart: 0n,
    firmware: new Uint8Array(32),
    firmwareDigest: new Uint8Array(32),
  },
  steps: [
    { kind: 'message', flags: [], args: [0n, 0n, 0n] },
    { kind: 'ipl', flags: ['notInCheckCall'], args: [1n, 10n, 0n] },
  ],
  regions: [
    { name: 'kernel', flags: [], size: 0x3000n, digest: new Uint8Array(32).fill(7) },
    { name: 'ipl', flags: ['live', 'policy'], size: 0x1000n, digest: new Uint8Array(32) },
  ],
};

describe("purgatory's page", () => {
  test('comes back from its bytes as it was', () => {
    expect(decodePage(encodePage(page), 'sealed')).toEqual({ ok: true, value: page });
  });

  const steps = purgatoryHead.fields.steps.offset;
  test.each<[string, number, number, 'built' | 'sealed', string]>([
    ['another magic', 0, 0x41, 'built', 'magic'],
    ['another version', 0x48, 3, 'built', 'version'],
    ['too many steps', 0x74, 9, 'built', 'stepCount'],
    ['too many regions', 0x328, 17, 'built', 'regionCount'],
    ['a static part that is not as digested', 0x70, 1, 'sealed', 'staticDigest'],
    ['an unknown console', 0x64, 9, 'built', 'consoleKind'],
    ['an unknown step', steps + 0x20, 99, 'built', 'step 1'],
    ['an unknown flag of a step', steps + 0x04, 0x80, 'built', 'step 0'],
    ['an unknown flag of a region', 0x340 + 0x60 + 0x18, 0x80, 'built', 'region 1'],
    ['a reserved byte', 0x1c0, 1, 'built', 'layout (reserved-set)'],
  ])('is refused with %s', (_, at, byte, state, what) => {
    const bytes = encodePage(page);
    bytes[at] = byte;
    expect(decodePage(bytes, state)).toEqual({ ok: false, what });
  });

  test('is refused where it is cut', () => {
    const bytes = encodePage(page).subarray(0, -1);
    expect(decodePage(bytes, 'sealed')).toEqual({ ok: false, what: 'layout (short)' });
  });

  test('has room for a number of steps and regions, and no more', () => {
    const [step] = page.steps;
    if (step === undefined) throw new Error('the sample has steps');
    expect(() => encodePage({ ...page, steps: Array.from({ length: 9 }, () => step) })).toThrow();
  });
});
