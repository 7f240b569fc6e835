/** A tag moved to a bundle that is there already. */
import { fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import { readBundleManifest } from './bundle-manifest.ts';
import { type Name, type Place, showReference } from './reference.ts';
import type { Repository } from './repository.ts';

export type Promoted = {
  /** The tag. */
  readonly reference: string;
  readonly digest: Digest;
  /** What the tag named before; by it one goes back. */
  readonly before: Digest | undefined;
};

export async function promote(
  repository: Repository,
  place: Place,
  from: Name,
  tag: string,
  expect: Digest | undefined,
): Promise<Result<Promoted>> {
  const source = showReference(place, from);
  const reference = showReference(place, { tag });
  const manifest = await repository.manifest(from);
  if (!manifest.ok) return manifest;
  if (manifest.value === undefined)
    return fail({ area: 'registry', kind: 'not-there', reference: source });
  const bundle = readBundleManifest(source, manifest.value);
  if (!bundle.ok) return bundle;
  const before = await repository.find({ tag });
  if (!before.ok) return before;
  const { digest } = manifest.value;
  if (expect !== undefined && before.value !== expect)
    return fail({
      area: 'registry',
      kind: 'tag-moved',
      reference,
      expected: expect,
      found: before.value,
    });
  if (before.value === digest) return ok({ reference, digest, before: digest });
  const put = await repository.putManifest(manifest.value, tag);
  if (!put.ok) return put;
  const after = await repository.find({ tag });
  if (!after.ok) return after;
  return after.value === digest
    ? ok({ reference, digest, before: before.value })
    : fail({
        area: 'registry',
        kind: 'tag-moved',
        reference,
        expected: digest,
        found: after.value,
      });
}
