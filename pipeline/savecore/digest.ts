import { createHash } from 'node:crypto';
import { type ByteSource, chunksOf } from './byte-source.ts';

/** SHA-256 of what is too large to hold, in hex. */
export async function digestOfSource(source: ByteSource): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(source)) hash.update(chunk);
  return hash.digest('hex');
}
