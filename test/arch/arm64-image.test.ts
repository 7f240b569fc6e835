import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { arm64 } from '../../pipeline/arch/arm64/arm64.ts';
import { parseImage } from '../../pipeline/arch/arm64/image.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { makeArm64Image, makeZboot } from '../fixtures/arm64-image.ts';
import { must } from '../fixtures/results.ts';
import { withSize } from '../fixtures/x86-64-image.ts';
import { testKernelTree } from '../support/kernel-tree.ts';

const { run } = realHost();
const prepared = async (image: Uint8Array) => {
  const unpacked = await arm64.unpackKernel(run, image, 'image');
  return unpacked.ok ? arm64.prepareKernel(image, 'image', unpacked.value) : unpacked;
};
const problemOf = async (image: Uint8Array) => {
  const result = await prepared(image);
  return result.ok ? undefined : result.problems[0];
};

describe('an image', () => {
  test('occupies what its header says, in the largest pages of a running kernel', () => {
    const kernel = must(parseImage(makeArm64Image()));
    expect(kernel).toMatchObject({
      memorySize: 0x13_0000n,
      align: 2n << 20n,
      entryOffset: 0n,
      release: '6.12.1-test',
      commandLineMaximum: 2047,
    });
  });

  test('of before Linux 5.8 begins after its base, and is entered there', () => {
    const image = makeArm64Image({ textOffset: 0x8_0000n });
    const kernel = must(parseImage(image));
    expect(kernel.entryOffset).toBe(0x8_0000n);
    expect(Buffer.from(kernel.bytes.subarray(0x8_0000)).equals(image)).toBe(true);
    expect(kernel.memorySize).toBe(0x1b_0000n);
  });

  test("gzip'ed, or in EFI zboot, is unpacked at build time", async () => {
    const image = makeArm64Image();
    const zstd = execFileSync('zstd', ['-cq'], { input: image });
    for (const packed of [
      gzipSync(image),
      makeZboot(gzipSync(image), 'gzip'),
      makeZboot(withSize(zstd, image.length), 'zstd22'),
    ])
      expect(Buffer.from(must(await prepared(packed)).bytes).equals(image)).toBe(true);
  });

  test.each([
    ['big-endian', makeArm64Image({ flags: 0xbn }), 'kernel-image-unfit'],
    ['of a fixed place', makeArm64Image({ flags: 2n }), 'kernel-image-unfit'],
    ['of before Linux 3.17', makeArm64Image({ imageSize: 0n }), 'kernel-image-unfit'],
    ['of an impossible size', makeArm64Image({ imageSize: 1n << 60n }), 'kernel-image-unfit'],
    ['of an impossible offset', makeArm64Image({ textOffset: 1n << 40n }), 'kernel-image-unfit'],
    ['without its magic', makeArm64Image({ magic: 'ARMe' }), 'kernel-not-image'],
    ['cut short', makeArm64Image().subarray(0, 0x20), 'kernel-not-image'],
    ['of no known packing', makeZboot(new Uint8Array(64), 'zpaq'), 'kernel-payload-unknown'],
    [
      'cut short in zboot',
      makeZboot(new Uint8Array(999), 'zstd').subarray(0, 0x280),
      'kernel-truncated',
    ],
  ])('%s is refused', async (_what, image, kind) => {
    expect(await problemOf(image)).toMatchObject({ kind });
  });
});

describe.each(['6.1', '6.12'] as const)("Debian's Linux %s", (name) => {
  test('is an image that says its release and needs more memory than its file has', async () => {
    const { vmlinuz, release } = await testKernelTree(name, 'arm64');
    const image = readFileSync(vmlinuz);
    const kernel = must(await prepared(image));
    expect(kernel.release).toBe(release);
    expect(kernel.entryOffset).toBe(0n);
    expect(kernel.memorySize).toBeGreaterThanOrEqual(BigInt(image.length));
  });
});
