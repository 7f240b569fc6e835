/** Seals that a signer signed and that no loader may follow. Signed again, so that the seal's reader is reached. */

import { sealProbe } from '../../pipeline/format/probe-layout.ts';
import type { SealFault } from '../../pipeline/format/seal-faults.ts';
import {
  liveSources,
  sealFlags,
  sealHeader,
  sealLive,
  sealMatch,
  sealMember,
  sealSegment,
  segmentKinds,
} from '../../pipeline/format/seal-layout.ts';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { deviceProbe, interfaceProbe } from '../fixtures/sample-probes.ts';
import { packParts, sign, smallParts } from '../fixtures/small-bundle.ts';
import { sampleLive, sampleSeal } from '../fixtures/x86-64-bundle.ts';
import type { Case } from './cases.ts';

const parts = smallParts();
/** Every kind of live value; its members are others, which is seen after the seal. */
const rich = encodeSeal({
  ...sampleSeal,
  targetCount: 1,
  probes: [deviceProbe, interfaceProbe],
});

const segmentAt = (index: number): number =>
  sealHeader.size + sampleSeal.members.length * sealMember.size + index * sealSegment.size;
const liveAt = (index: number): number =>
  segmentAt(sampleSeal.segments.length) + index * sealLive.size;
const matchAt = liveAt(sampleSeal.live.length);

const probeAt = matchAt + sampleSeal.match.length * sealMatch.size;

type Patch = (bytes: Uint8Array, view: DataView) => void;
const u8 =
  (where: number, value: number): Patch =>
  (bytes) =>
    bytes.fill(value, where, where + 1);
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
const match = (name: string): number => matchAt + field(sealMatch, name);
const probe = (index: number, name: string): number =>
  probeAt + index * sealProbe.size + field(sealProbe, name);
/** Two live values in each other's place. */
function swap(bytes: Uint8Array, one: number, other: number): void {
  const first = bytes.slice(liveAt(one), liveAt(one) + sealLive.size);
  bytes.copyWithin(liveAt(one), liveAt(other), liveAt(other) + sealLive.size);
  bytes.set(first, liveAt(other));
}
const indexOf = (source: Seal['live'][number]['source']): number =>
  sampleLive.findIndex((value) => value.source === source);
const all64 = (1n << 64n) - 1n;
const both =
  (...patches: readonly Patch[]): Patch =>
  (bytes, view) => {
    for (const patch of patches) patch(bytes, view);
  };
const { hotplug, localOverlay } = sealFlags;
/** The first live value speaks of the initramfs; this one is in the place of another table. */
const asHotplug = u16(live(0, 'source'), liveSources.hotplug.code);
const asTree = u16(live(indexOf('elfcorehdr'), 'source'), liveSources.deviceTree.code);
const headerSegment = sampleSeal.segments.findIndex(({ kind }) => kind === 'elfcorehdr');
const asOverlay = u16(live(indexOf('elfcorehdr'), 'source'), liveSources.localOverlay.code);

const patches: readonly (readonly [string, Patch, SealFault])[] = [
  ['another magic', u8(0, 0x41), 'magic'],
  ['a later version', u32(header('version'), 3), 'version'],
  ['version 0', u32(header('version'), 0), 'version'],
  ['a wrong size', u32(header('size'), 5), 'size'],
  ['reserved bytes', u8(0xbf, 1), 'header-reserved'],
  ['no members', u16(header('memberCount'), 0), 'count-of-members'],
  ['too many segments', u16(header('segmentCount'), 17), 'count-of-segments'],
  ['more live values than there are', u16(header('liveCount'), 250), 'tables-size'],
  ['more live values than there may be', u16(header('liveCount'), 0xffff), 'count-of-live-values'],
  ['more match rules than there may be', u16(header('matchCount'), 0xffff), 'count-of-match-rules'],
  ['a large string table', u32(header('stringsSize'), 0xffff_ffff), 'tables-size'],
  ['an unknown byte order', u8(header('byteOrder'), 3), 'byte-order'],
  ['an unknown backend', u8(header('backend'), 9), 'backend'],
  ['an unknown flag', u32(header('flags'), 0x8000_0000), 'flags'],
  ['an end before its begin', u64(header('notAfter'), 1n), 'date-order'],
  ['an end after the year 9999', u64(header('notAfter'), 253402300800n), 'date-range'],
  ['a begin after the year 9999', u64(header('notBefore'), all64), 'date-order'],
  ['more slots than e_phnum counts', u32(header('maxCpus'), 0xffff), 'slots'],
  ['slots whose sum wraps', u32(header('maxCpus'), 0xffff_ffff), 'slots'],
  ['no profile', u32(header('profileLength'), 0), 'profile-name'],
  ['a string outside', u32(header('profileOffset'), 0xffff_fff0), 'header-text'],
  ['an entry outside', u64(header('entryOffset'), 0x10_0000n), 'entry-point'],
  ['an entry in no segment', u32(header('entrySegment'), 6), 'entry-point'],
  ['a segment name with a slash', u8(segmentAt(0), 0x2f), 'segment-misnamed'],
  [
    'two segments of one name',
    (bytes) => bytes.copyWithin(segmentAt(1), segmentAt(0), segmentAt(0) + 16),
    'segment-twice',
  ],
  ['a segment of an unknown kind', u16(segment(0, 'kind'), 77), 'segment-kind'],
  ['a segment of no member', u16(segment(0, 'member'), 7), 'segment-member'],
  ['a segment with an unknown flag', u16(segment(0, 'flags'), 0x8000), 'segment-flags'],
  ['a group of which half is fixed', u16(segment(1, 'flags'), 1), 'group-flags'],
  ['bytes outside of the member', u64(segment(0, 'bufOffset'), 1n), 'segment-bytes'],
  ['bytes whose end wraps', u64(segment(0, 'bufOffset'), all64), 'segment-bytes'],
  ['no bytes', u64(segment(0, 'bufsz'), 0n), 'segment-bytes'],
  ['bytes loaded twice', u16(segment(2, 'member'), 2), 'segments-share'],
  ['less memory than bytes', u64(segment(0, 'memsz'), 0x1000n), 'segment-memory'],
  ['half a page', u64(segment(0, 'memsz'), 0x20_0800n), 'segment-memory'],
  ['an alignment that is none', u64(segment(0, 'align'), 0x30_0000n), 'segment-align'],
  ['an alignment of zero', u64(segment(0, 'align'), 0n), 'segment-align'],
  ['a place outside', u64(segment(0, 'place'), 0x3ff_f000n), 'segment-place'],
  ['a place whose end wraps', u64(segment(0, 'place'), all64 & ~0xfffn), 'segment-place'],
  ['a place in another segment', u64(segment(3, 'place'), 0x21_0000n), 'segments-overlap'],
  ['a lowest address that wraps', u64(segment(0, 'minAddress'), all64), 'segment-wraps'],
  ['one group in two places', u16(segment(3, 'group'), 0), 'group-torn'],
  ['a group in another order', u64(segment(2, 'place'), 0x10_0000n), 'group-order'],
  ['a group that loses its alignment', u64(segment(2, 'align'), 0x2000n), 'group-align'],
  ['a region smaller than its segments', u64(header('crashSize'), 0x1000n), 'segment-place'],
  ['an unknown source', u16(live(0, 'source'), 63), 'live-source'],
  ['source 0', u16(live(0, 'source'), 0), 'live-source'],
  ['an unknown form', u8(live(0, 'form'), 77), 'live-form'],
  ['a width of three', u8(live(0, 'width'), 3), 'live-width'],
  ['a place outside of its segment', u64(live(0, 'offset'), 0x10_0000n), 'live-place'],
  ['a place whose end wraps in a segment', u64(live(0, 'offset'), all64 - 1n), 'live-place'],
  ['a live value of no segment', u16(live(0, 'segment'), 6), 'live-segment'],
  ['a live value about no segment', u16(live(0, 'about'), 6), 'live-about'],
  ['two live values in one place', u64(live(1, 'offset'), 0x21an), 'lives-overlap'],
  ['a shift by too much', u64(live(1, 'arg0'), 64n), 'live-shift'],
  ['a map count in the map', u64(live(indexOf('e820'), 'arg0'), 0x2d0n), 'map-count'],
  ['a map count on a number', u64(live(indexOf('e820'), 'arg0'), 0x218n), 'lives-overlap'],
  ['a map of half an entry', u64(live(indexOf('e820'), 'size'), 30n), 'map-entries'],
  [
    'an EFI memory map without boot parameters',
    both(
      u16(live(indexOf('fileBytes'), 'source'), liveSources.efiMemmap.code),
      u64(live(indexOf('fileBytes'), 'arg0'), all64),
    ),
    'map-count',
  ],
  [
    'the size of an EFI memory map in one byte',
    u16(live(indexOf('fileBytes'), 'source'), liveSources.efiMemmapSize.code),
    'map-count',
  ],
  ['a template without its slots', u32(header('maxRanges'), 100), 'header-slots'],
  ['a digest outside', u64(live(indexOf('digest'), 'arg1'), 1n << 40n), 'digest-bytes'],
  ['a digest of nothing', u64(live(indexOf('digest'), 'arg1'), 0n), 'digest-bytes'],
  ['a digest of itself', u64(live(sampleLive.length - 1, 'arg0'), 0x20n), 'digest-of-itself'],
  ['hot-plug without its flag', asHotplug, 'hotplug-flag'],
  [
    'hot-plug of another part',
    both(asHotplug, u32(header('flags'), hotplug.code)),
    'hotplug-about',
  ],
  ['a local overlay without its flag', asOverlay, 'overlay-flag'],
  [
    'a local overlay outside of the initramfs',
    both(asOverlay, u32(header('flags'), localOverlay.code)),
    'overlay-place',
  ],
  ['a device tree in another segment', asTree, 'tree-place'],
  [
    'a device tree over its additions',
    both(asTree, u16(segment(headerSegment, 'kind'), segmentKinds.deviceTree.code)),
    'tree-additions',
  ],
  ['an unknown match kind', u32(matchAt, 77), 'match-kind'],
  ['a match rule with reserved bytes', u8(matchAt + 0x14, 1), 'match-reserved'],
  ['a match rule without its value', u32(match('valueLength'), 0), 'match-value'],
  ['more dump targets than there may be', u16(header('targetCount'), 17), 'count-of-targets'],
  ['more probes than there may be', u16(header('probeCount'), 257), 'count-of-probes'],
  ['one probe too many', u16(header('probeCount'), 3), 'tables-size'],
  ['an unknown probe kind', u16(probe(0, 'kind'), 3), 'probe-kind'],
  ['a probe of no target', u16(probe(0, 'target'), 0), 'probe-target'],
  ['a probe of a target that is not there', u16(probe(0, 'target'), 2), 'probe-target'],
  ['a probe of an unknown name', u16(probe(0, 'by'), 10), 'probe-name'],
  ['a device by a MAC address', u16(probe(0, 'by'), 16), 'probe-name'],
  ['an interface by a label', u16(probe(1, 'by'), 3), 'probe-name'],
  ['a probe with an unknown flag', u16(probe(0, 'flags'), 8), 'probe-flags'],
  ['a probe without a name', u32(probe(0, 'valueLength'), 0), 'probe-value'],
  ['a probe with a name outside', u32(probe(0, 'valueOffset'), 0xffff), 'probe-value'],
  ['a probe with a type outside', u32(probe(0, 'typeLength'), 0xffff), 'probe-value'],
  ['an interface with a size', u64(probe(1, 'minimum'), 1n), 'probe-device'],
  ['a member name with a slash', u8(sealHeader.size, 0x2f), 'member-misnamed'],
  ['a member with reserved bytes', u8(sealHeader.size + 0x68, 1), 'member-reserved'],
  [
    'two members of one name',
    (bytes) => {
      const [first, second] = [sealHeader.size, sealHeader.size + sealMember.size];
      bytes.copyWithin(second, first, first + 32);
    },
    'member-twice',
  ],
  ['a live value with reserved bytes', u8(liveAt(0) + 0x40, 1), 'live-reserved'],
  ['an argument that is not taken', u64(live(0, 'arg1'), 1n), 'live-arg1'],
  ['words before a plain number', u32(live(0, 'wordsLength'), 1), 'live-words'],
  ['a sum of a table', u64(live(indexOf('elfcorehdr'), 'addend'), 1n), 'live-addend'],
  ['a table with a shift', u64(live(indexOf('elfcorehdr'), 'arg0'), 1n), 'live-arg0'],
  ['a template for half a segment', u64(live(indexOf('elfcorehdr'), 'size'), 64n), 'header-place'],
  [
    'a digest before the digest that it covers',
    (bytes) => swap(bytes, indexOf('digest'), sampleLive.length - 1),
    'digest-too-early',
  ],
  ['live values out of order', (bytes) => swap(bytes, 0, indexOf('digest')), 'live-order'],
];

/** A path that stands in the seal, written over with others of its length. */
const pathIn = sampleLive[indexOf('fileBytes')]?.text ?? '';
const paths = ['../../../../../etc/shadow', 'sys/../etc', '.', 'a//b', 'sys/./x'];

const sealed = (name: string, seal: () => Uint8Array, detail: SealFault): Case => ({
  name: `seal: ${name}`,
  bytes: () => {
    const bytes = seal();
    return packParts(parts, { seal: bytes, p7s: sign(bytes) });
  },
  status: 'badSeal',
  detail,
});

const withMatch = (match: Seal['match'][number]) => () =>
  encodeSeal({ ...sampleSeal, match: [match] });

export const sealCases: readonly Case[] = [
  {
    name: 'seal: none of these, but other members',
    bytes: () => packParts(parts, { seal: rich, p7s: sign(rich) }),
    status: 'badEnvelope',
    detail: 'member-count',
  },
  sealed('nothing but a signature', () => new TextEncoder().encode('text'), 'short'),
  sealed('cut after its header', () => rich.slice(0, sealHeader.size), 'size'),
  sealed('cut by a byte', () => rich.slice(0, -1), 'size'),
  sealed('with a byte after it', () => Uint8Array.from([...rich, 0]), 'size'),
  ...patches.map(([name, patch, detail]) =>
    sealed(
      name,
      () => {
        const bytes = Uint8Array.from(rich);
        patch(bytes, new DataView(bytes.buffer));
        return bytes;
      },
      detail,
    ),
  ),
  ...paths.map((path) =>
    sealed(
      `a live value from ${path}`,
      () => {
        const bytes = Uint8Array.from(rich);
        const at = Buffer.from(bytes).indexOf(pathIn);
        bytes.set(Buffer.from(path.padEnd(pathIn.length, '/').slice(0, pathIn.length)), at);
        return bytes;
      },
      'live-path',
    ),
  ),
  ...['0.4.0150', '0.0.015A', '0.0.01500', '1.0.0150', '0.0.', '../../..'].map((value) =>
    sealed(
      `a match rule for device ${value}`,
      withMatch({ kind: 'online', path: '', value }),
      'match-bus-id',
    ),
  ),
  sealed(
    'a device with a path',
    withMatch({ kind: 'online', path: 'sys', value: '0.0.0150' }),
    'match-path',
  ),
  sealed(
    'a device from no file',
    withMatch({ kind: 'onlineFrom', path: '', value: '' }),
    'match-path',
  ),
  sealed(
    'a match rule that leaves the root',
    withMatch({ kind: 'present', path: 'sys/../etc', value: '' }),
    'match-path',
  ),
];
