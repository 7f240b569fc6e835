/** Which seal a bundle in a repository has. Its manifest says so too, but nobody vouches for a manifest. */
import { limits } from '../format/limits.ts';
import { readTar } from '../format/tar.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { sha256 } from '../units/sha256.ts';
import type { Digest } from '../units/units.ts';
import { blobBytes } from './memory-blob.ts';
import type { Found } from './pull.ts';
import type { Repository } from './repository.ts';

/** SHA-256 of seal.bin: the first member of the first slice. Whether it is signed is not looked at. */
export async function sealThere(
  repository: Repository,
  { reference, slices: [head] }: Found,
): Promise<Result<Digest>> {
  const wrong = fail({ area: 'registry', kind: 'manifest-form', where: reference, part: 'layers' });
  if (head === undefined || head.size > limits.bundleHeadMax.value) return wrong;
  const bytes = await blobBytes(repository, head);
  if (!bytes.ok) return bytes;
  const read = await readTar<Digest | 'none'>(bytes.value, (entry) =>
    entry.name === 'seal.bin' && entry.bytes.length === entry.size ? sha256(entry.bytes) : 'none',
  );
  return read.end === 'stopped' && read.by !== 'none' ? ok(read.by) : wrong;
}
