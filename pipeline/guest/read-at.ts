import { readSync } from 'node:fs';

/** So many bytes of an open file; fewer are an error. */
export function readAt(file: number, offset: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const count = readSync(file, bytes, 0, size, Number(offset));
  if (count !== size) throw new Error(`offset ${offset}: ${count} of ${size} bytes`);
  return bytes;
}
