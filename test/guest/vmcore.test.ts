import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { completionMarker, makeDumpDevice } from '../../pipeline/guest/dump-device.ts';
import { rearrange } from '../../pipeline/guest/makedumpfile.ts';
import { hostNameIn, missingPages, openVmcore, reaches } from '../../pipeline/guest/vmcore.ts';
import { text } from '../fixtures/bytes.ts';

let folder = '';
let device = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmcore-test-'));
  device = join(folder, 'device');
  makeDumpDevice(device, 1);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(at: number, bytes: Uint8Array): void {
  const file = openSync(device, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

const page = 4096;
const dataAt = 2 * page;
const memory = { paddr: 0x10_0000n, vaddr: 0xffff_8880_0010_0000n, size: 4 * page };
const info =
  'OSRELEASE=6.12.0\nSYMBOL(init_uts_ns)=ffff888000100100\nOFFSET(uts_namespace.name)=4\n';

/** A dump of four pages with one CPU; the machine's name is where VMCOREINFO says that it is. */
function writeDump(order: 'little' | 'big'): void {
  const little = order === 'little';
  const head = new Uint8Array(dataAt);
  const view = new DataView(head.buffer);
  const long = (at: number, value: bigint | number) => view.setBigUint64(at, BigInt(value), little);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2, 1]);
  long(32, 64);
  view.setUint16(56, 2, little);
  const notes = [
    { name: 'CORE', type: 1, content: new Uint8Array(5) },
    { name: 'VMCOREINFO', type: 0, content: text(info) },
  ];
  let at = page;
  for (const { name, type, content } of notes) {
    const header = [name.length + 1, content.length, type];
    for (const [index, value] of header.entries()) view.setUint32(at + 4 * index, value, little);
    head.set(text(name), at + 12);
    const contentAt = at + 12 + ((name.length + 4) & ~3);
    head.set(content, contentAt);
    at = contentAt + ((content.length + 3) & ~3);
  }
  const segments = [
    [4, page, 0, 0, at - page],
    [1, dataAt, memory.vaddr, memory.paddr, memory.size],
  ] as const;
  for (const [index, [type, offset, vaddr, paddr, size]] of segments.entries()) {
    const entry = 64 + 56 * index;
    view.setUint32(entry, type, little);
    long(entry + 8, offset);
    long(entry + 16, vaddr);
    long(entry + 24, paddr);
    long(entry + 32, size);
    long(entry + 40, size);
  }
  put(0, head);
  const bytes = new Uint8Array(memory.size).fill(0x5a);
  bytes.set(text('host-1\0'), 0x100 + 4 + 65);
  put(dataAt, bytes);
}

test.each(['little', 'big'] as const)('a %s-endian dump tells its notes and its host', (order) => {
  writeDump(order);
  const vmcore = openVmcore(device);
  expect(vmcore.notes).toEqual(['CORE 1', 'VMCOREINFO 0']);
  expect(vmcore.vmcoreinfo.get('OSRELEASE')).toBe('6.12.0');
  expect(hostNameIn(vmcore)).toBe('host-1');
  expect(missingPages(vmcore)).toEqual([]);
});

test('a page that was never written is missing, and one of zeros is not', () => {
  writeDump('little');
  const fresh = join(folder, 'fresh');
  makeDumpDevice(fresh, 1);
  const secondPage = dataAt + page;
  put(secondPage, readFileSync(fresh).subarray(secondPage, secondPage + page));
  put(secondPage + page, new Uint8Array(page));
  expect(missingPages(openVmcore(device))).toEqual(['page at 0x101000']);
});

test('a dump that the device cuts short is told', () => {
  writeDump('little');
  truncateSync(device, dataAt + page);
  expect(missingPages(openVmcore(device))).toEqual(['PT_LOAD at 0x100000: 16384 of 16384 bytes']);
});

test('memory is reached where a PT_LOAD overlaps it', () => {
  writeDump('little');
  const { loads } = openVmcore(device);
  expect(reaches(loads, { start: 0x10_3fffn, end: 0x20_0000n })).toBe(true);
  expect(reaches(loads, { start: 0x10_4000n, end: 0x20_0000n })).toBe(false);
  expect(reaches(loads, { start: 0n, end: 0x10_0000n })).toBe(false);
});

test('what is no ELF file is refused', () => {
  expect(() => openVmcore(device)).toThrow('no ELF header');
});

test('the marker is the text in the last page, and none where there is none', () => {
  expect(completionMarker(device)).toBe('');
  put(2 ** 20 - page, text('crashseal-dump state=complete\n\0'));
  expect(completionMarker(device)).toBe('crashseal-dump state=complete\n');
});

test('a device without a flattened dump is refused before makedumpfile reads it', () => {
  expect(() => rearrange(device, join(folder, 'vmcore'))).toThrow('no flattened dump');
});
