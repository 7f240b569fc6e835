import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { sliceBundle } from '../../pipeline/registry/open-bundle.ts';
import { cutIntoSlices } from '../../pipeline/registry/slices.ts';
import { memberNames, packBundle } from '../../pipeline/seal/archive.ts';
import { digest, pattern } from '../fixtures/bytes.ts';
import { kinds, must } from '../fixtures/results.ts';
import { fleetBundle } from './fixture.ts';

const KiB = 1024;
const names = (members: readonly (readonly [string, number])[]): readonly string[] =>
  cutIntoSlices(members.map(([name, size]) => ({ name, size }))).map(({ name }) => name);

const head = [
  ['seal.bin', 3000],
  ['seal.p7s', 2000],
  ['manifest.json', 9000],
] as const;

describe('a bundle in slices', () => {
  test('has its large members alone, and runs of small ones in one piece', () => {
    expect(
      names([
        ...head,
        ['kernel', 12_000 * KiB],
        ['initramfs.base', 8000 * KiB],
        ['initramfs.overlay', 4 * KiB],
        ['elfcorehdr', 3 * KiB],
        ['purgatory', 14 * KiB],
        ['boot_params', 5 * KiB],
      ]),
    ).toEqual(['head', 'kernel', 'initramfs.base', 'tail']);
  });

  test('has a member of 32 KiB in a run, and one of a byte more alone', () => {
    expect(names([...head, ['kernel', 32 * KiB]])).toEqual(['head']);
    expect(names([...head, ['kernel', 32 * KiB + 1]])).toEqual(['head', 'kernel', 'tail']);
  });

  test('has the room for a local overlay apart from what differs, however small it is', () => {
    expect(
      names([
        ...head,
        ['kernel', 40 * KiB],
        ['initramfs.overlay', 4 * KiB],
        ['initramfs.local', 4 * KiB],
        ['purgatory', 14 * KiB],
      ]),
    ).toEqual(['head', 'kernel', 'initramfs.overlay', 'initramfs.local', 'tail']);
  });

  test('is the bundle again when they are joined, whatever its members are', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 80 * KiB }), { minLength: 1, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
        async (all, taken) => {
          const members = memberNames
            .filter((_, index) => index === 0 || taken[index] === true)
            .map((name, index) => ({ name, size: all[index % all.length] ?? 1 }));
          const archive = await packBundle(
            members.map(({ name, size }, index) => ({ name, bytes: pattern(size, index) })),
          );
          const slices = cutIntoSlices(members);
          let at = 0;
          for (const { start, end } of slices) {
            expect(start).toBe(at);
            expect(end).toBeGreaterThan(start);
            at = end;
          }
          expect(at).toBe(archive.length);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('two profiles of one kernel', () => {
  const slicesOf = async (bytes: Uint8Array) =>
    must(await sliceBundle(memoryHost({ '/b': bytes }), '/b'));

  test('share the large slices, and differ in the head and the tail', async () => {
    const web = await slicesOf(await fleetBundle({ profile: 'web' }));
    const db = await slicesOf(await fleetBundle({ profile: 'db' }));
    const digests = new Set(web.slices.map((slice) => slice.digest));
    expect(db.slices.filter((slice) => !digests.has(slice.digest)).map(({ name }) => name)).toEqual(
      ['head'],
    );
    expect(web.slices.map(({ name, unique }) => [name, unique])).toEqual([
      ['head', true],
      ['initramfs.base', false],
      ['tail', true],
    ]);
  });

  test('give the same manifest every time, with the digest of each slice', async () => {
    const bytes = await fleetBundle({ profile: 'web' });
    const [once, again] = [await slicesOf(bytes), await slicesOf(bytes)];
    expect(once.manifest).toEqual(again.manifest);
    await expect(
      `${JSON.stringify(JSON.parse(Buffer.from(once.manifest.bytes).toString()), null, 2).replace(/[0-9a-f]{64}/g, (hex) => (hex.startsWith('44136fa3') ? hex : 'DIGEST'))}\n`,
    ).toMatchFileSnapshot('../golden/registry/bundle-manifest.json');
    let at = 0;
    for (const slice of once.slices) {
      expect(digest(bytes.subarray(at, at + slice.size))).toBe(slice.digest);
      at += slice.size;
    }
  });
});

test('a member that is not what the seal says is not pushed', async () => {
  const bytes = await fleetBundle({ profile: 'web' });
  // In the middle of the large member.
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
  expect(kinds(await sliceBundle(memoryHost({ '/b': bytes }), '/b'))).toEqual(['member-digest']);
});
