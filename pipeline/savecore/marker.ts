/** Records that the capture kernel leaves on a raw device: lines of `key=value`. docs/capture.md has their layout. */

export const markerSize = 4096;
const markerMagic = 'crashseal-dump 1';
const recordMagic = 'crashseal-panic 1';

/** Values of each key, in order: some stand more than once. */
export type Lines = ReadonlyMap<string, readonly string[]>;

/** Undefined for what is no marker. */
export const readMarker = (bytes: Uint8Array): Lines | undefined => linesOf(bytes, markerMagic);

/** Undefined for what is no record of the ledger, or is half of one. */
export function readRecord(bytes: Uint8Array): Lines | undefined {
  const lines = linesOf(bytes, recordMagic);
  return lines?.has('end') === true ? lines : undefined;
}

function linesOf(bytes: Uint8Array, magic: string): Lines | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\0');
  const [first, ...more] = text.slice(0, end < 0 ? text.length : end).split('\n');
  if (first !== magic) return undefined;
  const lines = new Map<string, string[]>();
  for (const line of more) {
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    if (key === '') continue;
    const value = at < 0 ? '' : printable(line.slice(at + 1));
    lines.set(key, [...(lines.get(key) ?? []), value]);
  }
  return lines;
}

/** Whoever wrote it: a terminal, a journal and a JSON file show it. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

export const first = (lines: Lines, key: string): string | undefined => lines.get(key)?.[0];

/** A whole number, with so many digits as a size may have; undefined for anything else. */
export function numberIn(lines: Lines, key: string): number | undefined {
  const text = first(lines, key) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
