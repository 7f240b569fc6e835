/**
 * Heads of dumps: what kind a stream is by its first bytes, and VMCOREINFO of a saved one, for every architecture
 * of 64 bits. Offsets are those of makedumpfile's diskdump_mod.h and of <elf.h>.
 */
import type { ByteSource } from './byte-source.ts';
import { isFlattened } from './flattened.ts';

export type DumpKind = 'flattened' | 'kdump' | 'elf';

export function kindOf(head: Uint8Array): DumpKind | undefined {
  if (isFlattened(head)) return 'flattened';
  const text = Buffer.from(head.subarray(0, 8)).toString('latin1');
  if (text === 'KDUMP   ') return 'kdump';
  return text.startsWith('\x7fELF') && head[16] !== undefined && (head[16] === 4 || head[17] === 4)
    ? 'elf'
    : undefined;
}

export const isDump = (head: Uint8Array): boolean => kindOf(head) !== undefined;

const largestInfo = 1 << 20;

/** What the panicked kernel tells of itself; undefined where it is not found. */
export async function vmcoreinfoOf(
  dump: ByteSource,
): Promise<ReadonlyMap<string, string> | undefined> {
  const head = await dump.read(0n, 4096);
  if (head.length < 512) return undefined;
  const kind = kindOf(head);
  const place =
    kind === 'kdump'
      ? await inKdump(dump, head)
      : kind === 'elf'
        ? await inElf(dump, head)
        : undefined;
  if (place === undefined || place.size <= 0n || place.size > BigInt(largestInfo)) return undefined;
  const bytes = await dump.read(place.at, Number(place.size));
  const lines = Buffer.from(bytes).toString('latin1').replace(/\0.*$/s, '').split('\n');
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

type Place = { readonly at: bigint; readonly size: bigint };

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** `struct disk_dump_header`, whose version is a small number in the machine's order, and `struct kdump_sub_header`. */
async function inKdump(dump: ByteSource, head: Uint8Array): Promise<Place | undefined> {
  const header = view(head);
  const little = header.getUint32(8, true) < 0x1_0000;
  const blockSize = header.getUint32(428, little);
  if (blockSize < 4096 || blockSize > 1 << 20) return undefined;
  const sub = await dump.read(BigInt(blockSize), 48);
  if (sub.length < 48) return undefined;
  return { at: view(sub).getBigUint64(32, little), size: view(sub).getBigUint64(40, little) };
}

/** Names and types of the notes in a kdump file of 64 bits: `CORE 1` has a CPU's registers. */
export async function noteNames(dump: ByteSource): Promise<readonly string[]> {
  const head = await dump.read(0n, 4096);
  if (head.length < 512 || kindOf(head) !== 'kdump') return [];
  const little = view(head).getUint32(8, true) < 0x1_0000;
  const sub = await dump.read(BigInt(view(head).getUint32(428, little)), 64);
  if (sub.length < 64) return [];
  const size = view(sub).getBigUint64(56, little);
  if (size > BigInt(largestInfo)) return [];
  const notes = await dump.read(view(sub).getBigUint64(48, little), Number(size));
  const names: string[] = [];
  const padded = (length: number): number => (length + 3) & ~3;
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameSize = view(notes).getUint32(at, little);
    if (nameSize === 0) break;
    const name = Buffer.from(notes.subarray(at + 12, at + 11 + nameSize)).toString('latin1');
    names.push(`${name} ${view(notes).getUint32(at + 8, little)}`);
    at += 12 + padded(nameSize) + padded(view(notes).getUint32(at + 4, little));
  }
  return names;
}

/** How large an ELF file must be by its program headers, as far as these stand in `head`. */
export function elfSize(head: Uint8Array): bigint | undefined {
  const header = view(head);
  if (head.length < 64 || header.getUint8(4) !== 2) return undefined;
  const little = header.getUint8(5) === 1;
  const table = header.getBigUint64(32, little);
  const count = header.getUint16(56, little);
  let size = 0n;
  for (let index = 0; index < count; index += 1) {
    const at = Number(table) + index * 56;
    if (at + 56 > head.length) return undefined;
    const end = header.getBigUint64(at + 8, little) + header.getBigUint64(at + 32, little);
    if (end > size) size = end;
  }
  return size;
}

const ptNote = 4;
const largestNotes = 16n << 20n;

async function inElf(dump: ByteSource, head: Uint8Array): Promise<Place | undefined> {
  const header = view(head);
  if (header.getUint8(4) !== 2) return undefined;
  const little = header.getUint8(5) === 1;
  const count = header.getUint16(56, little);
  const table = view(await dump.read(header.getBigUint64(32, little), count * 56));
  for (let at = 0; at + 56 <= table.byteLength; at += 56) {
    if (table.getUint32(at, little) !== ptNote) continue;
    const start = table.getBigUint64(at + 8, little);
    const size = table.getBigUint64(at + 32, little);
    if (size > largestNotes) continue;
    const found = noteIn(await dump.read(start, Number(size)), little);
    if (found !== undefined) return { at: start + found.at, size: found.size };
  }
  return undefined;
}

function noteIn(bytes: Uint8Array, little: boolean): Place | undefined {
  const notes = view(bytes);
  const padded = (size: number): number => size + ((4 - (size % 4)) % 4);
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = notes.getUint32(at, little);
    const size = notes.getUint32(at + 4, little);
    const content = at + 12 + padded(nameSize);
    if (nameSize === 0 || content + size > bytes.length) return undefined;
    if (Buffer.from(bytes.subarray(at + 12, at + 22)).toString('latin1') === 'VMCOREINFO')
      return { at: BigInt(content), size: BigInt(size) };
    at = content + padded(size);
  }
  return undefined;
}
