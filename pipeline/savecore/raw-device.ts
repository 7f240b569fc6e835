/**
 * A raw dump target, or an image of one: its slots and the ledger. docs/capture.md has the layout; everything on
 * it may be foreign or damaged.
 */
import { isAge } from '../age/decrypt.ts';
import { type ByteSource, partOf, unlessUnreadable } from './byte-source.ts';
import type { Dump, Stored } from './dump.ts';
import { isDump } from './dump-header.ts';
import { first, type Lines, markerSize, numberIn, readMarker, readRecord } from './marker.ts';

const ledgerSize = 64 << 10;
const recordSize = 1024;
const logArea = 256 << 10;
const sector = 512n;
const page = 4096n;
const mostSlots = 64;

export type LedgerRecord = {
  readonly seq: number;
  /** Seconds since 1970. */
  readonly time: number | null;
  readonly panic: string;
  readonly outcome: string;
  readonly where: string | null;
  readonly reason: string | null;
};

export type RawDevice = {
  readonly dumps: readonly Dump[];
  /** Of the panics of this device, the oldest first. */
  readonly ledger: readonly LedgerRecord[];
};

/** Where one dump lies, and the marker that tells of it. */
type Slot = {
  readonly number: number;
  readonly start: bigint;
  /** End of what the dump itself may take. */
  readonly end: bigint;
  /** Start of the kernel log's area; undefined where there is none. */
  readonly log: bigint | undefined;
  readonly marker: Lines | 'unreadable' | undefined;
};

/** Undefined where the last bytes are no record of ours; 'layout' where they are, and contradict themselves. */
export async function readRawDevice(source: ByteSource): Promise<RawDevice | 'layout' | undefined> {
  const device = partOf(source, 0n, (source.size / sector) * sector);
  const label = await markerAt(device, device.size);
  if (label === undefined) return undefined;
  const slots = await slotsOf(device, label);
  if (slots === undefined) return 'layout';
  const dumps: Dump[] = [];
  for (const slot of slots) {
    const dump =
      slot.marker === 'unreadable'
        ? unreadableSlot(slot)
        : slot.marker && (await dumpIn(device, slot, slot.marker));
    if (dump) dumps.push(dump);
  }
  const ledger = label.has('ledger') ? await unlessUnreadable(ledgerOf(device)) : [];
  return { dumps, ledger: ledger ?? [] };
}

const unreadableSlot = ({ number }: Slot): Dump => ({
  name: `slot ${number}`,
  state: 'unreadable',
  marker: new Map(),
  size: 0n,
  vmcore: undefined,
  log: undefined,
});

async function markerAt(source: ByteSource, end: bigint): Promise<Lines | undefined> {
  if (end < BigInt(markerSize)) return undefined;
  return readMarker(await source.read(end - BigInt(markerSize), markerSize));
}

async function slotsOf(source: ByteSource, label: Lines): Promise<readonly Slot[] | undefined> {
  const { size } = source;
  const marker = BigInt(markerSize);
  const withLedger = label.has('ledger');
  const room = size - marker - (withLedger ? BigInt(ledgerSize) : 0n);
  const count = label.has('slots') ? numberIn(label, 'slots') : 1;
  if (count === undefined || count < 1 || count > mostSlots) return undefined;
  if (count === 1) {
    const log = withLedger ? (room / page) * page - BigInt(logArea) : undefined;
    const end = log ?? room;
    return end <= 0n ? undefined : [{ number: 1, start: 0n, end, log, marker: label }];
  }
  const slotSize = BigInt(numberIn(label, 'slot_size') ?? 0);
  if (
    slotSize <= marker + BigInt(logArea) ||
    slotSize % marker !== 0n ||
    slotSize * BigInt(count) > room
  )
    return undefined;
  const slots: Slot[] = [];
  for (let number = 1; number <= count; number += 1) {
    const start = BigInt(number - 1) * slotSize;
    const log = start + slotSize - marker - BigInt(logArea);
    // One that the disk does not give costs this slot alone.
    const read = await unlessUnreadable(
      markerAt(source, start + slotSize).then((marker) => ({ marker })),
    );
    slots.push({ number, start, end: log, log, marker: read ? read.marker : 'unreadable' });
  }
  return slots;
}

const states = ['writing', 'complete', 'failed', 'collected'] as const;

async function dumpIn(source: ByteSource, slot: Slot, marker: Lines): Promise<Dump | undefined> {
  // Others hold no dump: `blank`, `replaced`, and what a newer version may write.
  const state = states.find((one) => one === first(marker, 'state'));
  if (state === undefined) return undefined;
  const room = slot.end - slot.start;
  const said = numberIn(marker, 'size');
  // While it is written, nobody knows how much there is.
  const open = state === 'writing';
  const tooLarge = !open && said !== undefined && BigInt(said) > room;
  const size = open || said === undefined || tooLarge ? room : BigInt(said);
  const encrypted = first(marker, 'encryption') === 'age';
  const vmcore = partOf(source, slot.start, size);
  const head = await unlessUnreadable(vmcore.read(0n, markerSize));
  const begins = head !== undefined && (encrypted ? isAge(head) : isDump(head));
  const logOnly = first(marker, 'what') === 'dmesg';
  const log = await unlessUnreadable(logOf(source, slot, marker, encrypted));
  // Something else has been put over the start of it.
  const overwritten = !logOnly && size > 0n && !begins && !open && head !== undefined;
  return {
    name: `slot ${slot.number}`,
    state:
      head === undefined
        ? 'unreadable'
        : overwritten
          ? 'overwritten'
          : state === 'writing'
            ? 'cut'
            : state,
    marker,
    size,
    sizeFault: tooLarge
      ? `its record says ${said} bytes, and there is room for ${room}`
      : undefined,
    vmcore: begins && size > 0n ? { source: vmcore, encrypted, name: 'vmcore' } : undefined,
    log: overwritten ? undefined : log,
  };
}

async function logOf(
  source: ByteSource,
  slot: Slot,
  marker: Lines,
  encrypted: boolean,
): Promise<Stored | undefined> {
  const size = BigInt(numberIn(marker, 'dmesg_size') ?? 0);
  if (slot.log === undefined || size === 0n || size > BigInt(logArea)) return undefined;
  const log = partOf(source, slot.log, size);
  if (encrypted && !isAge(await log.read(0n, markerSize))) return undefined;
  return { source: log, encrypted, name: 'dmesg' };
}

async function ledgerOf(source: ByteSource): Promise<readonly LedgerRecord[]> {
  const start = source.size - BigInt(markerSize) - BigInt(ledgerSize);
  if (start < 0n) return [];
  const bytes = await source.read(start, ledgerSize);
  const records: LedgerRecord[] = [];
  for (let at = 0; at + recordSize <= bytes.length; at += recordSize) {
    const lines = readRecord(bytes.subarray(at, at + recordSize));
    const seq = lines && numberIn(lines, 'seq');
    // A record that does not stand where its number says is left from something else.
    if (lines === undefined || seq === undefined || seq < 1) continue;
    if (((seq - 1) % (ledgerSize / recordSize)) * recordSize !== at) continue;
    records.push({
      seq,
      time: numberIn(lines, 'time') ?? null,
      panic: first(lines, 'panic') ?? '',
      outcome: first(lines, 'outcome') ?? '',
      where: first(lines, 'where') ?? null,
      reason: first(lines, 'reason') ?? null,
    });
  }
  return records.sort((a, b) => a.seq - b.seq);
}
