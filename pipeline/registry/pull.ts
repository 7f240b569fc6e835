/** A bundle out of a repository into a file: slices that an older bundle has are taken from there. */
import { join } from 'node:path';
import { attestationBeside } from '../attest/verify-attestation.ts';
import type { Host, NewFile } from '../host/host.ts';
import { digestInPieces, type ReadAt } from '../host/in-pieces.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { Digest } from '../units/units.ts';
import { type BundleFacts, readBundleManifest } from './bundle-manifest.ts';
import { sliceBundle } from './open-bundle.ts';
import { type Name, type Place, showReference } from './reference.ts';
import { attestationFile } from './referrers.ts';
import type { Descriptor, Repository } from './repository.ts';

export type Pulled = {
  readonly reference: string;
  /** Of the manifest. */
  readonly digest: Digest;
  readonly facts: BundleFacts;
  readonly path: string;
  readonly bytes: { readonly received: number; readonly reused: number };
  /** Whether attestations came with it, in the file beside it. */
  readonly attested: boolean;
};

export type Found = {
  readonly reference: string;
  readonly digest: Digest;
  readonly slices: readonly Descriptor[];
  readonly facts: BundleFacts;
};

/** The manifest of a bundle; whatever its tag names later, the slices are of this one. */
export async function findBundle(
  repository: Repository,
  place: Place,
  name: Name,
): Promise<Result<Found>> {
  const reference = showReference(place, name);
  const manifest = await repository.manifest(name);
  if (!manifest.ok) return manifest;
  if (manifest.value === undefined) return fail({ area: 'registry', kind: 'not-there', reference });
  const read = readBundleManifest(reference, manifest.value);
  return read.ok ? ok({ reference, digest: manifest.value.digest, ...read.value }) : read;
}

/**
 * Written beside `path` and renamed when `check` accepts it. What `path` holds before is read for slices, and stays
 * what it is after any problem.
 */
export async function pullBundle(
  host: Host,
  repository: Repository,
  found: Found,
  path: string,
  check: (path: string) => Promise<Result<unknown>>,
): Promise<Result<Pulled>> {
  const { digest, facts, reference, slices } = found;
  const old = await oldSlices(host, path);
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '.';
  return host.withTempFolder(async (temp): Promise<Result<Pulled>> => {
    const beside = join(temp, 'bundle.crashseal');
    const file = await host.createFile(beside);
    let received = 0;
    let reused = 0;
    try {
      let at = 0;
      for (const slice of slices) {
        const start = at;
        const read = old.get(slice.digest);
        if (read !== undefined && (await copySlice(read, slice, file, start))) reused += slice.size;
        else {
          const got = await repository.readBlob(slice, (from, bytes) =>
            file.write(BigInt(start + from), bytes),
          );
          if (!got.ok) return got;
          received += slice.size;
        }
        at += slice.size;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const attestations = await attestationFile(repository, digest);
    if (!attestations.ok) return attestations;
    const attested = attestations.value !== undefined;
    if (attestations.value !== undefined)
      await host.writeFile(attestationBeside(beside), attestations.value);
    const checked = await check(beside);
    if (!checked.ok) return checked;
    // Those of an older bundle say nothing of this one.
    if (attested) await host.rename(attestationBeside(beside), attestationBeside(path));
    else await host.remove(attestationBeside(path));
    await host.rename(beside, path);
    return ok({ reference, digest, facts, path, bytes: { received, reused }, attested });
  }, folder);
}

/** Of a file that is no bundle, none. */
async function oldSlices(host: Host, path: string): Promise<ReadonlyMap<Digest, ReadAt>> {
  if ((await host.stat(path))?.kind !== 'file') return new Map();
  const sliced = await sliceBundle(host, path);
  return new Map(sliced.ok ? sliced.value.slices.map(({ digest, read }) => [digest, read]) : []);
}

/** False where the old file is not any more what it was: then the slice is fetched over it. */
async function copySlice(
  read: ReadAt,
  { digest, size }: Descriptor,
  file: NewFile,
  start: number,
): Promise<boolean> {
  const copied = await digestInPieces(read, 0, size, (at, bytes) =>
    file.write(BigInt(start + at), bytes),
  );
  return copied === digest;
}
