/** What is to be saved, and whether it makes sense. */
import { truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

describe('the vmcore', () => {
  type Header = {
    readonly type: number;
    readonly offset: number;
    readonly filesz: number;
    readonly memsz?: number;
  };
  const notes: Header = { type: 4, offset: 4096, filesz: 400 };
  const memory: Header = { type: 1, offset: 8192, filesz: 4096 };

  /** As the capture kernel shows it: header, notes, memory. */
  function vmcore(headers: readonly Header[], spoil: (bytes: Buffer) => void = () => {}): string {
    const bytes = Buffer.alloc(12288);
    bytes.write('\x7fELF\x02\x01\x01', 'latin1');
    bytes.writeUInt16LE(4, 16);
    bytes.writeBigUInt64LE(64n, 32);
    bytes.writeUInt16LE(64, 52);
    bytes.writeUInt16LE(56, 54);
    bytes.writeUInt16LE(headers.length, 56);
    for (const [index, { type, offset, filesz, memsz = filesz }] of headers.entries()) {
      const at = 64 + 56 * index;
      bytes.writeUInt32LE(type, at);
      bytes.writeBigUInt64LE(BigInt(offset), at + 8);
      bytes.writeBigUInt64LE(BigInt(filesz), at + 32);
      bytes.writeBigUInt64LE(BigInt(memsz), at + 40);
    }
    bytes.write('VMCOREINFO', 4096 + 380);
    spoil(bytes);
    const path = inFolder('vmcore');
    writeFileSync(path, bytes);
    return path;
  }
  const checked = (path: string): string => shell('(check_vmcore && echo saved)', { vmcore: path });

  test('is saved when it makes sense', () => {
    expect(checked(vmcore([notes, memory, memory]))).toBe('saved');
  });

  test('may have memory and notes beyond 4 GiB', () => {
    const far = { type: 1, offset: 8192, filesz: 2 ** 33 };
    expect(checked(vmcore([notes, far]))).toMatch(/it has less than its header says/);
    const path = vmcore([notes, far]);
    truncateSync(path, 2 ** 33 + 8192);
    expect(checked(path)).toBe('saved');
  });

  test.each([
    ['no notes', [memory], 'it has no register notes'],
    ['empty notes', [{ ...notes, filesz: 0 }, memory], 'it has no register notes'],
    ['no memory', [notes], 'it has no memory'],
    ['memory of two sizes', [notes, { ...memory, memsz: 8192 }], 'it has memory of no size'],
    ['memory of no size', [notes, { ...memory, filesz: 0 }], 'it has memory of no size'],
    ['an entry of another type', [notes, { ...memory, type: 9 }, memory], 'neither notes nor'],
    ['memory that is not there', [notes, { ...memory, filesz: 2 ** 50 }], 'less than its header'],
    ['no entries at all', [], 'it has no register notes'],
  ])('with %s is a failure that is told', (_, headers, why) => {
    const told = checked(vmcore(headers));
    expect(told).toContain('/proc/vmcore makes no sense');
    expect(told).toContain(why);
    expect(told).not.toContain('saved');
  });

  test.each([0, 4, 16, 32, 52, 54])('with another byte %i of its header is no core file', (at) => {
    const path = vmcore([notes, memory], (bytes) => {
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    });
    expect(checked(path)).toContain('it has no header of an ELF core file');
  });

  test('without VMCOREINFO is saved, and that is told', () => {
    const path = vmcore([notes, memory], (bytes) => bytes.fill(0, 4096, 8192));
    expect(checked(path)).toMatch(/no VMCOREINFO.*memory is saved all the same\nsaved/s);
  });

  test('that is not there, or empty, is a failure', () => {
    expect(checked(inFolder('none'))).toContain('there is no /proc/vmcore');
    const empty = inFolder('empty');
    writeFileSync(empty, '');
    expect(checked(empty)).toContain('is empty');
  });
});
