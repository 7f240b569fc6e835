/** Bytes that are read here and there, or from the start on: a file, a part of it, several one after the other. */

export type ByteSource = {
  readonly size: bigint;
  /** At most so many bytes; fewer only at the end. */
  readonly read: (at: bigint, size: number) => Promise<Uint8Array>;
};

/** The part that begins at `from`; shorter where the source ends before. */
export function partOf(source: ByteSource, from: bigint, size: bigint): ByteSource {
  const left = source.size > from ? source.size - from : 0n;
  const most = size < left ? size : left;
  return {
    size: most,
    read: (at, count) =>
      source.read(from + at, at >= most ? 0 : Number(minimum(BigInt(count), most - at))),
  };
}

/** One after the other. */
export function oneAfterTheOther(sources: readonly ByteSource[]): ByteSource {
  const size = sources.reduce((sum, source) => sum + source.size, 0n);
  return {
    size,
    read: async (at, count) => {
      const whole = new Uint8Array(Number(minimum(BigInt(count), at >= size ? 0n : size - at)));
      let start = 0n;
      let done = 0;
      for (const source of sources) {
        const within = at + BigInt(done) - start;
        if (done < whole.length && within < source.size) {
          const piece = await source.read(within, whole.length - done);
          whole.set(piece, done);
          done += piece.length;
          // A source that has become shorter: what follows would be in the wrong place.
          if (within + BigInt(piece.length) < source.size && done < whole.length) break;
        }
        start += source.size;
      }
      return whole.subarray(0, done);
    },
  };
}

const chunkSize = 1 << 20;
/** What a disk gives or does not give as a whole. */
const smallestPiece = 4096;

/** From the start to the end; given `unread`, only up to what the disk does not give, which is told. */
export async function* chunksOf(
  source: ByteSource,
  unread?: (at: bigint) => void,
): AsyncGenerator<Uint8Array, void> {
  let piece = chunkSize;
  for (let at = 0n; at < source.size; ) {
    const chunk = await (unread === undefined
      ? source.read(at, piece)
      : unlessUnreadable(source.read(at, piece)));
    if (chunk === undefined) {
      // Some of a chunk may be there.
      if (piece > smallestPiece) {
        piece = smallestPiece;
        continue;
      }
      unread?.(at);
      return;
    }
    if (chunk.length === 0) return;
    yield chunk;
    at += BigInt(chunk.length);
  }
}

/** Of a medium with bad places: EIO for most, the others for some drivers and for damaged integrity data. */
const unreadable: readonly unknown[] = ['EIO', 'EREMOTEIO', 'ENODATA', 'EILSEQ', 'EBADMSG'];

/** Undefined for what the disk does not give. */
export async function unlessUnreadable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && unreadable.includes(error.code))
      return undefined;
    throw error;
  }
}

const minimum = (a: bigint, b: bigint): bigint => (a < b ? a : b);
