/**
 * A reader of ELF dumps for what neither readelf nor makedumpfile tells. It shares no code with what wrote the
 * headers.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { hex } from '../units/units.ts';
import { blockSize, pageSize, poison } from './dump-device.ts';
import { readAt } from './read-at.ts';

/** Offset of the node name in struct new_utsname: fields of 65 bytes (include/uapi/linux/utsname.h). */
const nodeNameOffset = 65n;
/** EI_DATA of a little-endian file. */
const elfDataLittle = 1;
/** EI_CLASS of a file of 64 bits; others are of 32. */
const elfClass64 = 2;
const ptLoad = 1;
const ptNote = 4;

export type ProgramHeader = {
  readonly type: number;
  readonly offset: bigint;
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly filesz: bigint;
  readonly memsz: bigint;
};

export type MemoryRange = { readonly start: bigint; readonly end: bigint };

export type Vmcore = {
  readonly path: string;
  readonly headers: readonly ProgramHeader[];
  readonly loads: readonly ProgramHeader[];
  /** Names of the notes in order: `CORE 1` is a NT_PRSTATUS. */
  readonly notes: readonly string[];
  readonly vmcoreinfo: ReadonlyMap<string, string>;
};

/** Reads the ELF dump that begins at offset 0. */
export function openVmcore(path: string): Vmcore {
  const file = openSync(path, 'r');
  try {
    const headers = programHeadersIn(file);
    const notes: string[] = [];
    let vmcoreinfo = '';
    for (const header of headers.filter((one) => one.type === ptNote)) {
      const bytes = readAt(file, header.offset, Number(header.filesz));
      for (const note of readNotes(bytes, identOf(file).little)) {
        notes.push(`${note.name} ${note.type}`);
        if (note.name === 'VMCOREINFO') vmcoreinfo = Buffer.from(note.content).toString('latin1');
      }
    }
    const loads = headers.filter((one) => one.type === ptLoad);
    return { path, headers, loads, notes, vmcoreinfo: parseVmcoreinfo(vmcoreinfo) };
  } finally {
    closeSync(file);
  }
}

/** The program headers of a file. In a header that was read from memory, offsets are physical addresses. */
export function programHeadersOf(path: string): readonly ProgramHeader[] {
  const file = openSync(path, 'r');
  try {
    return programHeadersIn(file);
  } finally {
    closeSync(file);
  }
}

/** The host name in `init_uts_ns`, found by the address that VMCOREINFO names, through the PT_LOADs. */
export function hostNameIn(vmcore: Vmcore): string {
  const symbol = BigInt(`0x${vmcore.vmcoreinfo.get('SYMBOL(init_uts_ns)') ?? '0'}`);
  const name = BigInt(vmcore.vmcoreinfo.get('OFFSET(uts_namespace.name)') ?? '0');
  const address = symbol + name + nodeNameOffset;
  const load = vmcore.loads.find((one) => address >= one.vaddr && address < one.vaddr + one.memsz);
  if (load === undefined) throw new Error(`no PT_LOAD holds ${hex(address)}`);
  const file = openSync(vmcore.path, 'r');
  try {
    const bytes = Buffer.from(readAt(file, load.offset + (address - load.vaddr), 65));
    return bytes.toString('latin1', 0, bytes.indexOf(0));
  } finally {
    closeSync(file);
  }
}

/** Pages of PT_LOADs that the device cuts off or that were never written. */
export function missingPages(vmcore: Vmcore): readonly string[] {
  const file = openSync(vmcore.path, 'r');
  const missing: string[] = [];
  try {
    const size = BigInt(fstatSync(file).size);
    for (const load of vmcore.loads) {
      const end = load.offset + load.filesz;
      if (load.filesz !== load.memsz || end > size) {
        missing.push(`PT_LOAD at ${hex(load.paddr)}: ${load.filesz} of ${load.memsz} bytes`);
        continue;
      }
      const pages = BigInt(pageSize);
      if (load.offset % pages !== 0n) throw new Error('a PT_LOAD begins within a page');
      for (let at = load.offset; at < end; at += BigInt(blockSize)) {
        const left = end - at;
        const wanted = left < BigInt(blockSize) ? Number(left) : blockSize;
        const found = Buffer.from(readAt(file, at, wanted));
        const fresh = poison(Number(at), wanted);
        for (let page = 0; page < wanted; page += pageSize)
          if (found.subarray(page, page + pageSize).equals(fresh.subarray(page, page + pageSize)))
            missing.push(`page at ${hex(load.paddr + (at - load.offset) + BigInt(page))}`);
      }
    }
  } finally {
    closeSync(file);
  }
  return missing;
}

/** Whether memory of that range is in the dump. */
export const reaches = (loads: readonly ProgramHeader[], range: MemoryRange): boolean =>
  loads.some((load) => load.paddr < range.end && load.paddr + load.memsz > range.start);

function identOf(file: number): { readonly little: boolean; readonly wide: boolean } {
  const ident = view(readAt(file, 0n, 16));
  if (ident.getUint32(0) !== 0x7f454c46) throw new Error('no ELF header at the start');
  return { little: ident.getUint8(5) === elfDataLittle, wide: ident.getUint8(4) === elfClass64 };
}

function programHeadersIn(file: number): readonly ProgramHeader[] {
  const { little, wide } = identOf(file);
  const head = view(readAt(file, 0n, 64));
  const [word, size] = wide ? [8, 56] : [4, 32];
  const count = head.getUint16(wide ? 56 : 44, little);
  const phoff = wide ? head.getBigUint64(32, little) : BigInt(head.getUint32(28, little));
  const table = view(readAt(file, phoff, count * size));
  return Array.from({ length: count }, (_, index): ProgramHeader => {
    const at = index * size;
    // In both classes five words follow each other, and the first begins at the size of one.
    const words = Array.from({ length: 5 }, (_none, which) => {
      const place = at + word * (1 + which);
      return wide ? table.getBigUint64(place, little) : BigInt(table.getUint32(place, little));
    });
    const [offset = 0n, vaddr = 0n, paddr = 0n, filesz = 0n, memsz = 0n] = words;
    return { type: table.getUint32(at, little), offset, vaddr, paddr, filesz, memsz };
  });
}

function* readNotes(bytes: Uint8Array, little: boolean) {
  const data = view(bytes);
  const pad = (size: number) => (size + 3) & ~3;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = data.getUint32(at, little);
    const contentSize = data.getUint32(at + 4, little);
    const type = data.getUint32(at + 8, little);
    const nameAt = at + 12;
    const contentAt = nameAt + pad(nameSize);
    if (nameSize === 0) return;
    yield {
      type,
      name: Buffer.from(bytes.subarray(nameAt, nameAt + nameSize - 1)).toString('latin1'),
      content: bytes.subarray(contentAt, contentAt + contentSize),
    };
    at = contentAt + pad(contentSize);
  }
}

function parseVmcoreinfo(text: string): Map<string, string> {
  const pairs = text.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  return new Map(pairs);
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
