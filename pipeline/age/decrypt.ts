/** The age package, which reads what `age` encrypted: as a stream, and as far as it goes. */
import type { AnyIdentity } from './identity-file.ts';

const version = 'age-encryption.org/v1\n';
/** A header has a stanza of some hundred bytes for each recipient. */
export const headerMost = 64 << 10;
/** One chunk at a time: what a package's stream has read ahead is lost when it meets damage. */
const pieceSize = 64 << 10;

export const isAge = (head: Uint8Array): boolean =>
  Buffer.from(head.subarray(0, version.length)).toString('latin1') === version;

export type Decrypted =
  | {
      readonly kind: 'stream';
      /** Ends where the stream is cut or damaged. */
      readonly chunks: AsyncIterable<Uint8Array>;
      /** Once it has ended: whether that is the end that was written. */
      readonly whole: () => boolean;
    }
  | { readonly kind: 'wrong-identity' }
  | { readonly kind: 'damaged-header' };

/** `head` is what the stream begins with, up to {@link headerMost} bytes. */
export async function decrypt(
  head: Uint8Array,
  chunks: AsyncIterable<Uint8Array>,
  identities: readonly AnyIdentity[],
): Promise<Decrypted> {
  // The package would look for the header's end for ever.
  if (!isAge(head) || !Buffer.from(head.subarray(0, headerMost)).includes('\n--- '))
    return { kind: 'damaged-header' };
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    const stream = await decrypter.decrypt(ReadableStream.from(inPieces(chunks)));
    let whole = false;
    const plain = async function* () {
      try {
        for await (const piece of stream) yield piece;
        whole = true;
      } catch (error) {
        // What the disk refuses is not damage.
        if (error instanceof Error && 'syscall' in error) throw error;
      }
    };
    return { kind: 'stream', chunks: plain(), whole: () => whole };
  } catch (error) {
    if (!(error instanceof Error) || 'syscall' in error) throw error;
    return {
      kind: error.message.startsWith('no identity matched') ? 'wrong-identity' : 'damaged-header',
    };
  }
}

async function* inPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += pieceSize) yield chunk.subarray(at, at + pieceSize);
}
