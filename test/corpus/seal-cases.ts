/** Seals that a signer signed and that no loader may follow. Signed again, so that the seal's reader is reached. */
import {
  liveSources,
  sealFlags,
  sealHeader,
  sealLive,
  sealMember,
  sealSegment,
} from '../../pipeline/format/seal-layout.ts';
import { encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { packParts, sign, smallParts } from '../fixtures/small-bundle.ts';
import { sampleLive, sampleSeal } from '../fixtures/x86-64-bundle.ts';
import type { Case } from './cases.ts';

const parts = smallParts();
/** Every kind of live value; its members are others, which is seen after the seal. */
const rich = encodeSeal(sampleSeal);

const segmentAt = (index: number): number =>
  sealHeader.size + sampleSeal.members.length * sealMember.size + index * sealSegment.size;
const liveAt = (index: number): number =>
  segmentAt(sampleSeal.segments.length) + index * sealLive.size;
const matchAt = liveAt(sampleSeal.live.length);

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
const asOverlay = u16(live(indexOf('elfcorehdr'), 'source'), liveSources.localOverlay.code);

const patches: readonly (readonly [string, Patch, RegExp])[] = [
  ['another magic', u8(0, 0x41), /CRSHSEAL/],
  ['a later version', u32(header('version'), 2), /version/],
  ['version 0', u32(header('version'), 0), /version/],
  ['a wrong size', u32(header('size'), 5), /size/],
  ['reserved bytes', u8(0xbf, 1), /reserved/],
  ['no members', u16(header('memberCount'), 0), /members/],
  ['too many segments', u16(header('segmentCount'), 17), /segments/],
  ['more live values than there are', u16(header('liveCount'), 250), /add up/],
  ['more live values than there may be', u16(header('liveCount'), 0xffff), /too many live/],
  ['more match rules than there may be', u16(header('matchCount'), 0xffff), /too many match/],
  ['a large string table', u32(header('stringsSize'), 0xffff_ffff), /add up/],
  ['an unknown byte order', u8(header('byteOrder'), 3), /byte order/],
  ['an unknown backend', u8(header('backend'), 9), /backend/],
  ['an unknown flag', u32(header('flags'), 0x8000_0000), /flag/],
  ['an end before its begin', u64(header('notAfter'), 1n), /ends before/],
  ['an end after the year 9999', u64(header('notAfter'), 253402300800n), /9999/],
  ['a begin after the year 9999', u64(header('notBefore'), all64), /9999|ends before/],
  ['more slots than e_phnum counts', u32(header('maxCpus'), 0xffff), /e_phnum/],
  ['slots whose sum wraps', u32(header('maxCpus'), 0xffff_ffff), /e_phnum/],
  ['no profile', u32(header('profileLength'), 0), /no name/],
  ['a string outside', u32(header('profileOffset'), 0xffff_fff0), /string/],
  ['an entry outside', u64(header('entryOffset'), 0x10_0000n), /entry/],
  ['an entry in no segment', u32(header('entrySegment'), 6), /entry/],
  ['a segment name with a slash', u8(segmentAt(0), 0x2f), /name/],
  [
    'two segments of one name',
    (bytes) => bytes.copyWithin(segmentAt(1), segmentAt(0), segmentAt(0) + 16),
    /one name/,
  ],
  ['a segment of an unknown kind', u16(segment(0, 'kind'), 77), /kind/],
  ['a segment of no member', u16(segment(0, 'member'), 7), /member/],
  ['a segment with an unknown flag', u16(segment(0, 'flags'), 0x8000), /flag/],
  ['a group of which half is fixed', u16(segment(1, 'flags'), 1), /half a group/],
  ['bytes outside of the member', u64(segment(0, 'bufOffset'), 1n), /inside its member/],
  ['bytes whose end wraps', u64(segment(0, 'bufOffset'), all64), /inside its member/],
  ['no bytes', u64(segment(0, 'bufsz'), 0n), /inside its member/],
  ['bytes loaded twice', u16(segment(2, 'member'), 2), /share bytes|inside its member/],
  ['less memory than bytes', u64(segment(0, 'memsz'), 0x1000n), /less than it loads/],
  ['half a page', u64(segment(0, 'memsz'), 0x20_0800n), /whole pages/],
  ['an alignment that is none', u64(segment(0, 'align'), 0x30_0000n), /power of two/],
  ['an alignment of zero', u64(segment(0, 'align'), 0n), /power of two/],
  ['a place outside', u64(segment(0, 'place'), 0x3ff_f000n), /planned crash region/],
  ['a place whose end wraps', u64(segment(0, 'place'), all64 & ~0xfffn), /planned crash region/],
  ['a place in another segment', u64(segment(3, 'place'), 0x21_0000n), /overlap/],
  ['a lowest address that wraps', u64(segment(0, 'minAddress'), all64), /wraps/],
  ['one group in two places', u16(segment(3, 'group'), 0), /consecutive/],
  ['a group in another order', u64(segment(2, 'place'), 0x10_0000n), /ascending/],
  ['a region smaller than its segments', u64(header('crashSize'), 0x1000n), /planned crash region/],
  ['an unknown source', u16(live(0, 'source'), 63), /source/],
  ['source 0', u16(live(0, 'source'), 0), /source/],
  ['an unknown form', u8(live(0, 'form'), 77), /form/],
  ['a width of three', u8(live(0, 'width'), 3), /width/],
  ['a place outside of its segment', u64(live(0, 'offset'), 0x10_0000n), /place/],
  ['a place whose end wraps in a segment', u64(live(0, 'offset'), all64 - 1n), /place/],
  ['a live value of no segment', u16(live(0, 'segment'), 6), /segment/],
  ['a live value about no segment', u16(live(0, 'about'), 6), /segment/],
  ['two live values in one place', u64(live(1, 'offset'), 0x21an), /overlap/],
  ['a shift by too much', u64(live(1, 'arg0'), 64n), /shift/],
  ['a map count in the map', u64(live(indexOf('e820'), 'arg0'), 0x2d0n), /count/],
  ['a map count on a number', u64(live(indexOf('e820'), 'arg0'), 0x218n), /overlap/],
  ['a map of half an entry', u64(live(indexOf('e820'), 'size'), 30n), /entries/],
  ['a template without its slots', u32(header('maxRanges'), 100), /slots/],
  ['a digest outside', u64(live(indexOf('digest'), 'arg1'), 1n << 40n), /digest/],
  ['a digest of nothing', u64(live(indexOf('digest'), 'arg1'), 0n), /digest/],
  ['a digest of itself', u64(live(sampleLive.length - 1, 'arg0'), 0x20n), /digest/],
  ['hot-plug without its flag', asHotplug, /hot-plug without its flag/],
  [
    'hot-plug of another part',
    both(asHotplug, u32(header('flags'), hotplug.code)),
    /not of the ELF core header/,
  ],
  ['a local overlay without its flag', asOverlay, /local overlay .* without its flag/],
  [
    'a local overlay outside of the initramfs',
    both(asOverlay, u32(header('flags'), localOverlay.code)),
    /not a whole initramfs segment/,
  ],
  ['an unknown match kind', u32(matchAt, 77), /kind/],
  [
    'live values out of order',
    (bytes) => {
      const digest = liveAt(indexOf('digest'));
      const first = bytes.slice(liveAt(0), liveAt(1));
      bytes.copyWithin(liveAt(0), digest, digest + sealLive.size);
      bytes.set(first, digest);
    },
    /order|before what it digests/,
  ],
];

/** A path that stands in the seal, written over with others of its length. */
const pathIn = sampleLive[indexOf('fileBytes')]?.text ?? '';
const paths = ['../../../../../etc/shadow', 'sys/../etc', '.', 'a//b', 'sys/./x'];

const sealed = (name: string, seal: () => Uint8Array, says: RegExp): Case => ({
  name: `seal: ${name}`,
  bytes: () => {
    const bytes = seal();
    return packParts(parts, { seal: bytes, p7s: sign(bytes) });
  },
  status: 'badSeal',
  says,
});

const withMatch = (match: Seal['match'][number]) => () =>
  encodeSeal({ ...sampleSeal, match: [match] });

export const sealCases: readonly Case[] = [
  {
    ...sealed('none of these, but other members', () => rich, /not have as many members/),
    status: 'badEnvelope',
  },
  sealed('nothing but a signature', () => new TextEncoder().encode('text'), /shorter/),
  sealed('cut after its header', () => rich.slice(0, sealHeader.size), /size/),
  sealed('cut by a byte', () => rich.slice(0, -1), /size/),
  sealed('with a byte after it', () => Uint8Array.from([...rich, 0]), /size/),
  ...patches.map(([name, patch, says]) =>
    sealed(
      name,
      () => {
        const bytes = Uint8Array.from(rich);
        patch(bytes, new DataView(bytes.buffer));
        return bytes;
      },
      says,
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
      /path/,
    ),
  ),
  ...['0.4.0150', '0.0.015A', '0.0.01500', '1.0.0150', '0.0.', '../../..'].map((value) =>
    sealed(
      `a match rule for device ${value}`,
      withMatch({ kind: 'online', path: '', value }),
      /CCW bus id/,
    ),
  ),
  sealed(
    'a device with a path',
    withMatch({ kind: 'online', path: 'sys', value: '0.0.0150' }),
    /path/,
  ),
  sealed('a device from no file', withMatch({ kind: 'onlineFrom', path: '', value: '' }), /path/),
  sealed(
    'a match rule that leaves the root',
    withMatch({ kind: 'present', path: 'sys/../etc', value: '' }),
    /path/,
  ),
  {
    // What purgatory does is sealed by its member's digest: the tool looks into it, the loader need not.
    name: 'seal: an unknown step of the policy',
    bytes: () =>
      packParts(
        smallParts({
          purgatory: (image) => {
            image[0x78 + 0] = 77;
          },
        }),
      ),
    status: 'ok',
    tool: 'toolOnly',
  },
];
