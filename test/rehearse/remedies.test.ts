import { describe, expect, test } from 'vitest';
import { elfMachine } from '../../pipeline/format/elf.ts';
import type { LoaderReport } from '../../pipeline/format/loader-report.ts';
import { floorTime, remedyFor, type Situation } from '../../pipeline/rehearse/remedies.ts';
import { sampleSeal } from '../fixtures/sample-seal.ts';
import { longs } from '../fixtures/sample-tree.ts';

const iomem = '00001000-0009ffff : System RAM\n00100000-7fffffff : System RAM\n';
const report = (
  status: LoaderReport['status'],
  more: Partial<LoaderReport> = {},
): LoaderReport => ({
  status,
  exitCode: 1,
  action: 'refused',
  milliseconds: 1,
  error: '',
  hint: '',
  ...more,
});
const situation = (
  status: LoaderReport['status'],
  more: Partial<LoaderReport> = {},
  beside: Partial<Situation> = {},
): Situation => ({
  report: report(status, more),
  seal: sampleSeal,
  certified: 1_700_000_000,
  floor: 'epoch 5\ntime 1800000000\n',
  iomem,
  ...beside,
});

describe('a remedy', () => {
  const rules = [
    { kind: 'equals', path: 'sys/a', value: 'x' },
    { kind: 'absent', path: 'sys/b', value: '' },
    { kind: 'present', path: 'sys/c', value: '' },
    { kind: 'equals', path: 'sys/a', value: 'y' },
  ] as const;
  test.each([
    [0, 'that /sys/a says "x"', [{ path: 'sys/a', content: 'x\n' }]],
    [1, 'that there is no /sys/b', [{ path: 'sys/b', content: undefined }]],
    [2, 'that there is a /sys/c', [{ path: 'sys/c', content: '' }]],
    // Two rules about one file are told apart by their index alone.
    [3, 'that /sys/a says "y"', [{ path: 'sys/a', content: 'y\n' }]],
  ])('makes true rule %i, of which the loader tells the index', (index, assuming, edits) => {
    const seal = { ...sampleSeal, match: rules };
    expect(remedyFor(situation('wrong-machine', { index }, { seal }))).toEqual({ assuming, edits });
  });

  test.each([
    ['a machine that no rule is about', situation('wrong-machine')],
    ['a rule that the seal does not have', situation('wrong-machine', { index: 99 })],
    ['a seal that is not signed', situation('wrong-machine', { index: 0 }, { seal: undefined })],
    ['a file that says no device', situation('device-offline', { path: '/sys/x' })],
    ['a signature that is wrong', situation('bad-signature')],
    ['a floor of which no file is told', situation('bad-floor')],
    ['memory too small for the region', situation('no-crash-region', {}, { iomem: '' })],
  ])('is not known for %s', (_, one) => {
    expect(remedyFor(one)).toBeUndefined();
  });

  test('brings online the device whose file is told', () => {
    const path = '/sys/bus/ccw/devices/0.0.1900/online';
    for (const detail of ['device-missing', 'device-offline'] as const)
      expect(remedyFor(situation('device-offline', { detail, path }))).toEqual({
        assuming: 'that 0.0.1900 is online',
        edits: [{ path, content: '1\n' }],
      });
  });

  test('removes the floor that cannot be read, whichever it is', () => {
    for (const path of ['/etc/crashseal/epoch', '/var/lib/crashseal/floor'])
      expect(remedyFor(situation('bad-floor', { path }))).toEqual({
        assuming: `that there is no ${path}`,
        edits: [{ path, content: undefined }],
      });
  });

  test('lowers one line of the floor and leaves the other', () => {
    expect(remedyFor(situation('old-epoch'))?.edits).toContainEqual({
      path: 'var/lib/crashseal/floor',
      content: 'epoch 0\ntime 1800000000\n',
    });
    expect(remedyFor(situation('bad-chain'))).toEqual({
      assuming: 'that it is 2023-11-14T22:13:20Z',
      edits: [{ path: 'var/lib/crashseal/floor', content: 'epoch 5\ntime 0\n' }],
      now: 1_700_000_000,
    });
    expect(floorTime('epoch 5\ntime 12\n')).toBe(12);
    expect(floorTime('')).toBe(0);
  });

  test('reserves a region in the middle of the largest memory, in place of the one there is', () => {
    const [edit] =
      remedyFor(
        situation(
          'crash-region-small',
          {},
          { iomem: `${iomem}  10000000-100fffff : Crash kernel\n` },
        ),
      )?.edits ?? [];
    expect(edit?.path).toBe('proc/iomem');
    expect(String(edit?.content).match(/Crash kernel/g)).toHaveLength(1);
    expect(edit?.content).toContain(' : System RAM\n  40000000-');
  });

  test('reserves a region where the device tree tells of it, on an architecture that has it there', () => {
    const seal = { ...sampleSeal, machine: elfMachine.ppc64 };
    const edits = remedyFor(situation('no-crash-region', {}, { seal }))?.edits ?? [];
    expect(edits.map(({ path }) => path)).toEqual([
      'proc/device-tree/chosen/linux,crashkernel-base',
      'proc/device-tree/chosen/linux,crashkernel-size',
    ]);
    expect(edits[0]?.content).toEqual(longs(0x4000_0000n));
  });
});
