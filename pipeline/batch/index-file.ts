/**
 * `index.json` beside the bundles: what is there, for whoever takes bundles from the folder. docs/packaging.md.
 * Same bundles, same bytes. While a build changes a bundle there is none.
 */
import { type ManifestValue, renderManifest } from '../seal/manifest.ts';
import { showDate } from '../units/time.ts';
import type { BundleFacts } from './facts.ts';

/** Raise it when a key is taken away or changes its meaning. */
const indexVersion = 1;

export const indexName = 'index.json';

export const renderIndex = (
  bundles: readonly { readonly file: string; readonly facts: BundleFacts }[],
): Uint8Array =>
  renderManifest({
    version: indexVersion,
    bundles: bundles
      .toSorted((a, b) => (a.file < b.file ? -1 : 1))
      .map(
        ({ file, facts }): ManifestValue => ({
          file,
          profile: facts.profile,
          architecture: facts.arch,
          kernelRelease: facts.release,
          epoch: BigInt(facts.epoch),
          notAfter: facts.notAfter === null ? null : showDate(facts.notAfter),
          signed: facts.signed,
          seal: facts.seal,
          size: facts.size,
          slices: facts.slices.map(({ name, sha256, size }) => ({ name, sha256, size })),
        }),
      ),
  });
