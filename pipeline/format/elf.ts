/**
 * ELF as the System V gABI has it: 32 and 64 bit, both byte orders, read only as far as a capture
 * needs it. Any bytes give a value or a fault; every offset is bounded before it is followed.
 */
import { type ByteOrder, bytes, decode, type Layout, layout, u8, u16, u32, u64 } from './layout.ts';

export const elfMagic = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46);

/** The bytes of a header that have the same place in both classes. */
const identFields = {
  magic: bytes(0x00, 4, '7f "ELF"'),
  class: u8(0x04, '1: 32 bit, 2: 64 bit'),
  data: u8(0x05, '1: little-endian, 2: big-endian'),
  identVersion: u8(0x06, 'always 1'),
  osabi: u8(0x07, 'operating system, 0 for System V'),
  abiVersion: u8(0x08, 'version of the ABI'),
  pad: bytes(0x09, 7, 'unused'),
  type: u16(0x10, 'ET_*'),
  machine: u16(0x12, 'EM_*'),
  version: u32(0x14, 'always 1'),
};

export const elf64Header = layout('elf64_header', 0x40, 'ELF header, 64 bit', {
  ...identFields,
  entry: u64(0x18, 'virtual address of the entry'),
  phoff: u64(0x20, 'offset of the program headers'),
  shoff: u64(0x28, 'offset of the section headers'),
  flags: u32(0x30, 'of the processor'),
  ehsize: u16(0x34, 'size of this header'),
  phentsize: u16(0x36, 'size of a program header'),
  phnum: u16(0x38, 'number of program headers'),
  shentsize: u16(0x3a, 'size of a section header'),
  shnum: u16(0x3c, 'number of section headers'),
  shstrndx: u16(0x3e, 'section that holds the section names'),
});

export const elf64ProgramHeader = layout('elf64_program_header', 0x38, 'program header, 64 bit', {
  type: u32(0x00, 'PT_*'),
  flags: u32(0x04, 'PF_*'),
  offset: u64(0x08, 'offset in the file'),
  vaddr: u64(0x10, 'virtual address'),
  paddr: u64(0x18, 'physical address'),
  filesz: u64(0x20, 'bytes in the file'),
  memsz: u64(0x28, 'bytes in memory'),
  align: u64(0x30, 'alignment'),
});

export const elf64SectionHeader = layout('elf64_section_header', 0x40, 'section header, 64 bit', {
  name: u32(0x00, 'offset of the name'),
  type: u32(0x04, 'SHT_*'),
  flags: u64(0x08, 'SHF_*'),
  addr: u64(0x10, 'virtual address'),
  offset: u64(0x18, 'offset in the file'),
  size: u64(0x20, 'bytes'),
  link: u32(0x28, 'section it refers to'),
  info: u32(0x2c, 'by type'),
  addralign: u64(0x30, 'alignment'),
  entsize: u64(0x38, 'size of an entry'),
});

export const elf32Header = layout('elf32_header', 0x34, 'ELF header, 32 bit', {
  ...identFields,
  entry: u32(0x18, 'virtual address of the entry'),
  phoff: u32(0x1c, 'offset of the program headers'),
  shoff: u32(0x20, 'offset of the section headers'),
  flags: u32(0x24, 'of the processor'),
  ehsize: u16(0x28, 'size of this header'),
  phentsize: u16(0x2a, 'size of a program header'),
  phnum: u16(0x2c, 'number of program headers'),
  shentsize: u16(0x2e, 'size of a section header'),
  shnum: u16(0x30, 'number of section headers'),
  shstrndx: u16(0x32, 'section that holds the section names'),
});

export const elf32ProgramHeader = layout('elf32_program_header', 0x20, 'program header, 32 bit', {
  type: u32(0x00, 'PT_*'),
  offset: u32(0x04, 'offset in the file'),
  vaddr: u32(0x08, 'virtual address'),
  paddr: u32(0x0c, 'physical address'),
  filesz: u32(0x10, 'bytes in the file'),
  memsz: u32(0x14, 'bytes in memory'),
  flags: u32(0x18, 'PF_*'),
  align: u32(0x1c, 'alignment'),
});

export const elf32SectionHeader = layout('elf32_section_header', 0x28, 'section header, 32 bit', {
  name: u32(0x00, 'offset of the name'),
  type: u32(0x04, 'SHT_*'),
  flags: u32(0x08, 'SHF_*'),
  addr: u32(0x0c, 'virtual address'),
  offset: u32(0x10, 'offset in the file'),
  size: u32(0x14, 'bytes'),
  link: u32(0x18, 'section it refers to'),
  info: u32(0x1c, 'by type'),
  addralign: u32(0x20, 'alignment'),
  entsize: u32(0x24, 'size of an entry'),
});

export const elfType = { none: 0, rel: 1, exec: 2, dyn: 3, core: 4 } as const;

export const segmentType = {
  null: 0,
  load: 1,
  dynamic: 2,
  interp: 3,
  note: 4,
  gnuStack: 0x6474e551,
} as const;

/** EM_* by name, for what we meet. The gABI's registry. */
export const elfMachine = {
  i386: 3,
  ppc64: 21,
  s390: 22,
  arm: 40,
  sparcv9: 43,
  ia64: 50,
  x86_64: 62,
  aarch64: 183,
  riscv: 243,
} as const;

export const machineName = (machine: number): string =>
  Object.entries(elfMachine).find(([, number]) => number === machine)?.[0] ?? `machine ${machine}`;

export type ElfSegment = {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly filesz: bigint;
  readonly memsz: bigint;
  readonly align: bigint;
};

export type ElfSection = {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly addr: bigint;
  readonly offset: bigint;
  readonly size: bigint;
  readonly link: number;
  readonly info: number;
  readonly align: bigint;
};

export type Elf = {
  /** The whole file; what the other functions here read from. */
  readonly bytes: Uint8Array;
  readonly bits: 32 | 64;
  readonly order: ByteOrder;
  readonly type: number;
  readonly machine: number;
  readonly entry: bigint;
  readonly flags: number;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
};

/** Why bytes are not an ELF file. `outside` names the part that does not lie within the file. */
export type ElfFault =
  | { readonly fault: 'not-elf' }
  | { readonly fault: 'unknown-class'; readonly value: number }
  | { readonly fault: 'unknown-byte-order'; readonly value: number }
  | { readonly fault: 'entry-size'; readonly what: string; readonly size: number }
  | {
      readonly fault: 'outside';
      readonly what: string;
      readonly need: bigint;
      readonly have: number;
    };

export type ElfRead<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: ElfFault };

const refuse = (why: ElfFault): { readonly ok: false; readonly why: ElfFault } => ({
  ok: false,
  why,
});

/** An extended count stands in section header 0 when the header's own 16 bits do not suffice. */
const PN_XNUM = 0xffff;
const SHN_XINDEX = 0xffff;
const SHT_NOBITS = 8;
const SHT_NOTE = 7;

const looksLikeElf = (source: Uint8Array): boolean =>
  source.length >= elfMagic.length && elfMagic.every((byte, at) => source[at] === byte);

/** A table of `count` entries, each of them within the file. */
function readTable<T>(
  source: Uint8Array,
  declared: Layout,
  at: bigint,
  count: number,
  order: ByteOrder,
  what: string,
  entry: (number: (field: string) => bigint) => T,
): ElfRead<readonly T[]> {
  const end = at + BigInt(count) * BigInt(declared.size);
  if (end > BigInt(source.length))
    return refuse({ fault: 'outside', what, need: end, have: source.length });
  const entries: T[] = [];
  for (let i = 0; i < count; i++) {
    const read = decode(declared, source, Number(at) + i * declared.size, order);
    // Every byte of these layouts is covered, so that only a short file can fail, and it is not short.
    if (!read.ok) throw new Error(`${declared.name} does not decode: ${read.why.fault}`);
    entries.push(
      entry((field) => {
        const value = read.value[field];
        if (typeof value !== 'number' && typeof value !== 'bigint')
          throw new Error(`${declared.name}.${field} is no number`);
        return BigInt(value);
      }),
    );
  }
  return { ok: true, value: entries };
}

type RawSection = Omit<ElfSection, 'name'> & { readonly nameOffset: number };

/** Text from `at` to the next NUL, not past `end`; undefined where there is none. */
function textAt(source: Uint8Array, at: number, end: number): string | undefined {
  if (at < 0 || at >= end || end > source.length) return undefined;
  const stop = source.subarray(at, end).indexOf(0);
  return stop < 0
    ? undefined
    : Buffer.from(source.buffer, source.byteOffset + at, stop).toString('latin1');
}

/** What a file is made for, from the first bytes alone. */
export type ElfKind = {
  readonly bits: 32 | 64;
  readonly order: ByteOrder;
  readonly machine: number;
};

export function elfKind(source: Uint8Array): ElfRead<ElfKind> {
  if (!looksLikeElf(source)) return refuse({ fault: 'not-elf' });
  if (source.length < 0x14)
    return refuse({ fault: 'outside', what: 'ELF header', need: 0x14n, have: source.length });
  const elfClass = source[4] ?? 0;
  const data = source[5] ?? 0;
  if (elfClass !== 1 && elfClass !== 2) return refuse({ fault: 'unknown-class', value: elfClass });
  if (data !== 1 && data !== 2) return refuse({ fault: 'unknown-byte-order', value: data });
  const order: ByteOrder = data === 1 ? 'little' : 'big';
  const machine = new DataView(source.buffer, source.byteOffset).getUint16(0x12, data === 1);
  return { ok: true, value: { bits: elfClass === 1 ? 32 : 64, order, machine } };
}

/** Header, program headers and section headers. */
export function readElf(source: Uint8Array): ElfRead<Elf> {
  const kind = elfKind(source);
  if (!kind.ok) return kind;
  const { bits, order } = kind.value;
  const headerRead =
    bits === 64 ? decode(elf64Header, source, 0, order) : decode(elf32Header, source, 0, order);
  if (!headerRead.ok) {
    const need = BigInt(bits === 64 ? elf64Header.size : elf32Header.size);
    return refuse({ fault: 'outside', what: 'ELF header', need, have: source.length });
  }
  const header = headerRead.value;
  const programLayout: Layout = bits === 64 ? elf64ProgramHeader : elf32ProgramHeader;
  const sectionLayout: Layout = bits === 64 ? elf64SectionHeader : elf32SectionHeader;
  const phoff = BigInt(header.phoff);
  const shoff = BigInt(header.shoff);
  if (phoff !== 0n && header.phnum !== 0 && header.phentsize !== programLayout.size)
    return refuse({ fault: 'entry-size', what: 'program header', size: header.phentsize });
  if (shoff !== 0n && header.shentsize !== sectionLayout.size)
    return refuse({ fault: 'entry-size', what: 'section header', size: header.shentsize });

  const section = (number: (field: string) => bigint): RawSection => ({
    nameOffset: Number(number('name')),
    type: Number(number('type')),
    flags: number('flags'),
    addr: number('addr'),
    offset: number('offset'),
    size: number('size'),
    link: Number(number('link')),
    info: Number(number('info')),
    align: number('addralign'),
  });
  let phnum = header.phnum;
  let shnum = header.shnum;
  let shstrndx = header.shstrndx;
  if (shoff !== 0n && (shnum === 0 || phnum === PN_XNUM || shstrndx === SHN_XINDEX)) {
    const first = readTable(source, sectionLayout, shoff, 1, order, 'section headers', section);
    if (!first.ok) return first;
    const zero = first.value[0];
    if (zero !== undefined) {
      if (shnum === 0) {
        // Bounded here, because the count is 64 bits wide and readTable's is a number.
        if (zero.size > BigInt(source.length))
          return refuse({
            fault: 'outside',
            what: 'section headers',
            need: zero.size * BigInt(sectionLayout.size),
            have: source.length,
          });
        shnum = Number(zero.size);
      }
      if (phnum === PN_XNUM) phnum = zero.info;
      if (shstrndx === SHN_XINDEX) shstrndx = zero.link;
    }
  }

  const segments = readTable(
    source,
    programLayout,
    phoff,
    phoff === 0n ? 0 : phnum,
    order,
    'program headers',
    (number): ElfSegment => ({
      type: Number(number('type')),
      flags: Number(number('flags')),
      offset: number('offset'),
      vaddr: number('vaddr'),
      paddr: number('paddr'),
      filesz: number('filesz'),
      memsz: number('memsz'),
      align: number('align'),
    }),
  );
  if (!segments.ok) return segments;
  const raw = readTable(
    source,
    sectionLayout,
    shoff,
    shoff === 0n ? 0 : shnum,
    order,
    'section headers',
    section,
  );
  if (!raw.ok) return raw;
  const names = raw.value[shstrndx];
  const namesEnd = names === undefined ? 0 : Number(names.offset + names.size);
  const sections = raw.value.map(
    ({ nameOffset, ...rest }): ElfSection => ({
      name:
        names === undefined
          ? ''
          : (textAt(source, Number(names.offset) + nameOffset, namesEnd) ?? ''),
      ...rest,
    }),
  );
  return {
    ok: true,
    value: {
      bytes: source,
      bits,
      order,
      type: header.type,
      machine: header.machine,
      entry: BigInt(header.entry),
      flags: header.flags,
      segments: segments.value,
      sections,
    },
  };
}

/** The program headers of one type, in file order. */
export const segmentsOf = (elf: Elf, type: number): readonly ElfSegment[] =>
  elf.segments.filter((segment) => segment.type === type);

export const loadSegments = (elf: Elf): readonly ElfSegment[] => segmentsOf(elf, segmentType.load);

function slice(elf: Elf, offset: bigint, size: bigint): Uint8Array | undefined {
  return offset + size > BigInt(elf.bytes.length)
    ? undefined
    : elf.bytes.subarray(Number(offset), Number(offset + size));
}

/** A segment's bytes in the file; undefined when they lie outside it. */
export const segmentBytes = (elf: Elf, segment: ElfSegment): Uint8Array | undefined =>
  slice(elf, segment.offset, segment.filesz);

/** A section's bytes by name; undefined when there is none or it lies outside the file. */
export function sectionBytes(elf: Elf, name: string): Uint8Array | undefined {
  const section = elf.sections.find((candidate) => candidate.name === name);
  if (section === undefined) return undefined;
  return section.type === SHT_NOBITS ? undefined : slice(elf, section.offset, section.size);
}

export type ElfNote = { readonly name: string; readonly type: number; readonly desc: Uint8Array };

/** The notes in a PT_NOTE segment or SHT_NOTE section. Stops at the first that is not whole. */
export function parseNotes(source: Uint8Array, order: ByteOrder, align: bigint): ElfNote[] {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const little = order === 'little';
  // Both classes pad to 4, except where the segment itself says 8 (.note.gnu.property).
  const step = align === 8n ? 8 : 4;
  const padded = (size: number): number => Math.ceil(size / step) * step;
  const notes: ElfNote[] = [];
  let at = 0;
  while (at + 12 <= source.length) {
    const nameSize = view.getUint32(at, little);
    const descSize = view.getUint32(at + 4, little);
    const type = view.getUint32(at + 8, little);
    const descAt = at + padded(12 + nameSize);
    if (descAt + descSize > source.length) break;
    const rawName = source.subarray(at + 12, at + 12 + nameSize);
    notes.push({
      name: Buffer.from(rawName).toString('latin1').replace(/\0+$/, ''),
      type,
      desc: source.subarray(descAt, descAt + descSize),
    });
    at = descAt + padded(descSize);
  }
  return notes;
}

/** Every note: by program header, or by section where there are none (a relocatable file). */
export function notesOf(elf: Elf): readonly ElfNote[] {
  const segments = segmentsOf(elf, segmentType.note);
  if (segments.length > 0)
    return segments.flatMap((segment) =>
      parseNotes(segmentBytes(elf, segment) ?? new Uint8Array(), elf.order, segment.align),
    );
  return elf.sections
    .filter((section) => section.type === SHT_NOTE)
    .flatMap((section) =>
      parseNotes(
        slice(elf, section.offset, section.size) ?? new Uint8Array(),
        elf.order,
        section.align,
      ),
    );
}

const NT_GNU_BUILD_ID = 3;

/** The GNU build id, as the linker wrote it. */
export const buildIdOf = (elf: Elf): Uint8Array | undefined =>
  notesOf(elf).find((note) => note.name === 'GNU' && note.type === NT_GNU_BUILD_ID)?.desc;

/** What the dynamic loader is asked for. */
export type ElfDynamic = {
  /** PT_INTERP: the dynamic loader's own path. */
  readonly interpreter: string | undefined;
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  /** Folders of DT_RUNPATH, or of DT_RPATH where there is none; `$ORIGIN` unexpanded. */
  readonly runpath: readonly string[];
};

const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_STRSZ = 10n;
const DT_SONAME = 14n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;

/** The file offset of a virtual address, by the PT_LOAD that holds it. */
export function offsetOf(elf: Elf, vaddr: bigint): bigint | undefined {
  const home = loadSegments(elf).find(
    (segment) => vaddr >= segment.vaddr && vaddr < segment.vaddr + segment.filesz,
  );
  return home === undefined ? undefined : vaddr - home.vaddr + home.offset;
}

/** A static program has no interpreter and needs nothing. */
export function dynamicOf(elf: Elf): ElfRead<ElfDynamic> {
  const interp = segmentsOf(elf, segmentType.interp)[0];
  const interpBytes = interp === undefined ? undefined : segmentBytes(elf, interp);
  const interpreter =
    interpBytes === undefined ? undefined : textAt(interpBytes, 0, interpBytes.length);
  const segment = segmentsOf(elf, segmentType.dynamic)[0];
  if (segment === undefined)
    return { ok: true, value: { interpreter, needed: [], soname: undefined, runpath: [] } };
  const table = segmentBytes(elf, segment);
  if (table === undefined)
    return refuse({
      fault: 'outside',
      what: 'dynamic section',
      need: segment.offset + segment.filesz,
      have: elf.bytes.length,
    });
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const little = elf.order === 'little';
  const word = elf.bits / 8;
  const read = (at: number): bigint =>
    word === 8 ? view.getBigUint64(at, little) : BigInt(view.getUint32(at, little));
  const entries: { readonly tag: bigint; readonly value: bigint }[] = [];
  for (let at = 0; at + 2 * word <= table.length; at += 2 * word) {
    const tag = read(at);
    if (tag === 0n) break;
    entries.push({ tag, value: read(at + word) });
  }
  const first = (tag: bigint): bigint | undefined =>
    entries.find((entry) => entry.tag === tag)?.value;
  const strings = offsetOf(elf, first(DT_STRTAB) ?? 0n);
  const size = first(DT_STRSZ) ?? 0n;
  const end = (strings ?? 0n) + size;
  if (strings === undefined || end > BigInt(elf.bytes.length))
    return refuse({
      fault: 'outside',
      what: 'dynamic string table',
      need: end,
      have: elf.bytes.length,
    });
  const text = (offset: bigint | undefined): string | undefined =>
    offset === undefined || offset >= size
      ? undefined
      : textAt(elf.bytes, Number(strings + offset), Number(end));
  const path = text(first(DT_RUNPATH)) ?? text(first(DT_RPATH)) ?? '';
  return {
    ok: true,
    value: {
      interpreter,
      needed: entries
        .filter((entry) => entry.tag === DT_NEEDED)
        .flatMap((entry) => text(entry.value) ?? []),
      soname: text(first(DT_SONAME)),
      runpath: path.split(':').filter((folder) => folder !== ''),
    },
  };
}
