import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  sealHeader,
  sealLive,
  sealMember,
  sealSegment,
} from '../../pipeline/format/seal-layout.ts';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { anySeal, sampleSeal as otherSeal } from '../seal/sample-seal.ts';
import { loaderDriver, runDriver } from '../support/loader-host.ts';
import { at, sampleLive, sampleSeal } from './sample-bundle.ts';

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

test.each(['', '0.4.0150', '0.0.015A', '0.0.01500', '1.0.0150', '0.0.', '../../..'])(
  'a match rule for device "%s" is refused',
  (value) => {
    const match: Seal['match'] = [{ kind: 'online', path: '', value }];
    expect(verdict(encodeSeal({ ...sampleSeal, match }))).toMatch(/CCW bus id/);
  },
);

test('a match rule with a path too many or too few is refused', () => {
  for (const match of [
    { kind: 'online', path: 'sys', value: '0.0.0150' },
    { kind: 'onlineFrom', path: '', value: '' },
    { kind: 'onlineFrom', path: 'sys/../etc', value: '' },
  ] as const)
    expect(verdict(encodeSeal({ ...sampleSeal, match: [match] }))).toMatch(/path/);
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

/** Where the tables start in an encoded seal. */
const segmentAt = (index: number): number =>
  sealHeader.size + sampleSeal.members.length * sealMember.size + index * sealSegment.size;
const liveAt = (index: number): number =>
  segmentAt(sampleSeal.segments.length) + index * sealLive.size;

type Patch = (bytes: Uint8Array, view: DataView) => void;
const u16 =
  (where: number, value: number): Patch =>
  (_, view) =>
    view.setUint16(where, value, true);
const u32 =
  (where: number, value: number): Patch =>
  (_, view) =>
    view.setUint32(where, value, true);
const u64 =
  (where: number, value: bigint): Patch =>
  (_, view) =>
    view.setBigUint64(where, value, true);
const field = (table: { fields: Record<string, { offset: number }> }, name: string): number =>
  table.fields[name]?.offset ?? Number.NaN;
const header = (name: string): number => field(sealHeader, name);
const segment = (index: number, name: string): number =>
  segmentAt(index) + field(sealSegment, name);
const live = (index: number, name: string): number => liveAt(index) + field(sealLive, name);
const indexOf = (source: Seal['live'][number]['source']): number =>
  sampleLive.findIndex((value) => value.source === source);
const all64 = (1n << 64n) - 1n;

test.each<[string, Patch, RegExp]>([
  ['another magic', (bytes) => bytes.fill(0x41, 0, 1), /CRSHSEAL/],
  ['a later version', u32(header('version'), 2), /version/],
  ['a wrong size', u32(header('size'), 5), /size/],
  ['reserved bytes', (bytes) => bytes.fill(1, 0xbf, 0xc0), /reserved/],
  ['no members', u16(header('memberCount'), 0), /members/],
  ['too many segments', u16(header('segmentCount'), 17), /segments/],
  ['more live values than there are', u16(header('liveCount'), 250), /add up/],
  ['a large string table', u32(header('stringsSize'), 0xffff_ffff), /add up/],
  [
    'an unknown byte order',
    (bytes) => bytes.fill(3, header('byteOrder'), header('byteOrder') + 1),
    /byte order/,
  ],
  [
    'an unknown backend',
    (bytes) => bytes.fill(9, header('backend'), header('backend') + 1),
    /backend/,
  ],
  ['an unknown flag', u32(header('flags'), 0x8000_0000), /flag/],
  ['an end before its begin', u64(header('notAfter'), 1n), /ends before/],
  ['more slots than e_phnum counts', u32(header('maxCpus'), 0xffff), /e_phnum/],
  ['a string outside', u32(header('profileOffset'), 0xffff_fff0), /string/],
  ['an entry outside', u64(header('entryOffset'), 0x10_0000n), /entry/],
  ['an entry in no segment', u32(header('entrySegment'), 6), /entry/],
  [
    'a segment name with a slash',
    (bytes) => bytes.fill(0x2f, segmentAt(0), segmentAt(0) + 1),
    /name/,
  ],
  ['a segment of an unknown kind', u16(segment(0, 'kind'), 7), /kind/],
  ['a segment of no member', u16(segment(0, 'member'), 7), /member/],
  ['a segment with an unknown flag', u16(segment(0, 'flags'), 2), /flag/],
  ['a group of which half is fixed', u16(segment(1, 'flags'), 1), /half a group/],
  ['bytes outside of the member', u64(segment(0, 'bufOffset'), 1n), /inside its member/],
  ['bytes whose end wraps', u64(segment(0, 'bufOffset'), all64), /inside its member/],
  ['less memory than bytes', u64(segment(0, 'memsz'), 0x1000n), /less than it loads/],
  ['half a page', u64(segment(0, 'memsz'), 0x20_0800n), /whole pages/],
  ['an alignment that is none', u64(segment(0, 'align'), 0x30_0000n), /power of two/],
  ['a place outside', u64(segment(0, 'place'), 0x3ff_f000n), /planned crash region/],
  ['a place whose end wraps', u64(segment(0, 'place'), all64 & ~0xfffn), /planned crash region/],
  ['a place in another segment', u64(segment(3, 'place'), 0x21_0000n), /overlap/],
  ['a lowest address that wraps', u64(segment(0, 'minAddress'), all64), /wraps/],
  ['one group in two places', u16(segment(3, 'group'), 0), /consecutive/],
  ['a group in another order', u64(segment(2, 'place'), 0x10_0000n), /ascending/],
  ['an unknown source', u16(live(0, 'source'), 40), /source/],
  ['a place outside of its segment', u64(live(0, 'offset'), 0x10_0000n), /place/],
  ['a place whose end wraps', u64(live(0, 'offset'), all64 - 1n), /place/],
  ['a live value of no segment', u16(live(0, 'segment'), 6), /segment/],
  ['a live value about no segment', u16(live(0, 'about'), 6), /segment/],
  ['two live values in one place', u64(live(1, 'offset'), 0x21an), /overlap/],
  ['a shift by too much', u64(live(1, 'arg0'), 64n), /shift/],
  ['a map count in the map', u64(live(indexOf('e820'), 'arg0'), 0x2d0n), /count/],
  ['a map count on a number', u64(live(indexOf('e820'), 'arg0'), 0x218n), /overlap/],
  ['a map of half an entry', u64(live(indexOf('e820'), 'size'), 30n), /entries/],
  ['a template without its slots', u32(header('maxRanges'), 100), /slots/],
  ['a digest outside', u64(live(indexOf('digest'), 'arg1'), 1n << 40n), /digest/],
  ['a digest of itself', u64(live(sampleLive.length - 1, 'arg0'), 0x20n), /digest/],
])('%s is refused', (_, patch, why) => {
  const bytes = encodeSeal(sampleSeal);
  patch(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  expect(verdict(bytes)).toMatch(why);
});

test('live values out of order are refused, as a digest would miss what comes after it', () => {
  const bytes = encodeSeal(sampleSeal);
  const digest = liveAt(indexOf('digest'));
  const first = bytes.slice(liveAt(0), liveAt(1));
  bytes.copyWithin(liveAt(0), digest, digest + sealLive.size);
  bytes.set(first, digest);
  expect(verdict(bytes)).toMatch(/order|before what it digests/);
});

test('a path that leaves the root is refused', () => {
  const index = indexOf('fileBytes');
  const path = sampleLive[index]?.text ?? '';
  const bytes = encodeSeal(sampleSeal);
  const where = Buffer.from(bytes).indexOf(path);
  for (const other of ['../../../../../etc/shadow', 'sys/../etc', '.', 'a//b', '/'])
    expect(
      verdict(
        Buffer.concat([
          bytes.subarray(0, where),
          Buffer.from(other.padEnd(path.length, '/')),
          bytes.subarray(where + path.length),
        ]),
      ),
    ).toMatch(/path/);
  expect(at.bootParams).toBe(3);
});

test('seals found by the fuzzer do no harm', () => {
  const corpus = `${folder}/corpus`;
  execFileSync('rm', ['-rf', corpus]);
  mkdirSync(corpus, { recursive: true });
  writeFileSync(`${corpus}/one`, encodeSeal(sampleSeal));
  writeFileSync(`${corpus}/two`, encodeSeal(otherSeal));
  runDriver(
    loaderDriver('fuzz-seal'),
    '-seed=1',
    '-runs=100000',
    '-max_len=8192',
    `-artifact_prefix=${corpus}/`,
    corpus,
  );
});
