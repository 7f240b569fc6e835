/** The tool's decoder against the loader's: a seal that the tool takes, the loader takes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Layout } from '../../pipeline/format/layout.ts';
import { loaderStatuses } from '../../pipeline/format/loader-status.ts';
import {
  sealHeader,
  sealLive,
  sealMatch,
  sealMember,
  sealSegment,
} from '../../pipeline/format/seal-layout.ts';
import type { Problem } from '../../pipeline/problem/problem.ts';
import { type BundleMember, isMemberName, packBundle } from '../../pipeline/seal/archive.ts';
import { decodeSeal, encodeSeal, type Seal } from '../../pipeline/seal/seal-codec.ts';
import { signDetached } from '../../pipeline/sign/sign.ts';
import { type TestKeys, testKeys } from '../fixtures/keys.ts';
import { must } from '../fixtures/results.ts';
import { sampleParts } from '../fixtures/sample-bundle.ts';
import { sampleSeal } from '../fixtures/sample-seal.ts';
import { sampleSeal as loaderSeal } from '../fixtures/x86-64-bundle.ts';
import { loaderDriver, runDriver, shippedLoader } from '../support/loader-host.ts';
import { mutantsOf } from '../support/mutants.ts';

const canRun = process.arch === 'x64';

const now = Math.floor(Date.now() / 1000);
let keys: TestKeys;
let folder = '';
let loader = '';
beforeAll(async () => {
  keys = await testKeys({ chain: true, now });
  folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
  writeFileSync(join(folder, 'root.pem'), keys.file('root.pem').bytes);
  if (canRun) loader = shippedLoader('x86_64');
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
  return spawnSync(loader, ['--check', '--trust', join(folder, 'root.pem'), path]).status;
}

/** Members of the sizes that a seal lists; their digests are wrong, which the loader sees after the seal. */
const membersOf = (seal: Seal): readonly BundleMember[] =>
  seal.members.map(({ name, size }) => {
    if (!isMemberName(name)) throw new Error(name);
    return { name, bytes: new Uint8Array(Number(size)) };
  });

/** The point in which docs/format.md calls the tool stricter. */
const stricter = (problem: Problem): boolean => problem.kind === 'seal-not-canonical';

/** As `core seals` has it: the name of the first fault, and the index of its record. */
function verdictOf(bytes: Uint8Array): string {
  const seal = decodeSeal(bytes);
  if (seal.ok) return 'ok';
  const [first] = seal.problems;
  if (first.kind !== 'seal-fault') return stricter(first) ? 'ok' : first.kind;
  return first.index === undefined ? first.fault : `${first.fault} ${first.index}`;
}

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
      { numRuns: 100 },
    );
    // Both sides of the comparison were seen.
    expect(taken).toBeGreaterThan(5);
  }, 300_000);
});

type Field = { readonly at: number; readonly size: number };

/** Every number of an encoded seal. */
function numbersOf({ members, segments, live, match }: Seal): readonly Field[] {
  const rows: readonly (readonly [Layout, number])[] = [
    [sealHeader, 1],
    [sealMember, members.length],
    [sealSegment, segments.length],
    [sealLive, live.length],
    [sealMatch, match.length],
  ];
  const found: Field[] = [];
  let start = 0;
  for (const [layout, count] of rows)
    for (let index = 0; index < count; index++, start += layout.size)
      for (const { type, offset, size } of Object.values(layout.fields))
        if (type === 'uint' || type === 'u64') found.push({ at: start + offset, size });
  return found;
}

const read = (bytes: Uint8Array, { at, size }: Field): bigint =>
  bytes.slice(at, at + size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
function write(bytes: Uint8Array, { at, size }: Field, value: bigint): void {
  for (let index = 0; index < size; index++)
    bytes[at + index] = Number((value >> BigInt(8 * index)) & 0xffn);
}

/** A seal with some numbers made others: near what they were, what another one is, or at an end of their range. */
function fieldMutants(seal: Seal): fc.Arbitrary<Uint8Array> {
  const good = encodeSeal(seal);
  const fields = numbersOf(seal);
  const value = fc.oneof(
    fc.constantFrom(
      0n,
      1n,
      2n,
      3n,
      4n,
      8n,
      16n,
      63n,
      64n,
      0x1000n,
      0xffffn,
      1n << 32n,
      (1n << 64n) - 1n,
    ),
    fc.constantFrom(...fields).map((other) => read(good, other)),
    fc.bigInt({ min: -4096n, max: 4096n }).map((near) => ({ near })),
  );
  const change = fc.tuple(fc.constantFrom(...fields), value);
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const bytes = Uint8Array.from(good);
    for (const [field, to] of changes)
      write(bytes, field, typeof to === 'bigint' ? to : read(bytes, field) + to.near);
    return bytes;
  });
}

test('the loader and the tool name the same fault in thousands of changed seals', () => {
  const samples = [sampleSeal, loaderSeal, sampleParts().seal];
  const mutants = samples.flatMap((seal, index) => [
    ...fc.sample(fieldMutants(seal), { seed: index + 1, numRuns: 6000 }),
    ...fc.sample(mutantsOf([encodeSeal(seal)]), { seed: index + 1, numRuns: 2000 }),
  ]);
  const path = join(folder, 'seals');
  const sizeOf = ({ length }: Uint8Array): Uint8Array =>
    Uint8Array.of(length, length >> 8, length >> 16, length >> 24);
  writeFileSync(path, Buffer.concat(mutants.flatMap((bytes) => [sizeOf(bytes), bytes])));
  const verdicts = runDriver(loaderDriver('core'), 'seals', path).trimEnd().split('\n');
  expect(verdicts).toHaveLength(mutants.length);
  const seen = new Set<string>();
  let taken = 0;
  for (const [index, bytes] of mutants.entries()) {
    const ours = verdictOf(bytes);
    if (ours === 'ok') taken++;
    seen.add(ours.replace(/ \d+$/, ''));
    expect(verdicts[index], Buffer.from(bytes).toString('hex')).toBe(ours);
  }
  // Most of the table; each of the others is a case of the corpus.
  expect(seen.size).toBeGreaterThan(40);
  expect(taken).toBeGreaterThan(500);
});
