/**
 * What must hold between the values of a seal. docs/format.md, "Rules of a seal".
 * The table of faults, the limits and what a live source takes are declared in pipeline/format; this code is the
 * tool's own, as loader/bundle/seal.c is the loader's. Both go through the records in one order, so that the
 * first fault here is the one that the loader names.
 */
import { nameOf, unknownBits } from '../format/code-table.ts';
import { elf32Header, elf32ProgramHeader, elf64Header, elf64ProgramHeader } from '../format/elf.ts';
import { openText, reservedByte } from '../format/layout.ts';
import { limits } from '../format/limits.ts';
import { probeFlags, probeKinds, probeNames } from '../format/probe-layout.ts';
import type { SealFault } from '../format/seal-faults.ts';
import {
  backends,
  liveForms,
  liveKinds,
  liveSources,
  matchKinds,
  type SealLive,
  sealFlags,
  sealLive,
  sealMatch,
  sealMember,
  sealSegment,
  segmentFlags,
  segmentKinds,
} from '../format/seal-layout.ts';
import type { SealFaultFound } from '../problem/seal-problem.ts';
import { type SealTables, textOf } from './seal-tables.ts';

const page = 4096n;
const end64 = 1n << 64n;
const digestSize = 32n;

/** The values that show it, by the names that docs/format.md has for them. */
type Found = SealFaultFound['found'];
type Say = (fault: SealFault, found?: Found) => void;

/** Every fault of a seal; none for a good one. */
export function checkSeal(seal: SealTables): readonly SealFaultFound[] {
  const faults: SealFaultFound[] = [];
  const at =
    (index?: number): Say =>
    (fault, found = {}) =>
      faults.push({ fault, found, ...(index === undefined ? {} : { index }) });
  checkHeader(seal, at());
  for (const index of seal.members.keys()) checkMember(seal, index, at(index));
  for (const index of seal.segments.keys()) checkSegment(seal, index, at(index));
  for (const index of seal.live.keys()) checkLive(seal, index, at(index));
  for (const index of seal.match.keys()) checkMatch(seal, index, at(index));
  for (const index of seal.probes.keys()) checkProbe(seal, index, at(index));
  const { entrySegment, entryOffset } = seal.header;
  const entered = seal.segments[entrySegment]?.value;
  if (entered === undefined || entryOffset >= entered.bufsz)
    at()('entry-point', { entrySegment, entryOffset, bufsz: entered?.bufsz ?? 0n });
  return faults;
}

const within = (offset: bigint, size: bigint, whole: bigint): boolean => offset + size <= whole;

function checkHeader({ header, strings }: SealTables, say: Say): void {
  const { byteOrder, backend, flags, notBefore, notAfter, maxCpus, maxRanges } = header;
  if (byteOrder !== 1 && byteOrder !== 2) say('byte-order', { byteOrder });
  if (nameOf(backends, backend) === undefined) say('backend', { backend });
  if (unknownBits(sealFlags, flags) !== 0) say('flags', { unknown: unknownBits(sealFlags, flags) });
  if (header.profileLength === 0) say('profile-name');
  if (notAfter !== 0n && notAfter < notBefore) say('date-order', { notBefore, notAfter });
  if (notBefore > limits.lastSecond.value || notAfter > limits.lastSecond.value)
    say('date-range', { notBefore, notAfter });
  // PN_XNUM is not understood by capture kernels: e_phnum must hold every slot.
  if (maxCpus + maxRanges + 2 > 0xffff) say('slots', { maxCpus, maxRanges });
  const texts = [
    ['profile', header.profileOffset, header.profileLength],
    ['release', header.releaseOffset, header.releaseLength],
    ['commandLine', header.commandLineOffset, header.commandLineLength],
  ] as const;
  const bad = texts.find(([, offset, length]) => textOf(strings, offset, length) === undefined);
  if (bad !== undefined) say('header-text', { text: bad[0], offset: bad[1], length: bad[2] });
}

const namePattern = /^[a-z0-9][a-z0-9._-]*$/;

function checkMember({ bytes, members }: SealTables, index: number, say: Say): void {
  const row = members[index];
  if (row === undefined) return;
  const { name } = row.value;
  if (!namePattern.test(name) || openText(sealMember, bytes, row.at) !== undefined)
    say('member-misnamed', { name });
  checkReserved(sealMember, bytes, row.at, 'member-reserved', say);
  const other = members.findIndex(({ value }) => value.name === name);
  if (other < index) say('member-twice', { name, other });
}

function checkReserved(
  layout: Parameters<typeof reservedByte>[0],
  bytes: Uint8Array,
  at: number,
  fault: SealFault,
  say: Say,
): void {
  const offset = reservedByte(layout, bytes, at);
  if (offset !== undefined) say(fault, { offset: BigInt(offset) });
}

function checkSegment(seal: SealTables, index: number, say: Say): void {
  const row = seal.segments[index];
  if (row === undefined) return;
  const { name, kind, flags, group, bufOffset, bufsz, memsz, align, place, minAddress } = row.value;
  if (!namePattern.test(name) || openText(sealSegment, seal.bytes, row.at) !== undefined)
    say('segment-misnamed', { name });
  const unknown = unknownBits(segmentFlags, flags);
  if (unknown !== 0) say('segment-flags', { unknown });
  if (nameOf(segmentKinds, kind) === undefined) say('segment-kind', { kind });
  const member = seal.members[row.value.member]?.value;
  if (member === undefined)
    say('segment-member', { member: row.value.member, members: seal.members.length });
  else if (bufsz === 0n || !within(bufOffset, bufsz, member.size))
    say('segment-bytes', { bufOffset, bufsz, memberSize: member.size });
  if (memsz < bufsz || memsz % page !== 0n) say('segment-memory', { bufsz, memsz });
  if (align < page || (align & (align - 1n)) !== 0n) say('segment-align', { align });
  const { crashSize } = seal.header;
  if (place % page !== 0n || !within(place, memsz, crashSize))
    say('segment-place', { place, memsz, crashSize });
  if (minAddress + memsz >= end64) say('segment-wraps', { minAddress, memsz });
  for (const [at, { value: other }] of seal.segments.slice(0, index).entries()) {
    if (name === other.name) say('segment-twice', { name, other: at });
    if (place < other.place + other.memsz && other.place < place + memsz)
      say('segments-overlap', { other: at, place, otherPlace: other.place });
    if (
      row.value.member === other.member &&
      bufOffset < other.bufOffset + other.bufsz &&
      other.bufOffset < bufOffset + bufsz
    )
      say('segments-share', { other: at, bufOffset, otherBufOffset: other.bufOffset });
    if (group !== other.group) continue;
    if (seal.segments[index - 1]?.value.group !== group) say('group-torn', { group, other: at });
    if (place < other.place) say('group-order', { group, other: at });
    if (flags !== other.flags) say('group-flags', { group, other: at });
  }
  // So that a group stays aligned wherever its first segment is aligned.
  const first = firstOfGroup(seal, index);
  if (align > first.align || ((place - first.place) & (align - 1n)) !== 0n)
    say('group-align', { align, place, firstAlign: first.align, firstPlace: first.place });
}

/** Of the run of segments of one group that ends at `index`. */
function firstOfGroup(
  { segments }: SealTables,
  index: number,
): SealTables['segments'][number]['value'] {
  const run = segments.slice(0, index + 1);
  const own = run.at(-1)?.value;
  const before = run.findLastIndex(({ value }) => value.group !== own?.group);
  const first = run[before + 1]?.value;
  if (first === undefined) throw new Error(`no segment ${index}`);
  return first;
}

type LiveSource = (typeof liveSources)[keyof typeof liveSources];
const sourceOf = (live: SealLive): LiveSource | undefined =>
  Object.values(liveSources).find(({ code }) => code === live.source);

const isNumberForm = (form: number): boolean =>
  form === liveForms.little.code || form === liveForms.big.code;
const isTextForm = (form: number): boolean =>
  form === liveForms.textHex.code || form === liveForms.textKib.code;

const isText = (live: SealLive): boolean =>
  live.source === liveSources.memmap.code || isTextForm(live.form);

const turnOf = (live: SealLive): number =>
  isText(live) ? liveKinds.text.code : liveKinds[sourceOf(live)?.kind ?? 'number'].code;

function checkLive(seal: SealTables, index: number, say: Say): void {
  const row = seal.live[index];
  if (row === undefined) return;
  const live = row.value;
  checkReserved(sealLive, seal.bytes, row.at, 'live-reserved', say);
  const source = sourceOf(live);
  // Of an unknown source nothing more can be said.
  if (source === undefined) {
    say('live-source', { source: live.source });
    return;
  }
  const takes = (field: LiveSource['takes'][number]): boolean => source.takes.includes(field);
  const segments = seal.segments.length;
  const written = seal.segments[live.segment]?.value;
  if (written === undefined) say('live-segment', { segment: live.segment, segments });
  const about = seal.segments[live.about]?.value;
  if (takes('about') ? about === undefined : live.about !== 0)
    say('live-about', { about: live.about, segments });
  if (!takes('arg1') && live.arg1 !== 0n) say('live-arg1', { arg1: live.arg1 });
  const { offset, size } = live;
  if (written !== undefined && (size === 0n || !within(offset, size, written.bufsz)))
    say('live-place', { offset, size, bufsz: written.bufsz });
  checkTexts(seal, live, source, say);
  checkForm(live, source, say);
  if (written !== undefined) checkMeaning(seal, live, source, written, about, say);
  const before = seal.live[index - 1]?.value;
  if (before !== undefined && turnOf(before) > turnOf(live))
    say('live-order', { other: index - 1 });
  for (const [at, { value: earlier }] of seal.live.slice(0, index).entries())
    checkPair(earlier, live, at, say);
}

function checkTexts({ strings }: SealTables, live: SealLive, source: LiveSource, say: Say): void {
  const { textOffset, textLength, wordsOffset, wordsLength } = live;
  const path = textOf(strings, textOffset, textLength);
  if (source.takes.includes('path') ? !isRelativePath(path) : textLength !== 0)
    say('live-path', { path: path ?? '', textOffset, textLength });
  const words = textOf(strings, wordsOffset, wordsLength);
  const takesWords = isTextForm(live.form) && source.kind !== 'text';
  if (words === undefined || (words !== '' && !takesWords))
    say('live-words', { words: words ?? '', wordsOffset, wordsLength });
}

function checkForm(live: SealLive, { kind, takes }: LiveSource, say: Say): void {
  const { form, width, size, addend, arg0 } = live;
  const ownForm = form === liveForms.own.code;
  const numberForm = isNumberForm(form) || isTextForm(form);
  if (kind === 'number' ? !numberForm : !ownForm) say('live-form', { form });
  if (kind !== 'number' && addend !== 0n) say('live-addend', { addend });
  const fits = isNumberForm(form)
    ? [1, 2, 4, 8].includes(width) && size === BigInt(width)
    : width === 0;
  if (!fits) say('live-width', { width, size });
  if (kind === 'number' && arg0 > 63n) say('live-shift', { arg0 });
  if (kind !== 'number' && !takes.includes('arg0') && arg0 !== 0n) say('live-arg0', { arg0 });
}

type Segment = SealTables['segments'][number]['value'];

/** What a single source asks for. */
function checkMeaning(
  { header, segments: { length: segments } }: SealTables,
  { source, offset, size, arg0, arg1, segment, about: aboutIndex }: SealLive,
  { kind }: LiveSource,
  written: Segment,
  about: Segment | undefined,
  say: Say,
): void {
  const whole = offset === 0n && size === written.bufsz;
  switch (source) {
    case liveSources.hotplug.code:
      if ((header.flags & sealFlags.hotplug.code) === 0) say('hotplug-flag');
      if (about?.kind !== segmentKinds.elfcorehdr.code) say('hotplug-about', { about: aboutIndex });
      break;
    case liveSources.localOverlay.code:
      if ((header.flags & sealFlags.localOverlay.code) === 0) say('overlay-flag');
      if (!whole || written.kind !== segmentKinds.initramfs.code)
        say('overlay-place', { segment, offset, size, bufsz: written.bufsz });
      break;
    case liveSources.elfcorehdr.code: {
      // One PT_NOTE per CPU, one for vmcoreinfo, one PT_LOAD per range and one for the kernel's text.
      const { maxCpus, maxRanges } = header;
      const slots = BigInt(maxCpus) + BigInt(maxRanges) + 2n;
      const [head, entry] =
        (header.flags & sealFlags.elf32Header.code) === 0
          ? [elf64Header, elf64ProgramHeader]
          : [elf32Header, elf32ProgramHeader];
      const headerRoom = BigInt(head.size) + BigInt(entry.size) * slots;
      if (!whole || written.kind !== segmentKinds.elfcorehdr.code)
        say('header-place', { segment, offset, size, bufsz: written.bufsz });
      if (maxCpus === 0 || maxRanges === 0 || size < headerRoom)
        say('header-slots', { maxCpus, maxRanges, size });
      break;
    }
    case liveSources.e820.code: {
      const entrySize = BigInt(limits.sealE820EntryBytes.value);
      if (size % entrySize !== 0n || size > BigInt(limits.sealE820Max.value) * entrySize)
        say('map-entries', { size });
      if (!within(arg0, 1n, written.bufsz) || (arg0 >= offset && arg0 < offset + size))
        say('map-count', { arg0, offset, size, bufsz: written.bufsz });
      break;
    }
    case liveSources.efiMemmap.code:
    case liveSources.efiMemmapSize.code:
      if (
        !within(arg0, BigInt(limits.efiParametersBytes.value), about?.bufsz ?? 0n) ||
        (source === liveSources.efiMemmapSize.code && size !== 8n)
      )
        say('map-count', { size, arg0, bufsz: about?.bufsz ?? 0n });
      break;
    case liveSources.loadedSegments.code:
      if (size < BigInt(segments) * 16n) say('map-count', { size, segments });
      break;
    case liveSources.deviceTree.code: {
      const { bufOffset, bufsz } = written;
      if (
        written.kind !== segmentKinds.deviceTree.code ||
        offset !== 0n ||
        size % 8n !== 0n ||
        bufOffset % 8n !== 0n ||
        size > limits.treeMax.value
      )
        say('tree-place', { segment, offset, size, bufOffset });
      if (
        arg0 % 8n !== 0n ||
        arg0 < size ||
        arg1 > limits.treeAdditionsMax.value ||
        !within(arg0, arg1, bufsz)
      )
        say('tree-additions', { size, arg0, arg1, bufsz });
    }
  }
  if (kind !== 'digest') return;
  if (size !== digestSize || arg1 === 0n || !within(arg0, arg1, about?.bufsz ?? 0n))
    say('digest-bytes', { size, arg0, arg1, bufsz: about?.bufsz ?? 0n });
  if (aboutIndex === segment && arg0 < offset + size && offset < arg0 + arg1)
    say('digest-of-itself', { offset, arg0, arg1 });
}

type Range = { readonly start: bigint; readonly end: bigint };
const meet = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

/** The bytes that it writes; the count of a memory map is a second place. */
const placesOf = ({ source, offset, size, arg0 }: SealLive): readonly Range[] => [
  { start: offset, end: offset + size },
  ...(source === liveSources.e820.code ? [{ start: arg0, end: arg0 + 1n }] : []),
];

/** `earlier` stands before `live` in the table. */
function checkPair(earlier: SealLive, live: SealLive, at: number, say: Say): void {
  if (earlier.source === liveSources.digest.code && earlier.about === live.segment) {
    const digested = { start: earlier.arg0, end: earlier.arg0 + earlier.arg1 };
    if (placesOf(live).some((place) => meet(place, digested)))
      say('digest-too-early', { other: at, offset: live.offset });
  }
  if (earlier.segment !== live.segment) return;
  // Texts may share a place when it is exactly the same one: each is appended at the NUL.
  if (
    isText(earlier) &&
    isText(live) &&
    earlier.offset === live.offset &&
    earlier.size === live.size
  )
    return;
  if (placesOf(earlier).some((a) => placesOf(live).some((b) => meet(a, b))))
    say('lives-overlap', { other: at, offset: live.offset, otherOffset: earlier.offset });
}

/** Below the root and nowhere else. */
const isRelativePath = (path: string | undefined): boolean =>
  path !== undefined &&
  path.length <= limits.sealPathMax.value &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** As sysfs names a CCW device: channel subsystem 0, subchannel set, device number. */
const busIdPattern = /^0\.[0-3]\.[0-9a-f]{4}$/;

function checkMatch({ bytes, strings, match }: SealTables, index: number, say: Say): void {
  const row = match[index];
  if (row === undefined) return;
  const { kind, pathOffset, pathLength, valueOffset, valueLength } = row.value;
  checkReserved(sealMatch, bytes, row.at, 'match-reserved', say);
  const rule = Object.values(matchKinds).find(({ code }) => code === kind);
  if (rule === undefined) {
    say('match-kind', { kind });
    return;
  }
  const path = textOf(strings, pathOffset, pathLength);
  if (rule.takes.includes('path') ? !isRelativePath(path) : pathLength !== 0)
    say('match-path', { path: path ?? '', pathOffset, pathLength });
  const value = textOf(strings, valueOffset, valueLength);
  if (value === undefined || rule.takes.includes('value') === (value === ''))
    say('match-value', { value: value ?? '', valueOffset, valueLength });
  else if (kind === matchKinds.online.code && !busIdPattern.test(value))
    say('match-bus-id', { value });
}

const isDeviceName = (by: number): boolean => by < probeNames.mac.code;

function checkProbe({ header, probes, strings }: SealTables, index: number, say: Say): void {
  const row = probes[index];
  if (row === undefined) return;
  const { kind, target, by, flags, minimum, valueOffset, valueLength, typeOffset, typeLength } =
    row.value;
  if (nameOf(probeKinds, kind) === undefined) say('probe-kind', { kind });
  if (target === 0 || target > header.targetCount)
    say('probe-target', { target, targets: header.targetCount });
  const device = kind === probeKinds.device.code;
  if (nameOf(probeNames, by) === undefined || isDeviceName(by) !== device)
    say('probe-name', { by });
  const unknown = unknownBits(probeFlags, flags);
  if (unknown !== 0) say('probe-flags', { unknown });
  if (
    valueLength === 0 ||
    textOf(strings, valueOffset, valueLength) === undefined ||
    textOf(strings, typeOffset, typeLength) === undefined
  )
    say('probe-value', { valueOffset, valueLength });
  if (!device && ((flags & ~probeFlags.oneOf.code) !== 0 || minimum !== 0n || typeLength !== 0))
    say('probe-device');
}
