/** Seals to test with: one that looks like a real one, and arbitrary valid ones. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Seal, SealedLive, SealedSegment } from '../../pipeline/seal/seal-codec.ts';
import { type Digest, digestOf } from '../../pipeline/units/units.ts';

export const sha256 = (bytes: Uint8Array): Digest =>
  digestOf(createHash('sha256').update(bytes).digest());

const digest = (seed: string): Digest => sha256(new TextEncoder().encode(seed));

const live = (
  value: Pick<SealedLive, 'source' | 'form' | 'segment' | 'offset' | 'size'> & Partial<SealedLive>,
): SealedLive => ({
  width: 0,
  about: 0,
  addend: 0n,
  arg0: 0n,
  arg1: 0n,
  text: '',
  words: '',
  ...value,
});

/** A small x86_64 seal with every kind of live value. */
export const sampleSeal: Seal = {
  profile: 'sample',
  release: '6.12.0-test-amd64',
  buildId: Uint8Array.from({ length: 20 }, (_, index) => index + 1),
  machine: 62,
  byteOrder: 'little',
  backend: 'segments',
  flags: ['limitLoads'],
  epoch: 3n,
  notBefore: 1_700_000_000,
  notAfter: 1_900_000_000,
  crashSize: 0x1000_0000n,
  maxCpus: 8,
  maxRanges: 16,
  entry: { segment: 5, offset: 0x1000n },
  commandLine: 'console=ttyS0 nr_cpus=1 reset_devices',
  members: [
    { name: 'manifest.json', size: 1200n, digest: digest('manifest') },
    { name: 'kernel', size: 0x3000n, digest: digest('kernel') },
    { name: 'initramfs.base', size: 0x12345n, digest: digest('base') },
    { name: 'initramfs.overlay', size: 512n, digest: digest('overlay') },
    { name: 'elfcorehdr', size: 0x1000n, digest: digest('elfcorehdr') },
    { name: 'purgatory', size: 0x2800n, digest: digest('purgatory') },
    { name: 'boot_params', size: 0x1800n, digest: digest('boot_params') },
  ],
  segments: [
    segment('kernel', 'kernel', 0, 1, 0x3000n, 0x40_0000n, 0n, 0x20_0000n),
    segment('initramfs.base', 'initramfs', 1, 2, 0x12345n, 0x13000n, 0x40_0000n),
    segment('initramfs.overlay', 'initramfs', 1, 3, 512n, 0x1000n, 0x41_3000n),
    segment('boot_params', 'bootParams', 2, 6, 0x1800n, 0x2000n, 0x41_4000n),
    segment('elfcorehdr', 'elfcorehdr', 3, 4, 0x1000n, 0x1000n, 0x41_6000n),
    segment('purgatory', 'purgatory', 4, 5, 0x2800n, 0x4000n, 0x41_7000n),
  ],
  live: [
    live({
      source: 'segmentAddress',
      form: 'little',
      width: 4,
      segment: 3,
      about: 1,
      offset: 0x218n,
      size: 4n,
    }),
    live({
      source: 'segmentAddress',
      form: 'little',
      width: 8,
      segment: 5,
      about: 0,
      offset: 0x308n,
      size: 8n,
      addend: 0x200n,
    }),
    live({
      source: 'cpuFeatures',
      form: 'little',
      width: 8,
      segment: 5,
      offset: 0x300n,
      size: 8n,
      arg1: 1n,
    }),
    live({
      source: 'fileHex',
      form: 'big',
      width: 2,
      segment: 3,
      offset: 0x100n,
      size: 2n,
      text: 'sys/kernel/sample',
    }),
    live({
      source: 'fileBytes',
      form: 'own',
      segment: 3,
      offset: 0x110n,
      size: 16n,
      text: 'sys/firmware/bytes',
    }),
    live({ source: 'elfcorehdr', form: 'own', segment: 4, offset: 0n, size: 0x1000n }),
    live({
      source: 'e820',
      form: 'own',
      segment: 3,
      about: 4,
      offset: 0x2d0n,
      size: 2560n,
      arg0: 0x1e8n,
    }),
    live({
      source: 'segmentAddress',
      form: 'textHex',
      segment: 3,
      about: 4,
      offset: 0x1000n,
      size: 0x800n,
      words: ' elfcorehdr=0x',
    }),
    live({
      source: 'crashSize',
      form: 'textKib',
      segment: 3,
      offset: 0x1000n,
      size: 0x800n,
      words: ' sample=',
    }),
    live({
      source: 'digest',
      form: 'own',
      segment: 5,
      about: 3,
      offset: 0x370n,
      size: 32n,
      arg0: 0n,
      arg1: 0x1000n,
    }),
    live({
      source: 'digest',
      form: 'own',
      segment: 5,
      about: 5,
      offset: 0x28n,
      size: 32n,
      arg0: 0x300n,
      arg1: 0xd00n,
    }),
  ],
  match: [
    { kind: 'prefix', path: 'sys/class/dmi/id/sys_vendor', value: 'Sample' },
    { kind: 'absent', path: 'sys/kernel/sample', value: '' },
  ],
};

function segment(
  name: string,
  kind: SealedSegment['kind'],
  group: number,
  member: number,
  bufsz: bigint,
  memsz: bigint,
  place: bigint,
  align = 0x1000n,
): SealedSegment {
  return {
    name,
    kind,
    group,
    member,
    bufOffset: 0n,
    bufsz,
    memsz,
    align,
    place,
    minAddress: 0x10_0000n,
    flags: [],
  };
}

const cleanString = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const anyDigest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => digestOf(bytes));

/** Seals that keep every rule: places are dealt out one behind the other. */
export const anySeal: fc.Arbitrary<Seal> = fc
  .record({
    profile: cleanString.filter((text) => text !== ''),
    release: fc.option(
      cleanString.filter((text) => text !== ''),
      { nil: undefined },
    ),
    buildId: fc.option(
      fc.uint8Array({ minLength: 20, maxLength: 20 }).filter((id) => id.some((b) => b !== 0)),
      { nil: undefined },
    ),
    machine: fc.integer({ min: 0, max: 0xffff }),
    byteOrder: fc.constantFrom('little' as const, 'big' as const),
    backend: fc.constantFrom('segments' as const, 'file' as const, 'auto' as const),
    flags: fc.subarray(['localOverlay', 'limitLoads', 'needsFourLevelPaging'] as const),
    epoch: u64,
    dates: fc.tuple(
      fc.option(fc.integer({ min: 1, max: 2_000_000_000 }), { nil: undefined }),
      fc.option(fc.integer({ min: 2_000_000_000, max: 253402300799 }), { nil: undefined }),
    ),
    spare: fc.bigInt({ min: 0n, max: 1n << 40n }),
    maxCpus: fc.nat(0x7000),
    maxRanges: fc.nat(0x7000),
    commandLine: cleanString,
    parts: fc.array(
      fc.record({
        bufPages: fc.bigInt({ min: 1n, max: 64n }),
        cut: fc.bigInt({ min: 0n, max: 4095n }),
        tail: fc.bigInt({ min: 0n, max: 8n }),
        hole: fc.bigInt({ min: 0n, max: 8n }),
        joins: fc.boolean(),
        align: fc.integer({ min: 12, max: 30 }),
        minAddress: fc.bigInt({ min: 0n, max: (1n << 60n) - 1n }),
        digest: anyDigest,
        flags: fc.subarray(['fixed'] as const),
      }),
      { minLength: 1, maxLength: 16 },
    ),
    addends: fc.array(u64, { maxLength: 12 }),
    words: fc.array(cleanString, { maxLength: 4 }),
    entryOffset: fc.bigInt({ min: 0n, max: 0n }),
  })
  .map(({ dates, spare, parts, addends, words, entryOffset, ...facts }) => {
    const segments: SealedSegment[] = [];
    let place = 0n;
    let group = 0;
    for (const [index, part] of parts.entries()) {
      if (index > 0 && !part.joins) group++;
      place += part.hole * 4096n;
      const bufsz = part.bufPages * 4096n - part.cut;
      const memsz = (part.bufPages + part.tail) * 4096n;
      segments.push({
        name: `part.${index}`,
        kind: 'kernel',
        group,
        member: index,
        bufOffset: 0n,
        bufsz,
        memsz,
        // Members of a group keep their distances, so only its first may ask for more than a page.
        align: index > 0 && part.joins ? 4096n : 1n << BigInt(part.align),
        place,
        minAddress: part.minAddress,
        flags: (index > 0 && part.joins ? segments[index - 1]?.flags : undefined) ?? part.flags,
      });
      place += memsz;
    }
    // Places in the first page of a segment hold at most 16 numbers and one text buffer of one byte or more.
    const room = segments.findIndex(({ bufsz }) => bufsz > 256n);
    const values: SealedLive[] =
      room < 0
        ? []
        : [
            ...addends.map((addend, index) =>
              live({
                source: 'crashStart',
                form: 'little',
                width: 8,
                segment: room,
                offset: BigInt(index * 8),
                size: 8n,
                addend,
              }),
            ),
            ...words.map((text) =>
              live({
                source: 'crashSize',
                form: 'textHex',
                segment: room,
                offset: 128n,
                size: 64n,
                words: text,
              }),
            ),
          ];
    return {
      ...facts,
      notBefore: dates[0],
      notAfter: dates[1],
      crashSize: place + spare,
      entry: { segment: 0, offset: entryOffset },
      members: parts.map((part, index) => ({
        name: `part.${index}`,
        size: part.bufPages * 4096n,
        digest: part.digest,
      })),
      segments,
      live: values,
      match: words.map((value) => ({
        kind: value === '' ? ('present' as const) : ('equals' as const),
        path: 'sys/class/sample',
        value,
      })),
    };
  });
