/**
 * A shared library made by hand, which has the functions that a program asks another one for, and nothing behind them:
 * the dynamic loader is satisfied, and each of them answers 0. System V gABI; versions and the hash table as
 * GNU's linker makes them (LSB, "Symbol Versioning").
 */
import { joinBytes } from '../units/bytes.ts';
import {
  type Elf,
  elf32Header,
  elf32ProgramHeader,
  elf64Header,
  elf64ProgramHeader,
  elfMagic,
  elfType,
  sectionBytes,
  segmentType,
} from './elf.ts';
import { decode, encode, type Layout, layout, read, u8, u16, u32, u64 } from './layout.ts';

const elf64Symbol = layout('elf64_symbol', 0x18, 'symbol, 64 bit', {
  name: u32(0x00, 'offset of the name'),
  info: u8(0x04, 'binding and type'),
  other: u8(0x05, 'visibility'),
  section: u16(0x06, 'section; 0: not here'),
  value: u64(0x08, 'address'),
  size: u64(0x10, 'bytes'),
});

const elf32Symbol = layout('elf32_symbol', 0x10, 'symbol, 32 bit', {
  name: u32(0x00, 'offset of the name'),
  value: u32(0x04, 'address'),
  size: u32(0x08, 'bytes'),
  info: u8(0x0c, 'binding and type'),
  other: u8(0x0d, 'visibility'),
  section: u16(0x0e, 'section; 0: not here'),
});

const versionNeed = layout('elf_version_need', 0x10, 'versions that one library must have', {
  version: u16(0x00, 'always 1'),
  count: u16(0x02, 'versions'),
  file: u32(0x04, 'offset of its name'),
  first: u32(0x08, 'from here to the first'),
  next: u32(0x0c, 'from here to the next library; 0: none'),
});

const neededVersion = layout('elf_needed_version', 0x10, 'a version that a library must have', {
  hash: u32(0x00, 'of its name'),
  flags: u16(0x04, 'VER_FLG_*'),
  index: u16(0x06, 'by which symbols refer to it'),
  name: u32(0x08, 'offset of its name'),
  next: u32(0x0c, 'from here to the next; 0: none'),
});

const versionDefinition = layout('elf_version_definition', 0x14, 'a version that a library has', {
  version: u16(0x00, 'always 1'),
  flags: u16(0x02, 'VER_FLG_*'),
  index: u16(0x04, 'by which symbols refer to it'),
  count: u16(0x06, 'names'),
  hash: u32(0x08, 'of its name'),
  first: u32(0x0c, 'from here to its name'),
  next: u32(0x10, 'from here to the next; 0: none'),
});

const definedName = layout('elf_defined_name', 0x08, 'the name of a version', {
  name: u32(0x00, 'offset of the name'),
  next: u32(0x04, 'from here to the next; 0: none'),
});

const base = 1;
const indexMask = 0x7fff;
const globalFunction = (1 << 4) | 2;

export type AskedSymbol = { readonly name: string; readonly version: string };

const nameAt = (strings: Uint8Array, at: number): string | undefined => {
  const end = at < strings.length ? strings.indexOf(0, at) : -1;
  return end < 0 ? undefined : Buffer.from(strings.subarray(at, end)).toString('latin1');
};

/**
 * What a program asks `library` for, by name and version, sorted. Undefined where that cannot be told from what it asks
 * of others: the sections that say so are gone or damaged, or it names no version of that library.
 */
export function askedOf(elf: Elf, library: string): readonly AskedSymbol[] | undefined {
  const [symbols, strings, versions, needs] = [
    '.dynsym',
    '.dynstr',
    '.gnu.version',
    '.gnu.version_r',
  ].map((name) => sectionBytes(elf, name));
  if (!symbols || !strings || !versions || !needs) return undefined;
  const named = versionsOf(needs, strings, elf, library);
  if (named === undefined || named.size === 0) return undefined;
  const declared: Layout = elf.bits === 64 ? elf64Symbol : elf32Symbol;
  const view = new DataView(versions.buffer, versions.byteOffset, versions.byteLength);
  const asked: AskedSymbol[] = [];
  for (let number = 0; (number + 1) * declared.size <= symbols.length; number += 1) {
    if (2 * number + 2 > versions.length) return undefined;
    const index = view.getUint16(2 * number, elf.order === 'little') & indexMask;
    const version = named.get(index);
    if (version === undefined) continue;
    const symbol = read(declared, symbols, number * declared.size, elf.order);
    const name = nameAt(strings, Number(symbol.name));
    if (name === undefined) return undefined;
    asked.push({ name, version });
  }
  return asked.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** By the index that symbols refer to it with. */
function versionsOf(
  needs: Uint8Array,
  strings: Uint8Array,
  { order }: Elf,
  library: string,
): ReadonlyMap<number, string> | undefined {
  for (let at = 0; ; ) {
    const need = decode(versionNeed, needs, at, order);
    if (!need.ok) return undefined;
    if (nameAt(strings, need.value.file) === library) {
      const found = new Map<number, string>();
      let place = at + need.value.first;
      for (let left = need.value.count; left > 0; left -= 1) {
        const one = decode(neededVersion, needs, place, order);
        const name = one.ok ? nameAt(strings, one.value.name) : undefined;
        if (!one.ok || name === undefined) return undefined;
        found.set(one.value.index & indexMask, name);
        place += one.value.next;
      }
      return found;
    }
    // Offsets only grow, so that damaged ones cannot lead round in a circle.
    if (need.value.next === 0) return undefined;
    at += need.value.next;
  }
}

/** gABI, "Hash Table". */
function classicHash(name: string): number {
  let hash = 0;
  for (const byte of Buffer.from(name, 'latin1')) {
    hash = ((hash << 4) + byte) >>> 0;
    const high = hash & 0xf0000000;
    hash = (hash ^ (high >>> 24)) & ~high;
  }
  return hash >>> 0;
}

function gnuHash(name: string): number {
  let hash = 5381;
  for (const byte of Buffer.from(name, 'latin1')) hash = (Math.imul(hash, 33) + byte) >>> 0;
  return hash;
}

const dynamicTag = {
  strings: 5n,
  symbols: 6n,
  stringsSize: 10n,
  symbolSize: 11n,
  soname: 14n,
  gnuHash: 0x6ffffef5n,
  versions: 0x6ffffff0n,
  definitions: 0x6ffffffcn,
  definitionCount: 0x6ffffffdn,
} as const;

/** The largest page of any kernel: what is written to lies in one that nothing else is in. */
const page = 0x1_0000;

/**
 * A library of the name `soname` for the machine that `like` is for. `answer`: machine code of a C function that returns
 * 0, whatever it is called with.
 */
export function standInLibrary(
  soname: string,
  symbols: readonly AskedSymbol[],
  answer: Uint8Array,
  like: Elf,
): Uint8Array {
  const { bits, order } = like;
  const wide = bits === 64;
  const word = bits / 8;
  const put = (declared: Layout, value: Readonly<Record<string, unknown>>): Uint8Array =>
    encode(declared, value as never, order);
  const numbers = (size: 2 | 4 | 8, values: readonly (number | bigint)[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(size * values.length));
    for (const [at, value] of values.entries()) {
      if (size === 8) view.setBigUint64(8 * at, BigInt(value), order === 'little');
      else if (size === 4) view.setUint32(4 * at, Number(value), order === 'little');
      else view.setUint16(2 * at, Number(value), order === 'little');
    }
    return new Uint8Array(view.buffer);
  };
  const address = (value: number): number | bigint => (wide ? BigInt(value) : value);

  const names = [...new Set([soname, ...symbols.flatMap(({ name, version }) => [name, version])])];
  const strings = Buffer.from(`\0${names.map((name) => `${name}\0`).join('')}`, 'latin1');
  const stringAt = (name: string): number => strings.indexOf(`\0${name}\0`, 0, 'latin1') + 1;
  const versions = [...new Set(symbols.map(({ version }) => version))].sort();
  const indexOf = (version: string): number => versions.indexOf(version) + base + 1;

  // One bucket, and a filter that lets everything through.
  const hashes = symbols.map(({ name }) => gnuHash(name));
  const hashTable = joinBytes([
    numbers(4, [1, 1, 1, 0]),
    numbers(wide ? 8 : 4, [wide ? 0xffff_ffff_ffff_ffffn : 0xffff_ffff]),
    numbers(4, [
      symbols.length === 0 ? 0 : 1,
      ...hashes.map((hash, at) => ((hash & ~1) | (at === hashes.length - 1 ? 1 : 0)) >>> 0),
    ]),
  ]);
  const definition = (name: string, index: number, last: boolean): readonly Uint8Array[] => [
    put(versionDefinition, {
      version: 1,
      flags: index === base ? 1 : 0,
      index,
      count: 1,
      hash: classicHash(name),
      first: versionDefinition.size,
      next: last ? 0 : versionDefinition.size + definedName.size,
    }),
    put(definedName, { name: stringAt(name), next: 0 }),
  ];
  const definitions = joinBytes(
    [soname, ...versions].flatMap((name, at) =>
      definition(name, at + base, at === versions.length),
    ),
  );
  const versionOfEach = numbers(2, [0, ...symbols.map(({ version }) => indexOf(version))]);

  const headerLayout: Layout = wide ? elf64Header : elf32Header;
  const segmentLayout: Layout = wide ? elf64ProgramHeader : elf32ProgramHeader;
  const symbolLayout: Layout = wide ? elf64Symbol : elf32Symbol;
  const segmentCount = 4;
  const aligned = (at: number): number => Math.ceil(at / 16) * 16;
  const hashAt = aligned(headerLayout.size + segmentCount * segmentLayout.size);
  const symbolsAt = aligned(hashAt + hashTable.length);
  const versionsAt = aligned(symbolsAt + (symbols.length + 1) * symbolLayout.size);
  const definitionsAt = aligned(versionsAt + versionOfEach.length);
  const stringsAt = aligned(definitionsAt + definitions.length);
  const answerAt = aligned(stringsAt + strings.length);
  const dynamicAt = aligned(answerAt + answer.length);
  const symbol = (name: number, info: number, value: number): Uint8Array =>
    put(symbolLayout, {
      name,
      info,
      other: 0,
      // Any that is not 0: there are no section headers to be asked.
      section: info === 0 ? 0 : 1,
      value: address(value),
      size: address(info === 0 ? 0 : answer.length),
    });
  const symbolTable = joinBytes([
    symbol(0, 0, 0),
    ...symbols.map(({ name }) => symbol(stringAt(name), globalFunction, answerAt)),
  ]);
  const dynamic = numbers(
    word === 8 ? 8 : 4,
    [
      [dynamicTag.soname, stringAt(soname)],
      [dynamicTag.gnuHash, hashAt],
      [dynamicTag.strings, stringsAt],
      [dynamicTag.symbols, symbolsAt],
      [dynamicTag.stringsSize, strings.length],
      [dynamicTag.symbolSize, symbolLayout.size],
      [dynamicTag.versions, versionsAt],
      [dynamicTag.definitions, definitionsAt],
      [dynamicTag.definitionCount, versions.length + 1],
      [0n, 0],
    ].flat(),
  );
  const end = dynamicAt + dynamic.length;
  const segment = (type: number, flags: number, from: number, to: number, apart = 0): Uint8Array =>
    put(segmentLayout, {
      type,
      flags,
      offset: address(from),
      vaddr: address(from + apart),
      paddr: address(from + apart),
      filesz: address(to - from),
      memsz: address(to - from),
      align: address(type === segmentType.load ? page : word),
    });
  const header = put(headerLayout, {
    magic: elfMagic,
    class: wide ? 2 : 1,
    data: order === 'little' ? 1 : 2,
    identVersion: 1,
    osabi: 0,
    abiVersion: 0,
    pad: new Uint8Array(7),
    type: elfType.dyn,
    machine: like.machine,
    version: 1,
    entry: address(0),
    phoff: address(headerLayout.size),
    shoff: address(0),
    flags: like.flags,
    ehsize: headerLayout.size,
    phentsize: segmentLayout.size,
    phnum: segmentCount,
    shentsize: 0,
    shnum: 0,
    shstrndx: 0,
  });
  const file = new Uint8Array(end);
  const segments = joinBytes([
    segment(segmentType.load, 5, 0, dynamicAt),
    segment(segmentType.load, 6, dynamicAt, end, page),
    segment(segmentType.dynamic, 6, dynamicAt, end, page),
    // Without it the dynamic loader would make the stack executable.
    segment(segmentType.gnuStack, 6, 0, 0),
  ]);
  for (const [at, part] of [
    [0, header],
    [headerLayout.size, segments],
    [hashAt, hashTable],
    [symbolsAt, symbolTable],
    [versionsAt, versionOfEach],
    [definitionsAt, definitions],
    [stringsAt, strings],
    [answerAt, answer],
    [dynamicAt, dynamic],
  ] as const)
    file.set(part, at);
  return file;
}
