/** The tool's decoder against the loader's: a seal that the tool takes, the loader takes. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import type { Problem } from '../../pipeline/problem/problem.ts';
import { type BundleMember, isMemberName, packBundle } from '../../pipeline/seal/archive.ts';
import { decodeSeal, encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { signDetached } from '../../pipeline/sign/sign.ts';
import { must, type TestKeys, testKeys } from '../sign/fixtures.ts';
import { sampleParts } from './sample-bundle.ts';
import { sampleSeal } from './sample-seal.ts';

const loader = 'out/native/x86_64/crashseal-load';
const canRun = process.arch === 'x64' && existsSync(loader);
if (!canRun) console.warn(`${loader} is not built, or not for this machine: skipped`);

const now = Math.floor(Date.now() / 1000);
let keys: TestKeys;
let folder = '';
beforeAll(async () => {
  keys = await testKeys({ chain: true, now });
  folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
  if (canRun) copyFileSync(loader, join(folder, 'loader'));
  writeFileSync(join(folder, 'root.pem'), keys.file('root.pem').bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The loader's exit code for a bundle of these members with this seal, rightly signed. */
async function loaderSays(
  sealBytes: Uint8Array,
  members: readonly BundleMember[],
): Promise<number | null> {
  const bundle = await packBundle([
    { name: 'seal.bin', bytes: sealBytes },
    { name: 'seal.p7s', bytes: must(await signDetached(sealBytes, keys.signer, now)) },
    ...members,
  ]);
  const path = join(folder, 'bundle');
  writeFileSync(path, bundle);
  return spawnSync(join(folder, 'loader'), ['--check', '--trust', join(folder, 'root.pem'), path])
    .status;
}

/** Members of the sizes that a seal lists; their digests are wrong, which the loader sees after the seal. */
const membersOf = (seal: Seal): readonly BundleMember[] =>
  seal.members.map(({ name, size }) => {
    if (!isMemberName(name)) throw new Error(name);
    return { name, bytes: new Uint8Array(Number(size)) };
  });

/** Points in which docs/format.md calls the tool stricter. */
const stricter = (problem: Problem): boolean =>
  problem.kind === 'seal-not-canonical' ||
  problem.kind === 'seal-name' ||
  (problem.kind === 'seal-value' &&
    (problem.rule === 'relative-path' || problem.part.startsWith('match rule')));

const badSeal = loaderStatuses.badSeal.code;

describe.skipIf(!canRun)('the loader', () => {
  test('takes a bundle that the tool made', async () => {
    const { seal, members } = sampleParts();
    const bytes = encodeSeal({ ...seal, notBefore: undefined });
    expect(await loaderSays(bytes, members)).toBe(loaderStatuses.ok.code);
  });

  test('refuses the seals that the tool refuses, and no other', async () => {
    const good = encodeSeal(sampleSeal);
    const members = membersOf(sampleSeal);
    expect(await loaderSays(good, members)).toBe(loaderStatuses.badDigest.code);
    const change = fc.record({
      at: fc.nat(),
      byte: fc.constantFrom(0, 1, 2, 3, 4, 8, 0x10, 0x20, 0x2e, 0x7f, 0x80, 0xff),
    });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        const bytes = Uint8Array.from(good);
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        const ours = decodeSeal(bytes);
        const theirs = await loaderSays(bytes, members);
        if (ours.ok) {
          taken++;
          expect(theirs).not.toBe(badSeal);
        } else if (!ours.problems.every(stricter)) expect(theirs).toBe(badSeal);
      }),
      { numRuns: 400 },
    );
    // Both sides of the comparison were seen.
    expect(taken).toBeGreaterThan(20);
  }, 300_000);
});
