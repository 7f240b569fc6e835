/** The raw disk that a guest saves its dump on, seen from the host. */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { readAt } from './read-at.ts';

export const pageSize = 4096;
export const blockSize = 2 ** 20;

/**
 * Creates a dump device that shows which pages were never written: it is filled with text, and each page starts
 * with its offset. (A guest that looks for partitions has some of it in its page cache.)
 */
export function makeDumpDevice(path: string, mebibytes: number): void {
  const file = openSync(path, 'w');
  for (let block = 0; block < mebibytes; block += 1)
    writeSync(file, poison(block * blockSize, blockSize));
  closeSync(file);
}

/** What a fresh device has at that offset, a multiple of the page size. */
export function poison(offset: number, size: number): Buffer {
  const bytes = Buffer.from(poisonText.subarray(0, size));
  for (let at = 0; at < size; at += pageSize) bytes.writeBigUInt64LE(BigInt(offset + at), at);
  return bytes;
}

const poisonText = Buffer.alloc(
  blockSize,
  'crashseal: this page of the dump device was never written. ....\n',
);

/** The completion marker: text in the device's last 4096 bytes, up to the first NUL. */
export function completionMarker(device: string): string {
  const file = openSync(device, 'r');
  try {
    const bytes = readAt(file, BigInt(fstatSync(file).size - pageSize), pageSize);
    const text = Buffer.from(bytes).toString('latin1');
    return text.startsWith('crashseal-dump ')
      ? text.slice(0, (text.indexOf('\0') + 4097) % 4097)
      : '';
  } finally {
    closeSync(file);
  }
}
