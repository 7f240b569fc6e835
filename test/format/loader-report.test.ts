import { describe, expect, test } from 'vitest';
import { misfitOfStatus, readLoaderReport } from '../../pipeline/format/loader-report.ts';

const always = { status: 'ok', exitCode: 0, action: 'verified', milliseconds: 3 };
const signed = {
  sealDigest: '00ff',
  bundle: {
    markerName: null,
    profile: 'web',
    architecture: 'x86_64',
    kernelRelease: '6.1',
    kernelBuildId: '00ff',
    epoch: 3,
    notBefore: null,
    notAfter: '2027-12-31T23:59:59Z',
    crashSize: '0x8000000',
    testing: false,
  },
  signers: [{ name: 'Signer', fingerprint: 'ab', developmentKey: false }],
  attestation: { result: 'warned', tester: 'Tester', fingerprint: 'cd' },
  expiring: [{ what: 'bundle', of: 'web', notAfter: '2027-12-31T23:59:59Z' }],
  guarantees: {
    signature: true,
    memberDigests: true,
    elfCoreHeaderChecked: false,
    digestsCheckedAfterPanic: false,
    crashHotplug: false,
    loadsLimited: false,
  },
  guaranteesGone: ['placement'],
};
const region = { start: '0x31000000', size: '0x8000000' };
const read = {
  machine: {
    kernelRelease: '6.12',
    crashRegion: region,
    lowCrashRegion: null,
    dumpRanges: [region],
    cpuNotes: [],
    cpus: 0,
    vmcoreinfo: region,
    acpiRsdp: '0x0',
    cpuFeatures: [],
  },
  backend: 'segments',
  localOverlay: null,
};
const placed = {
  segments: [
    {
      name: 'kernel',
      kind: 'kernel',
      mem: '0x31200000',
      memsz: '0x1000',
      bufsz: '0xfff',
      asPlanned: true,
      holdsLiveValues: false,
    },
  ],
  entry: '0x31200200',
};
const failed = { error: 'words', hint: '' };
const refused = { ...always, status: 'no-place', exitCode: 46, action: 'refused', ...failed };
const whole = { ...always, ...signed, ...read, ...placed };

const misfit = (value: unknown): string => {
  const answer = readLoaderReport(value);
  return answer.ok ? '' : `${answer.misfit.at}: ${answer.misfit.want}`;
};

describe('a report of the loader', () => {
  test.each([
    ['of a run that came to nothing', refused],
    ['with what it is about', { ...refused, detail: 'file-missing', index: 0, path: '/x' }],
    ['of a seal that was looked at', { ...always, ...signed }],
    ['of a machine that was read', { ...refused, ...signed, ...read }],
    ['of a load', { ...whole, commandLine: 'nr_cpus=1' }],
    [
      'of several',
      { ...whole, file: '/a', refused: [{ bundle: '/b', status: 'no-file', error: 'gone' }] },
    ],
    ['of the last good one', { ...refused, rearmed: whole }],
  ])('%s is read', (_, value) => {
    expect(readLoaderReport(value)).toEqual({ ok: true, value });
  });

  test.each<[unknown, string]>([
    [[], 'the whole: an object'],
    [{ ...always, status: 'odd' }, 'status: one of ok, '],
    [{ ...always, exitCode: -1 }, 'exitCode: a number'],
    [{ ...always, status: 'no-file' }, 'error: text'],
    [{ ...always, error: 'words', hint: '' }, 'status: the status of a failure'],
    [{ ...refused, detail: 'odd' }, 'detail: one of '],
    [{ ...refused, index: '1' }, 'index: a number'],
    [{ ...always, more: 1 }, 'more: nothing'],
    [{ ...always, bundle: signed.bundle }, 'sealDigest: bytes'],
    [{ ...always, sealDigest: '00', bundle: signed.bundle }, 'signers: a list'],
    [{ ...always, ...read }, 'sealDigest: bytes'],
    [{ ...always, ...signed, ...placed }, 'machine: an object'],
    [
      { ...always, ...signed, bundle: { ...signed.bundle, crashSize: 12 } },
      'bundle.crashSize: a hex',
    ],
    [
      { ...always, ...signed, bundle: { ...signed.bundle, notAfter: 'soon' } },
      'bundle.notAfter: a d',
    ],
    [{ ...always, ...signed, bundle: { ...signed.bundle, more: 1 } }, 'bundle.more: nothing'],
    [{ ...always, ...signed, guaranteesGone: ['all'] }, 'guaranteesGone[0]: one of '],
    [{ ...whole, segments: [{ ...placed.segments[0], asPlanned: 1 }] }, 'segments[0].asPlanned: t'],
    [{ ...whole, file: '/a' }, 'refused: a list'],
    [{ ...refused, rearmed: { ...whole, rearmed: whole } }, 'rearmed.rearmed: nothing'],
    [{ ...refused, rearmed: null }, 'rearmed: an object'],
  ])('%j is refused', (value, says) => {
    expect(misfit(value).startsWith(says), misfit(value)).toBe(true);
  });
});

describe('what --status reports', () => {
  const status = { status: 'ok', exitCode: 0, armed: true };
  test.each([null, whole])('with a record of %j is as declared', (record) => {
    expect(misfitOfStatus({ ...status, record })).toBeUndefined();
  });

  test('with a record that is no report is refused', () => {
    expect(misfitOfStatus({ ...status, record: { action: 'armed' } })).toMatchObject({
      at: 'record.status',
    });
    expect(misfitOfStatus({ ...status, more: 1, record: null })).toEqual({
      at: 'more',
      want: 'nothing',
    });
  });
});
