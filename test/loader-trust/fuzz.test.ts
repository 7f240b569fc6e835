import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { loaderDriver, runDriver } from '../support/loader-host.ts';
import { authority, bundleWith, certificate, keyOf, signature } from './bundles.ts';

/** A short run from good examples; `seed` makes it the same run each time. */
function fuzz(name: string, examples: readonly (Uint8Array | string)[], runs: number): void {
  const folder = `out/test/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [index, example] of examples.entries())
    writeFileSync(`${folder}/example-${index}`, example);
  runDriver(
    loaderDriver(name),
    ...['-seed=1', `-runs=${runs}`, '-max_len=16384', `-artifact_prefix=${folder}/`, folder],
  );
}

test('no bytes lead the archive reader astray', async () => {
  const bundle = await bundleWith();
  fuzz('fuzz-envelope', [bundle, bundle.slice(0, 1024)], 20_000);
});

test('no bytes lead the signature reader astray', () => {
  const root = authority('root', 'root');
  const p7s = signature([certificate('signer', 'root'), root], keyOf('signer'));
  fuzz('fuzz-cms', [p7s], 100_000);
});

test('no bytes lead the reader of trust anchors astray', () => {
  const root = authority('root', 'root');
  fuzz('fuzz-trust', [root, writePem(root)], 10_000);
});
