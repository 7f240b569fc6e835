/**
 * What can be wrong with a seal: a closed table, in the order in which both verifiers look, record by record.
 * Each verifier has its own code for a rule; the fault has one name and one text in both.
 * The text follows its part: "the seal's segment 3 overlaps another segment".
 * Codes are for C alone; scripts know the names.
 */
import { codeTable } from './code-table.ts';
import { limits } from './limits.ts';
import { purgatoryMaxRegions, purgatoryMaxSteps } from './purgatory-layout.ts';

/** What a fault speaks of; all but the header and purgatory have an index. */
export const sealParts = codeTable({
  header: { code: 0, doc: 'the seal' },
  member: { code: 1, doc: "the seal's member" },
  segment: { code: 2, doc: "the seal's segment" },
  live: { code: 3, doc: "the seal's live value" },
  match: { code: 4, doc: "the seal's match rule" },
  purgatory: { code: 5, doc: 'the sealed purgatory' },
  step: { code: 6, doc: "purgatory's step" },
  region: { code: 7, doc: "purgatory's region" },
  probe: { code: 8, doc: "the seal's probe" },
});
export type SealPart = keyof typeof sealParts;

type Faults = Readonly<Record<string, string>>;
const numbered = <P extends SealPart, const F extends Faults>(part: P, first: number, faults: F) =>
  Object.fromEntries(
    Object.entries(faults).map(([name, doc], index) => [name, { code: first + index, doc, part }]),
  ) as {
    readonly [name in keyof F]: { readonly code: number; readonly doc: string; readonly part: P };
  };

const {
  sealMembersMax,
  sealSegmentsMax,
  sealLiveMax,
  sealMatchMax,
  sealPathMax,
  sealE820Max,
  sealTargetsMax,
  sealProbesMax,
} = limits;
const path = `has a path where its kind takes none, or none where it takes one, or one that is not a path below the root: without a leading slash, an empty name, "." or "..", of at most ${sealPathMax.value} bytes`;

export const sealFaults = codeTable({
  ...numbered('header', 0x100, {
    short: 'is shorter than its header',
    'too-large': `is larger than ${limits.sealBytesMax.value} bytes`,
    magic: 'does not begin with CRSHSEAL',
    version: 'has a format version that is not known',
    size: 'does not have the size that it states',
    'header-reserved': 'has reserved bytes in its header that are not zero',
    'count-of-members': `has no members, or more than ${sealMembersMax.value}`,
    'count-of-segments': `has no segments, or more than ${sealSegmentsMax.value}`,
    'count-of-live-values': `has more than ${sealLiveMax.value} live values`,
    'count-of-match-rules': `has more than ${sealMatchMax.value} match rules`,
    'count-of-targets': `has more than ${sealTargetsMax.value} dump targets`,
    'count-of-probes': `has more than ${sealProbesMax.value} probes`,
    'tables-size': 'has tables that do not add up to its size',
    'byte-order': 'has a byte order that is neither little nor big',
    backend: 'has a backend that is not known',
    flags: 'has a flag that is not known',
    'profile-name': 'has a profile without a name',
    'date-order': 'ends before it begins',
    'date-range': 'has a date after the year 9999',
    slots: 'asks for more slots in the ELF core header than e_phnum counts (65535)',
    'header-text':
      'has a text in its header that is outside of the strings, or not printable ASCII',
    'entry-point': 'has an entry point outside of the bytes of a segment',
  }),
  ...numbered('member', 0x120, {
    'member-misnamed':
      'has a name that is not made of lower-case letters, digits, ".", "_" and "-", or begins with one of the last three',
    'member-reserved': 'has reserved bytes that are not zero',
    'member-twice': 'has the name of another member',
  }),
  ...numbered('segment', 0x130, {
    'segment-misnamed':
      'has a name that is not made of lower-case letters, digits, ".", "_" and "-", or begins with one of the last three',
    'segment-flags': 'has a flag that is not known',
    'segment-kind': 'has a kind that is not known',
    'segment-member': 'names a member that is not there',
    'segment-bytes': 'has no bytes, or bytes outside of its member',
    'segment-memory': 'occupies less than it loads, or not whole pages of 4096 bytes',
    'segment-align': 'has an alignment that is not a power of two, or less than 4096',
    'segment-place': 'has a place that is not on a page inside the planned crash region',
    'segment-wraps': 'has a lowest address without room for it below the end of addresses',
    'segment-twice': 'has the name of another segment',
    'segments-overlap': 'overlaps another segment',
    'segments-share': 'shares bytes of a member with another segment',
    'group-torn': 'is not next to the other segments of its group',
    'group-order': 'is placed before an earlier segment of its group',
    'group-flags': 'is fixed and another segment of its group is not, or the other way round',
    'group-align': 'does not stay aligned when its group moves',
  }),
  ...numbered('live', 0x150, {
    'live-reserved': 'has reserved bytes that are not zero',
    'live-source': 'has a source that is not known',
    'live-segment': 'is written to a segment that is not there',
    'live-about':
      'refers to a segment that does not exist, or to one although its source takes none',
    'live-arg1': 'has an arg1, which its source does not take',
    'live-place': 'has no place, or one outside of its segment',
    'live-path': path,
    'live-words': 'has words that are not printable ASCII, or words where its form takes none',
    'live-form': 'has a form that its source does not have',
    'live-addend': 'has an addend, which its source does not take',
    'live-width':
      'is a number of a width that is not 1, 2, 4 or 8 and its size, or has a needless width',
    'live-shift': 'is a number that is shifted by more than 63 bits',
    'live-arg0': 'has an arg0, which its source does not take',
    'hotplug-flag': 'is for hot-plug in a seal without that flag',
    'hotplug-about': 'is for hot-plug, but refers to a segment that is not the ELF core header',
    'overlay-flag': 'is a local overlay in a seal without that flag',
    'overlay-place': 'is a local overlay, but not over all of an initramfs segment',
    'header-place': 'fills the ELF core header, but not over all of a segment of that kind',
    'header-slots':
      'fills an ELF core header that is too small for the slots of max_cpus and max_ranges, or has none',
    'map-entries': `is a memory map that is not of whole entries, or of more than ${sealE820Max.value}`,
    'map-count':
      'is a memory map with its count outside of the segment or in the map, an EFI memory map without whole boot parameters or with a size of other than 8 bytes, or a list of segments without room for them all',
    'tree-place':
      'is a device tree, but not at the start of a segment of that kind, or not at and of a multiple of 8 bytes, or too large',
    'tree-additions':
      'has additions to a device tree that begin before its end or not at a multiple of 8, are too large, or lie outside of the segment',
    'digest-bytes': 'is a digest that does not have 32 bytes, or is not over bytes of a segment',
    'digest-of-itself': 'is a digest that lies in what it digests',
    'live-order':
      'comes after one of a later turn: the order is numbers, tables, texts, trees, digests',
    'digest-too-early': 'is written to bytes of which an earlier live value takes the digest',
    'lives-overlap': 'overlaps another live value',
  }),
  ...numbered('match', 0x180, {
    'match-reserved': 'has reserved bytes that are not zero',
    'match-kind': 'has a kind that is not known',
    'match-path': path,
    'match-value':
      'has a value that is not printable ASCII, or none where its kind takes one, or one where it takes none',
    'match-bus-id':
      'has a value that is not a CCW bus id: 0.S.DDDD in lower-case hex, with S from 0 to 3',
  }),
  ...numbered('probe', 0x190, {
    'probe-kind': 'has a kind that is not known',
    'probe-target': 'is about a dump target that is not there',
    'probe-name': 'names its device or interface in a way that its kind does not have',
    'probe-flags': 'has a flag that is not known',
    'probe-value': 'has no name, or a name or type that is not printable ASCII',
    'probe-device': 'is of a network interface, and has what only a device has',
  }),
  // What purgatory was told, read once the members are those of the seal.
  ...numbered('purgatory', 0x1a0, {
    'purgatory-entered': 'is not the segment that is entered',
    'purgatory-page':
      'has no whole first page, or one with reserved bytes that are not zero or a text without an end',
    'purgatory-magic': 'does not begin with CSPURGAT',
    'purgatory-version': 'has a version that is not known',
    'purgatory-machine': 'is for another machine than the seal',
    'purgatory-sizes': 'states sizes or an entry point that are not those of its segment',
    'purgatory-step-count': `has more than ${purgatoryMaxSteps} steps`,
    'purgatory-region-count': `checks nothing, or more than ${purgatoryMaxRegions} regions`,
    'purgatory-static-digest': 'has a first page whose static part differs from its digest',
    'purgatory-console': 'has a console that is not known',
    'purgatory-live-digest': 'does not get the digest of the live part of its first page',
    'purgatory-kernel-entry': "does not get the address of the capture kernel's entry",
    'purgatory-code':
      'does not have its code and constants as first region, with a digest of the build machine',
  }),
  ...numbered('step', 0x1b0, {
    'step-unknown': 'has a kind or a flag that is not known',
    'step-region': 'names a region that is not one of the policy',
    'step-testing': 'may do what is for testing, and the seal is not for testing',
  }),
  ...numbered('region', 0x1b8, {
    'region-reserved': 'has reserved bytes that are not zero, or a name without an end',
    'region-flags': 'has a flag that is not known, or that only the loader may set',
    'region-address': 'does not get the address of a segment',
    'region-outside': 'has no bytes, or bytes outside of its segment',
    'region-policy': 'is for the policy, and outside of purgatory',
    'region-not-taken': 'is live, and the loader does not take the digest of just its bytes',
    'region-digest': 'has a digest that is not that of the sealed bytes',
    'region-written': 'has a digest of the build machine, and a live value is written into it',
  }),
  ...numbered('live', 0x1c8, {
    'live-in-page': "is written to a place of purgatory's first page that does not take it",
  }),
  ...numbered('segment', 0x1cc, {
    'segment-uncovered':
      'has bytes that no region of purgatory covers: they would not be checked after the panic',
  }),
  ...numbered('live', 0x1d0, {
    'tree-form': 'has additions that are not a device tree of the form that additions have',
  }),
});
export type SealFault = keyof typeof sealFaults;
