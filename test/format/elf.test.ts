import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildIdOf,
  dynamicOf,
  type Elf,
  type ElfFault,
  elf64Header,
  elf64ProgramHeader,
  elfMachine,
  elfType,
  loadSegments,
  notesOf,
  parseNotes,
  readElf,
  sectionBytes,
  segmentsOf,
  segmentType,
} from '../../pipeline/format/elf.ts';
import type { ByteOrder } from '../../pipeline/format/layout.ts';
import { elfHeader, programHeader, sectionHeader } from '../fixtures/elf.ts';

const orders: readonly ByteOrder[] = ['little', 'big'];

/** A file with one PT_LOAD, one PT_NOTE with a build id, and a .modinfo section. */
function smallElf(order: ByteOrder): Uint8Array {
  const notesAt = elf64Header.size + 2 * elf64ProgramHeader.size;
  const notes = noteBytes('GNU\0', 3, Uint8Array.of(0xde, 0xad, 0xbe, 0xef), order);
  const infoAt = notesAt + notes.length;
  const info = Buffer.from('license=GPL\0name=x\0');
  const namesAt = infoAt + info.length;
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const sectionsAt = namesAt + names.length;

  const program = (type: number, offset: number, filesz: number, memsz: number) =>
    programHeader(
      {
        type,
        flags: 5,
        offset: BigInt(offset),
        vaddr: 0x1000n,
        paddr: 0x2000n,
        filesz: BigInt(filesz),
        memsz: BigInt(memsz),
        align: 4n,
      },
      order,
    );
  const header = elfHeader(
    {
      type: elfType.exec,
      machine: elfMachine.s390,
      entry: 0xffffffff81000000n,
      phnum: 2,
      shoff: BigInt(sectionsAt),
      shnum: 3,
      shstrndx: 2,
    },
    order,
  );
  return Uint8Array.from(
    Buffer.concat([
      header,
      program(segmentType.load, 0, 16, 32),
      program(segmentType.note, notesAt, notes.length, notes.length),
      notes,
      info,
      names,
      sectionHeader(0, 0, 0, 0, order),
      sectionHeader(1, 1, infoAt, info.length, order),
      sectionHeader(10, 3, namesAt, names.length, order),
    ]),
  );
}

function noteBytes(name: string, type: number, desc: Uint8Array, order: ByteOrder): Buffer {
  const head = Buffer.alloc(12);
  for (const [at, value] of [name.length, desc.length, type].entries())
    if (order === 'little') head.writeUInt32LE(value, 4 * at);
    else head.writeUInt32BE(value, 4 * at);
  return Buffer.concat([head, Buffer.from(name), desc]);
}

const whole = (bytes: Uint8Array): Elf => {
  const read = readElf(bytes);
  if (!read.ok) throw new Error(read.why.fault);
  return read.value;
};
const faultOf = (bytes: Uint8Array): ElfFault['fault'] | undefined => {
  const read = readElf(bytes);
  return read.ok ? undefined : read.why.fault;
};

describe.each(orders)('an ELF file of 64 bits, %s-endian', (order) => {
  const bytes = smallElf(order);
  const elf = whole(bytes);

  test('gives its header, segments and sections', () => {
    expect(elf).toMatchObject({ order, machine: 22, type: 2, entry: 0xffffffff81000000n });
    expect(loadSegments(elf)).toEqual([
      {
        type: 1,
        flags: 5,
        offset: 0n,
        vaddr: 0x1000n,
        paddr: 0x2000n,
        filesz: 16n,
        memsz: 32n,
        align: 4n,
      },
    ]);
    expect(elf.sections.map(({ name }) => name)).toEqual(['', '.modinfo', '.shstrtab']);
  });

  test('gives its build id and the bytes of a section', () => {
    expect(buildIdOf(elf)).toEqual(Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
    expect(Buffer.from(sectionBytes(elf, '.modinfo') ?? []).toString()).toBe(
      'license=GPL\0name=x\0',
    );
    expect(sectionBytes(elf, '.none')).toBeUndefined();
  });

  test('is refused when it is cut anywhere before its last table ends', () => {
    for (let size = 0; size < bytes.length; size++)
      expect(faultOf(bytes.subarray(0, size))).toBe(size < 4 ? 'not-elf' : 'outside');
  });

  test('gives a value or a fault, whatever becomes of its bytes', () => {
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const damaged = bytes.slice();
        for (const { at, to } of changes) damaged[at] = to;
        const read = readElf(damaged);
        if (!read.ok) return;
        dynamicOf(read.value);
        notesOf(read.value);
        for (const { name } of read.value.sections) sectionBytes(read.value, name);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is no ELF file', () => {
  const good = smallElf('little');
  const changed = (at: number, ...to: readonly number[]): Uint8Array => {
    const bytes = good.slice();
    bytes.set(to, at);
    return bytes;
  };
  test.each([
    ['no bytes', new Uint8Array(), 'not-elf'],
    ['another magic', changed(0, 0x4d), 'not-elf'],
    ['32 bits, whose tables are elsewhere', changed(4, 1), 'entry-size'],
    ['a class that is not', changed(4, 3), 'unknown-class'],
    ['a byte order that is not', changed(5, 0), 'unknown-byte-order'],
    ['program headers of another size', changed(0x36, 0x20), 'entry-size'],
    ['section headers of another size', changed(0x3a, 0x28), 'entry-size'],
    ['program headers past the end', changed(0x20, 0xff, 0xff, 0xff, 0xff, 0xff), 'outside'],
    ['a section count past the end', changed(0x3c, 0xff, 0x7f), 'outside'],
  ])('%s', (_name, bytes, fault) => expect(faultOf(bytes)).toBe(fault));
});

test('notes end at the first that is not whole', () => {
  const note = noteBytes('GNU\0', 3, Uint8Array.of(1, 2, 3, 4), 'little');
  const cut = Uint8Array.from(Buffer.concat([note, note.subarray(0, -1)]));
  expect(parseNotes(cut, 'little', 4n)).toHaveLength(1);
});

const programs = ['/bin/busybox', '/usr/bin/makedumpfile', '/bin/ls', '/bin/bash'].filter((path) =>
  existsSync(path),
);
describe.skipIf(!existsSync('/usr/bin/readelf'))('readelf agrees on', () => {
  const readelf = (...args: readonly string[]): string =>
    execFileSync('readelf', ['-W', ...args], { encoding: 'utf8', maxBuffer: 1 << 24 });

  test.each(programs)('%s', (path) => {
    const elf = whole(readFileSync(path));
    const header = readelf('-h', path);
    expect(Number(/Entry point address:\s+(\S+)/.exec(header)?.[1])).toBe(Number(elf.entry));
    expect(Number(/Number of section headers:\s+(\d+)/.exec(header)?.[1])).toBe(
      elf.sections.length,
    );

    const loads = [...readelf('-l', path).matchAll(/^\s+LOAD\s+(.*)$/gm)].map((found) =>
      (found[1] ?? '').split(/\s+/).slice(0, 5).map(BigInt),
    );
    expect(
      loadSegments(elf).map(({ offset, vaddr, paddr, filesz, memsz }) => [
        offset,
        vaddr,
        paddr,
        filesz,
        memsz,
      ]),
    ).toEqual(loads);

    const id = /Build ID: ([0-9a-f]+)/.exec(readelf('-n', path))?.[1];
    expect(Buffer.from(buildIdOf(elf) ?? []).toString('hex')).toBe(id ?? '');

    const dynamic = dynamicOf(elf);
    const wanted = [...readelf('-d', path).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(
      (found) => found[1],
    );
    expect(dynamic.ok ? dynamic.value.needed : dynamic.why).toEqual(wanted);
    const interpreter = /interpreter: (.*)\]/.exec(readelf('-l', path))?.[1];
    expect(dynamic.ok ? dynamic.value.interpreter : dynamic.why).toBe(interpreter);
    expect(segmentsOf(elf, 3)).toHaveLength(interpreter === undefined ? 0 : 1);
  });
});
