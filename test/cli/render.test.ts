import { describe, expect, test } from 'vitest';
import { memoryMap } from '../../pipeline/cli/memory-map.ts';
import { renderBuild } from '../../pipeline/cli/render-build.ts';
import { renderJson } from '../../pipeline/cli/render-json.ts';
import { renderPlan } from '../../pipeline/cli/render-plan.ts';
import type { LoaderReport } from '../../pipeline/format/loader-report.ts';
import { digestOf } from '../../pipeline/units/units.ts';

const M = 1n << 20n;

describe('the crash region as text', () => {
  test('segments and what is free between them stand in order of address', async () => {
    const map = memoryMap(
      [
        { name: 'initramfs', place: 64n * M, bufsz: 5n * M, memsz: 6n * M },
        { name: 'kernel', place: 2n * M, bufsz: 30n * M, memsz: 40n * M },
        { name: 'purgatory', place: 0n, bufsz: 4096n, memsz: 8192n },
      ],
      0n,
      256n * M,
    );
    await expect(`${map.join('\n')}\n`).toMatchFileSnapshot('../golden/cli/memory-map.txt');
  });

  test('a region without size is not drawn', () => {
    expect(memoryMap([], 0n, 0n)).toEqual([]);
  });
});

test('JSON has sorted keys, hex addresses and no holes', () => {
  expect(
    renderJson({ b: 0x31000000n, a: [undefined, Uint8Array.of(1, 255)], c: undefined, d: -1n }),
  ).toBe('{\n  "a": [\n    null,\n    "01ff"\n  ],\n  "b": "0x31000000",\n  "d": "-0x1"\n}\n');
});

test('what was built is told with who signed it, and a development key loudly', () => {
  const view = {
    path: 'out/web.crashseal',
    profile: 'web',
    release: undefined,
    size: 4096,
    unchanged: false,
    signed: true,
    development: false,
    testing: false,
    shownOnly: undefined,
    sealDigest: digestOf(new Uint8Array(32)),
    markerName: undefined,
    needs: M,
    reserved: M,
    hangsOnPanic: false,
    withoutModules: false,
    missingMemoryDrivers: [],
    missingFirmware: [],
    limits: [],
    expiring: [],
  };
  expect(renderBuild([view])).toMatch(/ {2}signed\n/);
  expect(renderBuild([{ ...view, signed: false }])).toContain('NOT SIGNED');
  expect(renderBuild([{ ...view, development: true }])).toContain(
    'signed with a DEVELOPMENT KEY: not for production',
  );
  expect(renderBuild([view])).not.toContain('note:');
  expect(renderBuild([view])).toContain('needs at least 1024.0 KiB of 1024.0 KiB');
  expect(renderBuild([{ ...view, hangsOnPanic: true }])).toMatch(
    /note: out\/web\.crashseal: its command line has no panic= .* stands still/,
  );
  expect(renderBuild([{ ...view, missingMemoryDrivers: ['virtio_mem'] }])).toContain(
    'note: out/web.crashseal has no virtio_mem in its initramfs',
  );
  expect(renderBuild([{ ...view, limits: ['there: it has no room'] }])).toContain(
    '\n  note: there: it has no room\n',
  );
});

describe('what the loader would do', () => {
  const bundle = {
    markerName: null,
    profile: 'web',
    architecture: 'x86_64',
    kernelRelease: '6.1.0-56-amd64',
    kernelBuildId: '00'.repeat(20),
    epoch: 1,
    notBefore: null,
    notAfter: null,
    crashSize: '0x8000000',
    testing: false,
    shownOnly: undefined,
  };
  const guarantees = {
    signature: true,
    memberDigests: true,
    elfCoreHeaderChecked: false,
    digestsCheckedAfterPanic: false,
    crashHotplug: true,
    loadsLimited: false,
  };
  const refused: LoaderReport = {
    status: 'no-crash-region',
    exitCode: 40,
    error: 'no memory is reserved for a capture kernel',
    hint: 'boot with crashkernel=SIZE',
    action: 'refused',
    milliseconds: 12,
    bundle,
    signers: [{ name: 'Example Fleet', fingerprint: '00'.repeat(32), developmentKey: true }],
  };
  const placed: LoaderReport = {
    status: 'ok',
    exitCode: 0,
    action: 'would arm',
    milliseconds: 84,
    bundle,
    signers: [{ name: 'Example Fleet', fingerprint: '00'.repeat(32), developmentKey: false }],
    machine: {
      kernelRelease: '6.12.1-amd64',
      cpus: 4,
      cpuNotes: [],
      vmcoreinfo: { start: '0x4600000', size: '0x1024' },
      acpiRsdp: '0x0',
      cpuFeatures: [],
      crashRegion: { start: '0x31000000', size: '0x10000000' },
      lowCrashRegion: null,
      dumpRanges: [
        { start: '0x100000', size: '0x30f00000' },
        { start: '0x41000000', size: '0x10000000' },
      ],
    },
    segments: [
      {
        name: 'kernel',
        kind: 'kernel',
        mem: '0x31200000',
        memsz: '0x3a00000',
        bufsz: '0x2300000',
        asPlanned: true,
        holdsLiveValues: false,
      },
      {
        name: 'elfcorehdr',
        kind: 'elfcorehdr',
        mem: '0x40fff000',
        memsz: '0x1000',
        bufsz: '0x970',
        asPlanned: false,
        holdsLiveValues: true,
      },
    ],
    entry: '0x311f8000',
    commandLine: 'nr_cpus=1 panic=10 elfcorehdr=0x40fff000',
  };
  const { status, exitCode, error = '', hint = '' } = refused;
  const first = { status, exitCode, error, hint };
  const bundlePlan = (report: LoaderReport, path = 'web.crashseal') => ({
    path,
    report,
    refusals: report.exitCode === 0 ? [] : [first],
    elseLoaded: false,
  });
  const planOf = (report: LoaderReport) => ({
    bundles: [bundlePlan(report)],
    chosen: report.exitCode === 0 ? 'web.crashseal' : undefined,
    fromFacts: true,
    factsLack: false,
  });

  test('of several bundles it is told which, and every reason against the others', async () => {
    const second = {
      status: 'old-epoch' as const,
      exitCode: 34,
      hint: '',
      error: 'the bundle is of epoch 3, this machine takes none below 4',
      assuming: 'a crash region of 64.0 MiB at 0x38000000',
    };
    const plan = {
      bundles: [
        { ...bundlePlan(refused, 'old.crashseal'), refusals: [first, second], elseLoaded: true },
        bundlePlan(placed, 'new.crashseal'),
      ],
      chosen: 'new.crashseal',
      fromFacts: true,
      factsLack: false,
    };
    await expect(renderPlan(plan)).toMatchFileSnapshot('../golden/cli/plan-several.txt');
  });

  test('what is good, but not for long, is told with its end', () => {
    const notAfter = '2027-12-31T23:59:59Z';
    const expiring = [{ what: 'revocation-list', of: 'Guard', notAfter } as const];
    expect(renderPlan(planOf({ ...placed, expiring }))).toMatch(
      /ends soon +revocation list of Guard, at 2027-12-31T23:59:59Z\n/,
    );
    expect(renderPlan(planOf(placed))).not.toContain('ends soon');
  });

  test('a file that the facts lack comes with the way to take them', () => {
    const plan = planOf(refused);
    expect(renderPlan({ ...plan, factsLack: true })).toContain('--facts FILE BUNDLE');
    expect(renderPlan(plan)).not.toContain('--facts');
  });

  const { segments: _, entry: __, ...unplaced } = placed;
  const byFile: LoaderReport = {
    ...unplaced,
    backend: 'file',
    backendBecause: 'locked-down',
    commandLine: 'nr_cpus=1 panic=10',
    guaranteesGone: ['sealed-digests', 'corruption-policy', 'elf-core-header', 'placement'],
    guarantees,
  };
  const rewritten: LoaderReport = {
    ...placed,
    backend: 'segments',
    guaranteesGone: [],
    guarantees: { ...guarantees, loadsLimited: true },
  };

  test.each([
    ['refused', refused],
    ['placed', placed],
    ['by-file', byFile],
    ['rewritten', rewritten],
    ['hangs', { ...placed, commandLine: 'nr_cpus=1 panic=0' }],
  ])('%s reads as in its golden file', async (name, report) => {
    await expect(renderPlan(planOf(report))).toMatchFileSnapshot(`../golden/cli/plan-${name}.txt`);
  });
});
