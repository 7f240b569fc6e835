/** What the capture kernel wrote about its dumps on a raw device, as a test reads it (docs/capture.md). */
import { closeSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { readAt } from '../../pipeline/guest/read-at.ts';

type Lines = Readonly<Record<string, string>>;

const markerSize = 4096;
const ledgerSize = 65536;
const entrySize = 1024;

const linesOf = (text: string): Lines =>
  Object.fromEntries(
    text
      .replace(/\0[\s\S]*$/, '')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

function bytesOf(device: string, at: number, size: number): Buffer {
  const file = openSync(device, 'r');
  try {
    const offset = at < 0 ? fstatSync(file).size + at : at;
    return Buffer.from(readAt(file, BigInt(offset), size));
  } finally {
    closeSync(file);
  }
}

/** The marker of the only slot, or that of a slot among several. */
export function markerOf(device: string, slot = 1): Lines {
  const last = linesOf(bytesOf(device, -markerSize, markerSize).toString('latin1'));
  if (last.slots === undefined || last.slots === '1') return last;
  const at = slot * Number(last.slot_size) - markerSize;
  return linesOf(bytesOf(device, at, markerSize).toString('latin1'));
}

/** Records of panics, the oldest first. */
export function ledgerOf(device: string): readonly Lines[] {
  const bytes = bytesOf(device, -markerSize - ledgerSize, ledgerSize);
  return Array.from({ length: ledgerSize / entrySize }, (_, index) =>
    bytes.toString('latin1', index * entrySize, (index + 1) * entrySize),
  )
    .filter((text) => text.startsWith('crashseal-panic 1\n') && text.includes('\nend\n'))
    .map(linesOf)
    .sort((a, b) => Number(a.seq) - Number(b.seq));
}

/** The bytes of a dump, or of its log, as files of their own. */
export function extract(device: string, marker: Lines, what: 'dump' | 'log', path: string): void {
  const [at, size] =
    what === 'dump' ? [marker.offset, marker.size] : [marker.dmesg_offset, marker.dmesg_size];
  writeFileSync(path, bytesOf(device, Number(at), Number(size)));
}
