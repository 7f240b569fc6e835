/**
 * The seal (`seal.bin`): the compiled plan that the loader reads, and the only thing that is signed.
 * One file: header, then the tables in the order of the counts in the header, then the strings.
 * Everything is little-endian, on every architecture. docs/format.md is generated from here.
 */
import { codeTable } from './code-table.ts';
import { bytes, type LayoutValue, layout, text, u8, u16, u32, u64 } from './layout.ts';

export const sealMagic = new TextEncoder().encode('CRSHSEAL');
export const sealVersion = 2;

/** A string is `length` bytes at `offset` of the string table; it has no terminator. */
export const sealHeader = layout('seal_header', 0xc0, 'Start of seal.bin', {
  magic: bytes(0x00, 8, '"CRSHSEAL"'),
  version: u32(0x08, 'format version, 2; a loader refuses any other'),
  size: u32(0x0c, 'bytes of seal.bin, all of them'),
  machine: u16(0x10, 'e_machine of the target (ELF)'),
  byteOrder: u8(0x12, 'EI_DATA of the target (ELF): 1 little, 2 big'),
  backend: u8(0x13, 'how to load: table "backends"'),
  flags: u32(0x14, 'table "seal flags"'),
  memberCount: u16(0x18, 'entries of seal_member'),
  segmentCount: u16(0x1a, 'entries of seal_segment; at most 16 (KEXEC_SEGMENT_MAX)'),
  liveCount: u16(0x1c, 'entries of seal_live'),
  matchCount: u16(0x1e, 'entries of seal_match'),
  stringsSize: u32(0x20, 'bytes of the string table'),
  entrySegment: u32(0x24, 'index of the segment that is entered'),
  entryOffset: u64(0x28, 'where in that segment'),
  epoch: u64(0x30, "must not be below the machine's floor"),
  notBefore: u64(0x38, 'seconds since 1970, the build date; 0 = not stated'),
  notAfter: u64(0x40, 'seconds since 1970; 0 = no end'),
  crashSize: u64(0x48, 'bytes the crash region must have at least'),
  maxCpus: u32(0x50, 'CPU slots in the ELF core header template'),
  maxRanges: u32(0x54, 'memory range slots in the ELF core header template'),
  profileOffset: u32(0x58, 'name of the profile: offset in the strings'),
  profileLength: u32(0x5c, 'and length'),
  releaseOffset: u32(0x60, 'release of the capture kernel (uname -r): offset in the strings'),
  releaseLength: u32(0x64, 'and length; 0 = not known'),
  commandLineOffset: u32(
    0x68,
    'command line of the capture kernel before live words: offset in the strings',
  ),
  commandLineLength: u32(0x6c, 'and length'),
  buildId: bytes(0x70, 20, 'GNU build id of the capture kernel; zeros = not known'),
  markerName: bytes(
    0x84,
    16,
    'what the record on the dump target calls the bundle (`bundle=`); zeros = a finished initramfs, which writes none',
  ),
  targetCount: u16(0x94, 'dump targets of the profile, in order of preference; 0 = not stated'),
  probeCount: u16(0x96, 'entries of seal_probe'),
});

export const sealMember = layout(
  'seal_member',
  0x70,
  'A member of the bundle, in archive order, after seal.bin and seal.p7s',
  {
    name: text(0x00, 32, 'member name'),
    size: u64(0x20, 'bytes'),
    digest: bytes(0x28, 32, 'SHA-256 of its bytes'),
    partsDigest: bytes(0x48, 32, 'their digest by parts; this is what a loader checks'),
  },
);

export const sealSegment = layout(
  'seal_segment',
  0x50,
  'What kexec_load(2) takes, before it has an address',
  {
    name: text(0x00, 24, 'for messages'),
    kind: u16(0x18, 'table "segment kinds"'),
    group: u16(0x1a, 'segments of one group are consecutive in the table and keep their distances'),
    member: u16(0x1c, 'index of the member that holds its bytes'),
    flags: u16(0x1e, 'table "segment flags"'),
    bufOffset: u64(0x20, 'where its bytes start in the member'),
    bufsz: u64(0x28, 'bytes to load'),
    memsz: u64(0x30, 'bytes to occupy; a multiple of 4096'),
    align: u64(0x38, 'alignment of the address; a power of two, at least 4096'),
    place: u64(0x40, 'planned place, from the start of the crash region'),
    minAddress: u64(0x48, 'lowest physical address it may get'),
  },
);

export const sealLive = layout(
  'seal_live',
  0x48,
  'A live value: what to read on the running machine, and where it goes',
  {
    source: u16(0x00, 'table "live sources"'),
    form: u8(0x02, 'table "live forms"'),
    width: u8(0x03, 'bytes of a number: 1, 2, 4 or 8; 0 for everything else'),
    segment: u16(0x04, 'index of the segment it is written to'),
    about: u16(0x06, 'index of the segment that it refers to; 0 if it refers to none'),
    offset: u64(0x08, 'place in that segment (within bufsz)'),
    size: u64(0x10, 'bytes of the place; for text the buffer that words are appended to'),
    addend: u64(0x18, 'added to a number, modulo 2^64'),
    arg0: u64(
      0x20,
      'for a number: right shift in bits, done after the addend, then the low `width` bytes are taken; else as the source says',
    ),
    arg1: u64(0x28, 'as the source says'),
    textOffset: u32(0x30, 'path below the root, or words before the number: offset in the strings'),
    textLength: u32(0x34, 'and length'),
    wordsOffset: u32(0x38, 'words appended before a number in a text form: offset in the strings'),
    wordsLength: u32(0x3c, 'and length'),
  },
);

export const sealMatch = layout(
  'seal_match',
  0x18,
  'A condition that the machine must meet; otherwise the bundle is refused',
  {
    kind: u32(0x00, 'table "match kinds"'),
    pathOffset: u32(
      0x04,
      'file below the root that the rule reads, none for `online`: offset in the strings',
    ),
    pathLength: u32(0x08, 'and length'),
    valueOffset: u32(0x0c, 'value, where the rule has one: offset in the strings'),
    valueLength: u32(0x10, 'and length'),
  },
);

export type SealLive = LayoutValue<typeof sealLive>;

export const backends = codeTable({
  segments: { code: 1, doc: 'kexec_load(2) only' },
  file: { code: 2, doc: 'kexec_file_load(2) only' },
  auto: { code: 3, doc: 'segments; file where the kernel forbids segments, and said so' },
});

/** What a bundle loses that is loaded by kexec_file_load(2). The one list: the loader, `plan`, `inspect`, manifest and docs show it. */
export const fileLosses = codeTable({
  sealedDigests: {
    code: 1,
    doc: "after the panic the kernel's own purgatory checks, against a digest that the kernel took when it loaded, not against those that were signed",
  },
  corruptionPolicy: {
    code: 2,
    doc: 'a wrong digest after the panic ends in a silent endless loop: `onCorruption` is not followed',
  },
  elfCoreHeader: {
    code: 3,
    doc: 'the kernel makes the ELF core header: nobody has checked what it covers, and since Linux 6.6 its own digest leaves it out',
  },
  placement: {
    code: 4,
    doc: "addresses, memory map and the command line's last words are the kernel's choice, not what was planned",
  },
});

/** Why kexec_file_load(2) loads a bundle that leaves the choice to the machine. */
export const fileReasons = codeTable({
  lockedDown: { code: 1, doc: 'the kernel is locked down' },
  policy: { code: 2, doc: 'a policy of the kernel forbids kexec_load (EACCES)' },
  forbidden: { code: 3, doc: 'the kernel forbids kexec_load (EPERM)' },
});

export const sealFlags = codeTable({
  localOverlay: { code: 1, doc: 'a local overlay may be added to the initramfs' },
  limitLoads: { code: 2, doc: 'set kernel.kexec_load_limit_panic to 0 once armed' },
  needsFourLevelPaging: {
    code: 4,
    doc: 'x86_64: the capture kernel has no 5-level code; refuse where CR4.LA57 is on',
  },
  testing: { code: 8, doc: 'right in an emulator only: never for production' },
  hotplug: {
    code: 16,
    doc: 'a kernel with crash hotplug may rewrite the ELF core header, which is then not checked after the panic',
  },
  elf32Header: {
    code: 32,
    doc: 'i386: the ELF core header is one of 32 bits; refuse where memory ends above 4 GiB',
  },
});

export const segmentFlags = codeTable({
  fixed: {
    code: 1,
    doc: 'goes exactly to the start of the crash region plus `place`, or nowhere; the same for all of a group',
  },
});

export const segmentKinds = codeTable({
  kernel: { code: 1, doc: 'capture kernel' },
  initramfs: { code: 2, doc: 'initramfs, or a part of one' },
  bootParams: {
    code: 3,
    doc: 'boot parameters with the command line: boot_params (x86), ia64_boot_param (ia64)',
  },
  elfcorehdr: { code: 4, doc: 'ELF core header' },
  purgatory: { code: 5, doc: 'purgatory' },
  deviceTree: { code: 6, doc: 'flattened device tree' },
  backup: {
    code: 7,
    doc: "room for a copy that purgatory makes of memory which the capture kernel overwrites; the ELF core header's entry of that memory points here",
  },
  efiMemmap: { code: 8, doc: 'EFI memory map (ia64)' },
});

/**
 * What a live value writes, which is also when: a table may speak of numbers, a text of tables, a tree of these, a digest of all.
 * A number whose form is a text takes the turn of a text.
 */
export const liveKinds = codeTable({
  number: { code: 0, doc: 'a number of `width` bytes, or as words of a text' },
  table: { code: 1, doc: 'bytes in a form of the source' },
  text: { code: 2, doc: 'words that are appended' },
  tree: { code: 3, doc: 'a device tree, made from what was filled in before' },
  digest: { code: 4, doc: 'a SHA-256 digest' },
});
export type LiveKind = keyof typeof liveKinds;

/** Fields that only some sources take; the others have zero there, or an empty text. A number's arg0 is its shift. */
export const liveFields = codeTable({
  path: { code: 1, doc: '`text` is a path below the root' },
  about: { code: 2, doc: '`about` is the index of a segment' },
  arg0: { code: 4, doc: '`arg0` is used' },
  arg1: { code: 8, doc: '`arg1` is used' },
});

/** With what each source writes and takes: both verifiers read it here. */
const liveSource = (
  code: number,
  kind: LiveKind,
  takes: readonly (keyof typeof liveFields)[],
  doc: string,
) => ({ code, kind, takes, doc });

export const liveSources = codeTable({
  crashStart: liveSource(1, 'number', [], 'start of the (main) crash region'),
  crashSize: liveSource(2, 'number', [], 'its size'),
  segmentAddress: liveSource(3, 'number', ['about'], 'address of segment `about`'),
  segmentBufsz: liveSource(4, 'number', ['about'], 'bytes loaded for segment `about`'),
  segmentMemsz: liveSource(5, 'number', ['about'], 'bytes occupied by segment `about`'),
  acpiRsdp: liveSource(
    6,
    'number',
    [],
    'physical address of the ACPI RSDP; 0 if the machine has none',
  ),
  cpuFeatures: liveSource(
    7,
    'number',
    ['arg1'],
    'bits of table "CPU features" that this machine has, masked with arg1',
  ),
  fileHex: liveSource(
    8,
    'number',
    ['path', 'arg1'],
    'the hex number in file `text`; one below arg1 is refused (1: zero stands for "not configured")',
  ),
  fileDecimal: liveSource(9, 'number', ['path'], 'the decimal number in file `text`'),
  fileBytes: liveSource(10, 'table', ['path', 'arg0'], '`size` bytes at arg0 of file `text`'),
  fileBusId: liveSource(
    11,
    'number',
    ['path'],
    'the CCW bus id in file `text`, "0.S.DDDD" in lower-case hex, as S << 16 | DDDD; S is 0 to 3',
  ),
  segmentOffset: liveSource(
    12,
    'number',
    ['about'],
    'address of segment `about` minus the start of the crash region (s390x: where it is once the capture kernel has swapped memory)',
  ),
  hotplug: liveSource(
    13,
    'number',
    ['about'],
    '1 where the kernel will rewrite segment `about` (the ELF core header) on hot-plug, else 0; refused where it asks for more room than the segment occupies',
  ),
  fileBootRecord: liveSource(
    14,
    'number',
    ['path'],
    'the place of a boot record in file `text`, "auto" or "0xC,0xH,0xR", as cylinder << 16 | head << 8 | record; auto is 0',
  ),
  fileText: liveSource(
    15,
    'table',
    ['path'],
    'lines of printable ASCII in file `text`, without blanks around them all, NUL and zeros after them; refused where there are none or more than `size` - 1 bytes of them',
  ),
  elfcorehdr: liveSource(
    16,
    'table',
    [],
    'PT_NOTE and PT_LOAD entries and e_phnum, over the whole template',
  ),
  e820: liveSource(
    17,
    'table',
    ['about', 'arg0'],
    'x86 memory map: 20-byte entries at `offset`, their number as one byte at arg0; segment `about` (the ELF core header) is cut out of RAM',
  ),
  memmap: liveSource(
    18,
    'text',
    ['about'],
    'x86 `memmap=` words: exactmap and every range of what e820 would hold; segment `about` is cut out',
  ),
  localOverlay: liveSource(
    19,
    'table',
    [],
    'the local overlay, over the whole segment, zeros after it; all zeros without one',
  ),
  crashLowStart: liveSource(
    20,
    'number',
    [],
    'start of the second crash region, which the kernel reserved below the main one; 0 if there is none',
  ),
  crashLowSize: liveSource(21, 'number', [], 'its size; 0 if there is none'),
  deviceTree: liveSource(
    22,
    'tree',
    ['arg0', 'arg1'],
    "the running kernel's device tree with the additions, which are arg1 bytes at arg0 of the same segment; zeros after it",
  ),
  efiMemmap: liveSource(
    23,
    'table',
    ['path', 'about', 'arg0'],
    'the EFI memory map in file `text` as the capture kernel is to have it (ia64): loader data given back as memory, each segment cut out as loader data of its own, sorted; the ia64_boot_param at arg0 of segment `about`, as filled so far, says how large a descriptor is; zeros after it',
  ),
  efiMemmapSize: liveSource(
    24,
    'table',
    ['path', 'about', 'arg0'],
    'the bytes of that map, as 8 bytes, little-endian',
  ),
  loadedSegments: liveSource(
    25,
    'table',
    [],
    'start and end of every segment, sorted, each as 8 bytes, little-endian; zeros after them (ia64)',
  ),
  crashEnd: liveSource(26, 'number', [], 'end of the (main) crash region (ia64)'),
  firmware: liveSource(
    28,
    'table',
    [],
    "purgatory_firmware: the machine's firmware, from its device tree (ppc64le)",
  ),
  digest: liveSource(
    32,
    'digest',
    ['about', 'arg0', 'arg1'],
    'digest by parts of arg1 bytes at arg0 of segment `about`, as filled so far',
  ),
});

export const liveForms = codeTable({
  little: { code: 1, doc: 'a number of `width` bytes, little-endian' },
  big: { code: 2, doc: 'a number of `width` bytes, big-endian' },
  textHex: {
    code: 3,
    doc: '`words`, then the number as lower-case hex without prefix, appended to the NUL-ended text in the place',
  },
  textKib: {
    code: 4,
    doc: '`words`, then the number in KiB, decimal, and "K"; must be a multiple of 1024',
  },
  own: { code: 5, doc: 'the source has its own form (tables, bytes, digests)' },
});

/** Which of its two texts a rule has. */
export const matchFields = codeTable({
  path: { code: 1, doc: 'a path below the root' },
  value: { code: 2, doc: 'a value' },
});
const matchKind = (code: number, takes: readonly (keyof typeof matchFields)[], doc: string) => ({
  code,
  takes,
  doc,
});

export const matchKinds = codeTable({
  equals: matchKind(1, ['path', 'value'], 'first line of the file, trimmed, equals the value'),
  prefix: matchKind(2, ['path', 'value'], 'first line of the file, trimmed, starts with the value'),
  present: matchKind(3, ['path'], 'the file exists'),
  absent: matchKind(4, ['path'], 'the file does not exist'),
  online: matchKind(
    5,
    ['value'],
    'the CCW device with bus id `value` is online: sys/bus/ccw/devices/VALUE/online says 1',
  ),
  onlineFrom: matchKind(6, ['path'], 'the same for the CCW device whose bus id the file holds'),
  buildId: matchKind(
    7,
    ['path', 'value'],
    'the file holds ELF notes in the byte order of the target, and the GNU build id among them is the value, in lower-case hex',
  ),
  inOverlay: matchKind(
    8,
    ['path'],
    'the local overlay, a cpio archive without compression, brings the file',
  ),
});
