import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { now } from '../fixtures/now.ts';
import { sampleBundle, sampleParts } from '../fixtures/sample-bundle.ts';
import { runCli } from './memory-world.ts';

let keys: TestKeys;
beforeAll(async () => {
  keys = await testKeys();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const inspect = async (bundle: Uint8Array, at: number, ...words: readonly string[]) =>
  (await runCli(['inspect', ...words, '/b'], memoryHost({ '/b': bundle }, { now: at }))).out;

describe('inspect', () => {
  test('of a bundle that is not signed reads as in its golden file', async () => {
    const text = await inspect(await sampleBundle(undefined), now);
    await expect(text).toMatchFileSnapshot('../golden/cli/inspect.txt');
  });

  test('tells the digests by which seal and certificate can be revoked', async () => {
    const bundle = await sampleBundle(keys.signer);
    const text = await inspect(bundle, now);
    expect(text).toContain(sha256(encodeSeal(sampleParts().seal)));
    const certificate = keys.signer.certificates[0]?.der ?? new Uint8Array();
    expect(text).toContain(sha256(certificate));
    expect(JSON.parse(await inspect(bundle, now, '--json'))).toMatchObject({
      verified: false,
      sealDigest: sha256(encodeSeal(sampleParts().seal)),
      signatures: [{ kind: 'present', certificates: [{ sha256: sha256(certificate) }] }],
    });
  });

  test('says what has expired', async () => {
    const bundle = await sampleBundle(keys.signer);
    expect(await inspect(bundle, now)).not.toContain('EXPIRED');
    expect(await inspect(bundle, now + 2 * 86_400)).toMatch(/^valid .*EXPIRED$/m);
    expect(await inspect(bundle, now + 400 * 86_400)).toMatch(/^ +valid .*EXPIRED$/m);
  });
});
