/** Any bytes are a kernel image or are refused with a reason: those of arm64, riscv64 and i386, packed or not. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Architecture } from '../../pipeline/arch/architecture.ts';
import { arm64 } from '../../pipeline/arch/arm64/arm64.ts';
import { i386 } from '../../pipeline/arch/i386/i386.ts';
import { riscv64 } from '../../pipeline/arch/riscv64/riscv64.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import { makeArm64Image, makeZboot } from '../fixtures/arm64-image.ts';
import { makeRiscvImage } from '../fixtures/riscv64-image.ts';
import { makeBzImage } from '../fixtures/x86-64-image.ts';
import { mutantsOf } from '../support/mutants.ts';

const { run } = realHost();

/** Most changes are in the first bytes, where headers are. */
const changedAt = (image: Uint8Array, header: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: mutantsOf([image.slice(0, header)]).map((head) =>
        Uint8Array.from(Buffer.concat([head, image.subarray(header)])),
      ),
    },
    { weight: 1, arbitrary: mutantsOf([image]) },
  );

/** 'taken', after a look at what placement relies on; or the first problem's kind. */
async function outcome(arch: Architecture, image: Uint8Array): Promise<string> {
  const form = arch === i386 ? 'compressed' : 'image';
  const unpacked = await arch.unpackKernel(run, image, form);
  const prepared = unpacked.ok ? arch.prepareKernel(image, form, unpacked.value) : unpacked;
  if (!prepared.ok) {
    for (const problem of prepared.problems) expect(explain(problem).message).not.toBe('');
    return prepared.problems[0].kind;
  }
  const { bytes, memorySize, align, entryOffset, needs, release } = prepared.value;
  expect(bytes.length).toBeGreaterThan(0);
  expect(memorySize).toBeGreaterThanOrEqual(BigInt(bytes.length));
  expect(align > 0n && (align & (align - 1n)) === 0n).toBe(true);
  expect(entryOffset).toBeLessThan(BigInt(bytes.length));
  expect(memorySize % 4096n).toBe(0n);
  expect(needs).toBeLessThan(1n << 40n);
  expect(release ?? '').not.toMatch(/[^!-~]/);
  return 'taken';
}

const small = makeArm64Image().slice(0, 0x2010);
const rows: readonly {
  readonly what: string;
  readonly arch: Architecture;
  readonly image: Uint8Array;
  readonly header: number;
  readonly runs: number;
}[] = [
  { what: 'arm64', arch: arm64, image: small, header: 0x40, runs: 600 },
  { what: 'arm64, in gzip', arch: arm64, image: gzipSync(small), header: 20, runs: 200 },
  {
    what: 'arm64, in zboot',
    arch: arm64,
    image: makeZboot(gzipSync(small), 'gzip'),
    header: 0x40,
    runs: 200,
  },
  { what: 'riscv64', arch: riscv64, image: makeRiscvImage(), header: 0x40, runs: 600 },
  {
    what: 'riscv64, in gzip',
    arch: riscv64,
    image: gzipSync(makeRiscvImage()),
    header: 20,
    runs: 200,
  },
  {
    what: 'i386',
    arch: i386,
    image: makeBzImage(Uint8Array.of(1, 2, 3), {
      xloadflags: 0,
      kernelAlignment: 0x100_0000,
    }),
    header: 0x270,
    runs: 600,
  },
];

test.each(rows)('$what', async ({ arch, image, header, runs }) => {
  const seen = new Set([await outcome(arch, image)]);
  expect([...seen]).toEqual(['taken']);
  await fc.assert(
    fc.asyncProperty(changedAt(image, header), async (changed) => {
      seen.add(await outcome(arch, changed));
    }),
    { numRuns: runs },
  );
  // Refused for more than one reason, and not all of it refused.
  expect(seen.size).toBeGreaterThan(2);
});
