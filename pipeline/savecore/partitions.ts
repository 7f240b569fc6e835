/**
 * Partitions of a whole disk, or of an image of one: GPT (UEFI 2.10, chapter 5) and MBR. Everything on it may be
 * foreign or damaged.
 */
import { type ByteSource, partOf } from './byte-source.ts';

export type Partition = {
  readonly number: number;
  /** Of GPT; may be empty. */
  readonly label: string;
  readonly content: ByteSource;
};

const sectorSizes = [512, 4096] as const;
const mostPartitions = 1024;

/** None where there is no partition table. */
export async function partitionsOf(disk: ByteSource): Promise<readonly Partition[]> {
  for (const sector of sectorSizes) {
    const found = (await gptOf(disk, BigInt(sector), 1n)) ?? (await backupOf(disk, sector));
    if (found !== undefined) return found;
  }
  return mbrOf(disk);
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The second header is in the last sector: the first one may be damaged. */
const backupOf = (disk: ByteSource, sector: number) =>
  disk.size < BigInt(sector) * 2n
    ? Promise.resolve(undefined)
    : gptOf(disk, BigInt(sector), disk.size / BigInt(sector) - 1n);

const headerSize = 92;
const entryLeast = 128;
const entryMost = 4096;

async function gptOf(
  disk: ByteSource,
  sector: bigint,
  at: bigint,
): Promise<readonly Partition[] | undefined> {
  const header = await disk.read(at * sector, headerSize);
  if (header.length < headerSize || textOf(header.subarray(0, 8)) !== 'EFI PART') return undefined;
  const entries = view(header).getBigUint64(72, true);
  const count = view(header).getUint32(80, true);
  const size = view(header).getUint32(84, true);
  if (count > mostPartitions || size < entryLeast || size > entryMost) return undefined;
  const table = await disk.read(entries * sector, count * size);
  const found: Partition[] = [];
  for (let number = 1; number * size <= table.length; number += 1) {
    const entry = table.subarray((number - 1) * size, number * size);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const first = view(entry).getBigUint64(32, true);
    const last = view(entry).getBigUint64(40, true);
    const label = Buffer.from(entry.subarray(56, 128)).toString('utf16le').replace(/\0.*$/s, '');
    if (last >= first && first > 0n)
      found.push({
        number,
        label: label.replace(/[^\x20-\x7e]/g, '?'),
        content: partOf(disk, first * sector, (last - first + 1n) * sector),
      });
  }
  return found;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const mbrSector = 512n;
const extended: readonly number[] = [0x05, 0x0f, 0x85];
/** Logical partitions are numbered from here on, whatever precedes them. */
const firstLogical = 5;

type Entry = { readonly type: number; readonly first: bigint; readonly count: bigint };

async function entriesAt(disk: ByteSource, at: bigint): Promise<readonly Entry[]> {
  const sector = await disk.read(at * mbrSector, 512);
  if (sector.length < 512 || sector[510] !== 0x55 || sector[511] !== 0xaa) return [];
  return [0, 1, 2, 3].map((index) => {
    const entry = view(sector.subarray(446 + index * 16, 462 + index * 16));
    return {
      type: entry.getUint8(4),
      first: BigInt(entry.getUint32(8, true)),
      count: BigInt(entry.getUint32(12, true)),
    };
  });
}

async function mbrOf(disk: ByteSource): Promise<readonly Partition[]> {
  const partition = (number: number, start: bigint, count: bigint): Partition => ({
    number,
    label: '',
    content: partOf(disk, start * mbrSector, count * mbrSector),
  });
  const found: Partition[] = [];
  for (const [index, { type, first, count }] of (await entriesAt(disk, 0n)).entries()) {
    if (type === 0 || first === 0n || count === 0n) continue;
    if (!extended.includes(type)) {
      found.push(partition(index + 1, first, count));
      continue;
    }
    // A chain: each link has one partition, whose place counts from it, and the next link, which counts from the first.
    let at = first;
    for (let number = firstLogical; number < mostPartitions; number += 1) {
      const [own, next] = await entriesAt(disk, at);
      if (own === undefined || own.type === 0 || own.count === 0n) break;
      found.push(partition(number, at + own.first, own.count));
      if (next === undefined || next.first === 0n || first + next.first <= at) break;
      at = first + next.first;
    }
  }
  return found;
}
