/**
 * makedumpfile's flattened format: a dump as a stream. A header of 4096 bytes, then records of an offset, a size and
 * so many bytes for that place, until a record that says -1 twice; numbers are big-endian
 * (makedumpfile, IMPLEMENTATION, "The flattened format").
 */

const magic = 'makedumpfile\0';
const headerSize = 4096;
const recordHeaderSize = 16;
/** `type` and `version`, both 1, after 16 bytes of signature. */
const typeOffset = 16;

/**
 * No record of a dump reaches this far: the largest file of ext4 or XFS by default is no larger either. What is
 * beyond is no record but bytes of something else.
 */
const furthest = 1n << 46n;
/** makedumpfile writes records of some MiB at most. */
const largestRecord = 1n << 30n;

export const isFlattened = (head: Uint8Array): boolean =>
  Buffer.from(head.subarray(0, magic.length)).toString('latin1') === magic;

export type Rearranged = {
  /** Bytes of the stream that were used. */
  readonly read: bigint;
  /** Size of the file that they make. */
  readonly size: bigint;
  /** Why there is not all of it; undefined when the last record was met. */
  readonly cut: 'ends' | 'no-record' | undefined;
};

/** Writes what the stream holds, as far as it goes. The stream must begin as {@link isFlattened} asks for. */
export async function rearrange(
  chunks: AsyncIterable<Uint8Array>,
  write: (at: bigint, bytes: Uint8Array) => Promise<void>,
): Promise<Rearranged> {
  const stream = reader(chunks);
  let size = 0n;
  let read = 0n;
  const end = (cut: Rearranged['cut']): Rearranged => ({ read, size, cut });
  const header = await stream.exactly(headerSize);
  if (header === undefined) return end('ends');
  const fields = view(header);
  if (fields.getBigInt64(typeOffset) !== 1n || fields.getBigInt64(typeOffset + 8) !== 1n)
    return end('no-record');
  read += BigInt(headerSize);
  for (;;) {
    const head = await stream.exactly(recordHeaderSize);
    if (head === undefined) return end('ends');
    const at = view(head).getBigInt64(0);
    const count = view(head).getBigInt64(8);
    if (at === -1n && count === -1n) {
      read += BigInt(recordHeaderSize);
      return end(undefined);
    }
    if (at < 0n || count <= 0n || count > largestRecord || at + count > furthest)
      return end('no-record');
    read += BigInt(recordHeaderSize);
    for (let done = 0n; done < count; ) {
      const piece = await stream.upTo(Number(count - done));
      if (piece.length === 0) return end('ends');
      await write(at + done, piece);
      done += BigInt(piece.length);
      read += BigInt(piece.length);
      if (at + done > size) size = at + done;
    }
  }
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Takes from a stream by count. */
function reader(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let held = new Uint8Array() as Uint8Array;
  /** At most so many bytes; none at the end only. */
  const upTo = async (count: number): Promise<Uint8Array> => {
    while (held.length === 0) {
      const next = await source.next();
      if (next.done === true) return held;
      held = next.value;
    }
    const piece = held.subarray(0, count);
    held = held.subarray(piece.length);
    return piece;
  };
  return {
    upTo,
    /** Undefined where fewer are left. */
    exactly: async (count: number): Promise<Uint8Array | undefined> => {
      const whole = new Uint8Array(count);
      for (let done = 0; done < count; ) {
        const piece = await upTo(count - done);
        if (piece.length === 0) return undefined;
        whole.set(piece, done);
        done += piece.length;
      }
      return whole;
    },
  };
}
