import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpackImage } from '../../pipeline/arch/packed-image.ts';
import { riscv64 } from '../../pipeline/arch/riscv64/riscv64.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { kindsOf } from '../fixtures/profile-and-inputs.ts';
import { must } from '../fixtures/results.ts';
import { makeRiscvImage, sampleRelease } from '../fixtures/riscv64-image.ts';
import { testKernelTree } from '../support/kernel-tree.ts';

const { run } = realHost();
const none: Uint8Array = new Uint8Array();
const prepare = (image: Uint8Array, unpacked = none) =>
  riscv64.prepareKernel(image, 'image', unpacked);

test('a flat image is loaded whole, on huge pages, and entered at its start', () => {
  const image = makeRiscvImage();
  expect(must(prepare(image))).toMatchObject({
    bytes: image,
    // 0x345000, to the end of the huge page that the kernel takes with it.
    memorySize: 0x40_0000n,
    align: 0x20_0000n,
    entryOffset: 0n,
    release: sampleRelease,
    commandLineMaximum: 1023,
  });
});

test.each([
  ['big-endian', makeRiscvImage({ flags: 1n }), 'kernel-header-field'],
  [
    'built to run in place of the firmware',
    makeRiscvImage({ textOffset: 0n }),
    'kernel-header-field',
  ],
  ['smaller than its file', makeRiscvImage({ imageSize: 0x1000n }), 'kernel-header-field'],
  ['of an impossible size', makeRiscvImage({ imageSize: 1n << 40n }), 'kernel-header-field'],
  ['without its magic', makeRiscvImage({ magic: 'RSC\x04' }), 'kernel-not-image'],
  ['cut within the header', makeRiscvImage().subarray(0, 0x3f), 'kernel-not-image'],
  ['of no bytes', none, 'kernel-not-image'],
])('an image is refused that is %s', (_, image, kind) => {
  expect(kindsOf(prepare(image))).toBe(kind);
});

/** What the kernel's build makes of an image: a program of EFI around it, with the size after all but gzip. */
function zboot(payload: Uint8Array, compression: string, size?: number): Uint8Array {
  const start = 0x80;
  const out = new Uint8Array(start + payload.length + (size === undefined ? 0 : 4) + 64);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode('MZ\0\0zimg'));
  view.setUint32(0x08, start, true);
  view.setUint32(0x0c, payload.length, true);
  out.set(new TextEncoder().encode(compression), 0x18);
  out.set(payload, start);
  if (size !== undefined) view.setUint32(start + payload.length, size, true);
  return out;
}

const zstd = async (input: Uint8Array): Promise<Uint8Array> =>
  must(await run('zstd', ['-cq'], { input })).stdout;

test('an image that is packed as a whole is unpacked at build time', async () => {
  const image = makeRiscvImage();
  expect(must(await unpackImage(run, image))).toEqual(none);
  const packed = [
    gzipSync(image),
    zboot(gzipSync(image), 'gzip'),
    zboot(await zstd(image), 'zstd', image.length),
  ];
  for (const one of packed) {
    const unpacked = must(await riscv64.unpackKernel(run, one, 'image'));
    expect(Buffer.compare(unpacked, image)).toBe(0);
    expect(must(prepare(one, unpacked)).release).toBe(sampleRelease);
  }
});

test('one that is damaged is not', async () => {
  const image = makeRiscvImage();
  const cut = zboot(gzipSync(image), 'gzip').subarray(0, 0x90);
  expect(kindsOf(await unpackImage(run, cut))).toBe('kernel-truncated');
  const flipped = new Uint8Array(gzipSync(image));
  flipped[40] = (flipped[40] ?? 0) ^ 0xff;
  expect(kindsOf(await unpackImage(run, flipped))).toBe('kernel-payload-corrupt');
  const unknown = zboot(new Uint8Array(64).fill(7), 'strange', 64);
  expect(kindsOf(await unpackImage(run, unknown))).toBe('kernel-payload-unknown');
});

test("Debian's own kernel says its release", async () => {
  const { vmlinuz, release } = await testKernelTree('6.12', 'riscv64');
  const kernel = must(prepare(new Uint8Array(readFileSync(vmlinuz))));
  expect(kernel.release).toBe(release);
  expect(kernel.memorySize).toBeGreaterThan(BigInt(kernel.bytes.length));
});
