/** What must hold between the values of a seal. docs/format.md, "Rules of a seal". */
import type { Problem } from '../problem/problem.ts';
import type { SealProblem, SealRule } from '../problem/seal-problem.ts';
import { isAligned } from '../units/units.ts';
import type { Seal, SealedLive, SealedMatch } from './seal-codec.ts';

const page = 4096n;
/** What a loader has room for; segments are KEXEC_SEGMENT_MAX (linux/kexec.h). */
export const sealLimits = {
  bytes: 1 << 20,
  members: 16,
  segments: 16,
  live: 256,
  match: 64,
  pathLength: 255,
  /** boot_params.e820_table. */
  e820Entries: 128,
} as const;
const e820EntrySize = 20n;
/** ELF64: header and one program header. */
const elfHeaderSize = 64n;
const programHeaderSize = 56n;

type Report = (problem: SealProblem) => void;

/** Every rule that `seal` breaks; none for a good one. */
export function checkSeal(seal: Seal): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (problem) => {
    problems.push({ area: 'seal', ...problem });
  };
  checkHeader(seal, report);
  checkMembers(seal, report);
  checkSegments(seal, report);
  checkLive(seal, report);
  checkMatch(seal, report);
  return problems;
}

const breaks =
  (report: Report, part: string) =>
  (field: string, value: bigint | number | string, rule: SealRule): void =>
    report({
      kind: 'seal-value',
      part,
      field,
      value: typeof value === 'number' ? BigInt(value) : value,
      rule,
    });

function checkHeader(seal: Seal, report: Report): void {
  const say = breaks(report, 'header');
  if (seal.profile === '') say('profile', '', 'some-text');
  const counts = [
    ['memberCount', seal.members.length, 1, sealLimits.members],
    ['segmentCount', seal.segments.length, 1, sealLimits.segments],
    ['liveCount', seal.live.length, 0, sealLimits.live],
    ['matchCount', seal.match.length, 0, sealLimits.match],
  ] as const;
  for (const [field, count, least, most] of counts)
    if (count < least || count > most)
      say(field, count, count < least ? 'at-least-one' : 'within-limit');
  if (seal.notAfter !== undefined && seal.notAfter < (seal.notBefore ?? 0))
    say('notAfter', seal.notAfter, 'not-before-begin');
  // PN_XNUM is not understood by capture kernels: e_phnum must hold every slot.
  if (seal.maxCpus + seal.maxRanges + 2 > 0xffff)
    say('maxRanges', seal.maxRanges, 'slots-in-e-phnum');
  const entered = seal.segments[seal.entry.segment];
  if (entered === undefined)
    report({
      kind: 'seal-reference',
      part: 'header',
      field: 'entrySegment',
      index: seal.entry.segment,
      count: seal.segments.length,
    });
  else if (seal.entry.offset >= entered.bufsz)
    report({
      kind: 'seal-outside',
      part: 'header',
      field: 'entryOffset',
      end: seal.entry.offset + 1n,
      limit: entered.bufsz,
    });
}

const namePattern = /^[a-z0-9][a-z0-9._-]*$/;

function checkNames(part: string, names: readonly string[], report: Report): void {
  for (const [index, name] of names.entries()) {
    if (!namePattern.test(name)) report({ kind: 'seal-name', part: `${part} ${index}`, name });
    if (names.indexOf(name) !== index) report({ kind: 'seal-duplicate-name', part, name });
  }
}

function checkMembers(seal: Seal, report: Report): void {
  checkNames(
    'member',
    seal.members.map((member) => member.name),
    report,
  );
}

function checkSegments(seal: Seal, report: Report): void {
  checkNames(
    'segment',
    seal.segments.map((segment) => segment.name),
    report,
  );
  const groups = new Set<number>();
  for (const [index, segment] of seal.segments.entries()) {
    const part = `segment ${index}`;
    const say = breaks(report, part);
    const outside = (field: string, end: bigint, limit: bigint): void => {
      if (end > limit) report({ kind: 'seal-outside', part, field, end, limit });
    };
    const member = seal.members[segment.member];
    if (member === undefined)
      report({
        kind: 'seal-reference',
        part,
        field: 'member',
        index: segment.member,
        count: seal.members.length,
      });
    else outside('the bytes in the member', segment.bufOffset + segment.bufsz, member.size);
    if (segment.bufsz === 0n) say('bufsz', segment.bufsz, 'at-least-one');
    if (!isAligned(segment.memsz, page)) say('memsz', segment.memsz, 'page-multiple');
    if (segment.memsz < segment.bufsz) say('memsz', segment.memsz, 'not-below-bufsz');
    if (segment.align < page || (segment.align & (segment.align - 1n)) !== 0n)
      say('align', segment.align, 'power-of-two');
    if (!isAligned(segment.place, page)) say('place', segment.place, 'page-multiple');
    outside('the planned place', segment.place + segment.memsz, seal.crashSize);
    if (segment.minAddress + segment.memsz >= 1n << 64n)
      say('minAddress', segment.minAddress, 'no-wrap');
    const before = seal.segments[index - 1];
    if (before?.group === segment.group ? segment.place < before.place : groups.has(segment.group))
      say('group', segment.group, 'group-run');
    groups.add(segment.group);
    // So that a group stays aligned wherever its first segment is aligned.
    const first = seal.segments.find((other) => other.group === segment.group) ?? segment;
    const distance = segment.place - first.place;
    if (segment.align > first.align || (distance & (segment.align - 1n)) !== 0n)
      say('align', segment.align, 'group-aligned');
    if (segment.flags.includes('fixed') !== first.flags.includes('fixed'))
      say('flags', segment.flags.join(' '), 'group-fixed');
  }
  for (const index of seal.members.keys())
    reportOverlaps(
      seal.segments.flatMap((segment, at) =>
        segment.member === index
          ? [
              {
                what: `segment ${at}`,
                start: segment.bufOffset,
                end: segment.bufOffset + segment.bufsz,
              },
            ]
          : [],
      ),
      report,
    );
  reportOverlaps(
    seal.segments.map((segment, index) => ({
      what: `segment ${index}`,
      start: segment.place,
      end: segment.place + segment.memsz,
    })),
    report,
  );
}

type LiveKind = 'number' | 'table' | 'text' | 'digest';

const sourceKinds: Readonly<Record<SealedLive['source'], LiveKind>> = {
  crashStart: 'number',
  crashSize: 'number',
  segmentAddress: 'number',
  segmentBufsz: 'number',
  segmentMemsz: 'number',
  acpiRsdp: 'number',
  cpuFeatures: 'number',
  fileHex: 'number',
  fileDecimal: 'number',
  fileBusId: 'number',
  segmentOffset: 'number',
  hotplug: 'number',
  localOverlay: 'table',
  fileBytes: 'table',
  elfcorehdr: 'table',
  e820: 'table',
  memmap: 'text',
  digest: 'digest',
};

const readsFile = new Set<SealedLive['source']>([
  'fileHex',
  'fileDecimal',
  'fileBytes',
  'fileBusId',
]);
/** Numbers with an arg1: a mask, or the least that is taken. */
const bounded = new Set<SealedLive['source']>(['cpuFeatures', 'fileHex']);
/** Tables and words that say nothing by arg0. */
const withoutPlace = new Set<SealedLive['source']>(['elfcorehdr', 'memmap', 'localOverlay']);
const speaksOfSegment = new Set<SealedLive['source']>([
  'segmentAddress',
  'segmentOffset',
  'segmentBufsz',
  'segmentMemsz',
  'hotplug',
  'e820',
  'memmap',
  'digest',
]);

const isNumberForm = (form: SealedLive['form']): boolean => form === 'little' || form === 'big';
const isTextForm = (form: SealedLive['form']): boolean => form === 'textHex' || form === 'textKib';

/** What it writes: a number source in a text form appends words. */
const liveKind = (live: SealedLive): LiveKind =>
  isTextForm(live.form) ? 'text' : sourceKinds[live.source];

/** Numbers first, because tables and words speak of what they filled; digests last, over all of it. */
const turn: Readonly<Record<LiveKind, number>> = {
  number: 0,
  table: 1,
  text: 2,
  digest: 3,
};

function checkLive(seal: Seal, report: Report): void {
  const places: Place[] = [];
  const digested: (Range & { readonly segment: number })[] = [];
  let turnNow = 0;
  for (const [index, live] of seal.live.entries()) {
    const part = `live value ${index}`;
    const say = breaks(report, part);
    const missing = (field: string, at: number): void =>
      report({ kind: 'seal-reference', part, field, index: at, count: seal.segments.length });
    const outside = (field: string, end: bigint, limit: bigint): void => {
      if (end > limit) report({ kind: 'seal-outside', part, field, end, limit });
    };
    const kind = liveKind(live);
    if (turn[kind] < turnNow) say('source', live.source, 'live-order');
    turnNow = Math.max(turnNow, turn[kind]);

    if ((sourceKinds[live.source] === 'number') === (live.form === 'own'))
      say('form', live.form, 'source-form');
    if (isNumberForm(live.form) ? ![1, 2, 4, 8].includes(live.width) : live.width !== 0)
      say('width', live.width, 'number-width');
    else if (isNumberForm(live.form) && live.size !== BigInt(live.width))
      say('size', live.size, 'width-is-size');
    if (live.size === 0n) say('size', live.size, 'at-least-one');
    if (kind === 'digest' && live.size !== 32n) say('size', live.size, 'digest-size');

    if (sourceKinds[live.source] === 'number') {
      if (live.arg0 >= 64n) say('arg0', live.arg0, 'shift-below-64');
      if (live.arg1 !== 0n && !bounded.has(live.source)) say('arg1', live.arg1, 'zero');
    } else {
      if (live.addend !== 0n) say('addend', live.addend, 'zero');
      if (live.arg1 !== 0n && kind !== 'digest') say('arg1', live.arg1, 'zero');
      if (live.arg0 !== 0n && withoutPlace.has(live.source)) say('arg0', live.arg0, 'zero');
    }
    if (readsFile.has(live.source)) {
      if (!isRelativePath(live.text)) say('text', live.text, 'relative-path');
    } else if (live.text !== '') say('text', live.text, 'no-text');
    if (live.words !== '' && !isTextForm(live.form)) say('words', live.words, 'no-text');

    if (!speaksOfSegment.has(live.source)) {
      if (live.about !== 0) say('about', live.about, 'zero');
    } else if (seal.segments[live.about] === undefined) missing('about', live.about);

    const written = seal.segments[live.segment];
    if (written === undefined) {
      missing('segment', live.segment);
      continue;
    }
    outside('its place', live.offset + live.size, written.bufsz);
    const place = (start: bigint, size: bigint): Place => ({
      what: part,
      segment: live.segment,
      start,
      end: start + size,
      shared: kind === 'text',
    });
    places.push(place(live.offset, live.size));
    if (live.source === 'e820') {
      outside('the place of the count', live.arg0 + 1n, written.bufsz);
      places.push(place(live.arg0, 1n));
      if (live.size % e820EntrySize !== 0n) say('size', live.size, 'e820-entries');
      if (live.size > BigInt(sealLimits.e820Entries) * e820EntrySize)
        say('size', live.size, 'within-limit');
    }
    if (live.source === 'localOverlay') {
      if (!seal.flags.includes('localOverlay')) say('source', live.source, 'needs-flag');
      if (written.kind !== 'initramfs') say('segment', live.segment, 'initramfs-segment');
      if (live.offset !== 0n || live.size !== written.bufsz)
        say('size', live.size, 'whole-segment');
    }
    if (live.source === 'hotplug') {
      if (!seal.flags.includes('hotplug')) say('source', live.source, 'needs-flag');
      if (seal.segments[live.about]?.kind !== 'elfcorehdr')
        say('about', live.about, 'elfcorehdr-segment');
    }
    if (live.source === 'elfcorehdr') {
      // One PT_NOTE per CPU, one for vmcoreinfo, one PT_LOAD per range and one for the kernel's text.
      const slots = BigInt(seal.maxCpus) + BigInt(seal.maxRanges) + 2n;
      if (written.kind !== 'elfcorehdr') say('segment', live.segment, 'elfcorehdr-segment');
      if (live.offset !== 0n) say('offset', live.offset, 'zero');
      if (live.size !== written.bufsz || live.size < elfHeaderSize + programHeaderSize * slots)
        say('size', live.size, 'elfcorehdr-slots');
      if (seal.maxCpus === 0) say('maxCpus', seal.maxCpus, 'at-least-one');
      if (seal.maxRanges === 0) say('maxRanges', seal.maxRanges, 'at-least-one');
    }
    if (kind === 'digest') {
      outside('what it digests', live.arg0 + live.arg1, seal.segments[live.about]?.bufsz ?? 0n);
      const hasItself =
        live.segment === live.about &&
        live.offset < live.arg0 + live.arg1 &&
        live.arg0 < live.offset + live.size;
      if (hasItself) say('offset', live.offset, 'digest-holds-itself');
      if (live.arg1 === 0n) say('arg1', live.arg1, 'at-least-one');
      digested.push({
        what: part,
        segment: live.about,
        start: live.arg0,
        end: live.arg0 + live.arg1,
      });
    }
    if (kind === 'digest')
      for (const earlier of digested)
        if (
          earlier.what !== part &&
          earlier.segment === live.segment &&
          earlier.start < live.offset + live.size &&
          live.offset < earlier.end
        )
          say('offset', live.offset, 'digest-before-written');
  }
  for (const index of seal.segments.keys())
    reportOverlaps(
      places.filter((place) => place.segment === index),
      report,
    );
}

type Range = { readonly what: string; readonly start: bigint; readonly end: bigint };
type Place = Range & { readonly segment: number; readonly shared: boolean };

/** Text values may share a place when it is exactly the same one: each appends at the NUL. */
const mayShare = (a: Range & { shared?: boolean }, b: Range & { shared?: boolean }): boolean =>
  a.shared === true && b.shared === true && a.start === b.start && a.end === b.end;

function reportOverlaps(ranges: readonly (Range & { shared?: boolean })[], report: Report): void {
  const sorted = [...ranges].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  let reaching: (Range & { shared?: boolean }) | undefined;
  for (const range of sorted) {
    if (reaching !== undefined && range.start < reaching.end && !mayShare(reaching, range))
      report({
        kind: 'seal-overlap',
        first: reaching.what,
        second: range.what,
        start: range.start,
        end: range.end < reaching.end ? range.end : reaching.end,
      });
    if (reaching === undefined || range.end > reaching.end) reaching = range;
  }
}

/** Below the root and nowhere else. */
export const isRelativePath = (path: string): boolean =>
  path.length <= sealLimits.pathLength &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** As sysfs names a CCW device: channel subsystem 0, subchannel set, device number. */
export const busIdPattern = /^0\.[0-3]\.[0-9a-f]{4}$/;

/** Which of its two strings a match rule has. */
export const matchTakes: Readonly<
  Record<SealedMatch['kind'], { readonly path: boolean; readonly value: boolean }>
> = {
  equals: { path: true, value: true },
  prefix: { path: true, value: true },
  present: { path: true, value: false },
  absent: { path: true, value: false },
  online: { path: false, value: true },
  onlineFrom: { path: true, value: false },
  buildId: { path: true, value: true },
};

function checkMatch(seal: Seal, report: Report): void {
  for (const [index, match] of seal.match.entries()) {
    const say = breaks(report, `match rule ${index}`);
    const { path, value } = matchTakes[match.kind];
    if (path && !isRelativePath(match.path)) say('path', match.path, 'relative-path');
    if (!path && match.path !== '') say('path', match.path, 'no-text');
    if (value && match.value === '') say('value', '', 'some-text');
    if (!value && match.value !== '') say('value', match.value, 'no-text');
    if (match.kind === 'online' && !busIdPattern.test(match.value))
      say('value', match.value, 'bus-id');
  }
}
