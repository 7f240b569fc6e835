/**
 * The flat arm64 image. Linux, Documentation/arch/arm64/booting.rst and arch/arm64/include/asm/image.h.
 * Its header is little-endian, whatever the kernel is.
 */
import { bytes, decode, layout, u32, u64 } from '../../format/layout.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import type { PreparedKernel } from '../architecture.ts';
import { looksLike } from '../image-looks.ts';
import { bannerRelease } from '../linux-banner.ts';

export const imageHeader = layout('arm64_image', 0x40, 'Start of an arm64 kernel image', {
  code: u64(0x00, 'instructions'),
  textOffset: u64(0x08, 'where the image begins, from a base aligned to 2 MiB'),
  imageSize: u64(0x10, 'bytes that it needs, bss included; 0: older than Linux 3.17'),
  flags: u64(0x18, 'bit 0: big-endian; bits 1 and 2: page size; bit 3: anywhere in memory'),
  reserved2: u64(0x20, '0'),
  reserved3: u64(0x28, '0'),
  reserved4: u64(0x30, '0'),
  magic: bytes(0x38, 4, '"ARM" 0x64'),
  peOffset: u32(0x3c, 'PE header, from the start'),
});
const magic = Uint8Array.of(0x41, 0x52, 0x4d, 0x64);

const flag = { bigEndian: 1n, anywhere: 8n } as const;

/** A base of the image; the running kernel's largest page, so that a bundle fits any. */
export const imageAlign = 2n << 20n;
export const largestPage = 64n << 10n;
/** COMMAND_LINE_SIZE (arch/arm64/include/uapi/asm/setup.h), without the NUL. */
const commandLineMaximum = 2047;
/** No kernel is near this; a damaged header may say anything. */
const largestImage = 1n << 30n;

export function parseImage(image: Uint8Array): Result<PreparedKernel> {
  const header = decode(imageHeader, image.subarray(0, imageHeader.size));
  if (!header.ok || !magic.every((byte, at) => header.value.magic[at] === byte))
    return fail({
      area: 'component',
      kind: 'kernel-not-image',
      expected: 'an arm64 image',
      sign: '"ARM" 0x64 at 0x38',
      size: image.length,
      looksLike: looksLike(image),
    });
  const { textOffset, imageSize, flags } = header.value;
  const unfit = (why: string) => fail({ area: 'component', kind: 'kernel-image-unfit', why });
  if ((flags & flag.bigEndian) !== 0n) return unfit('it is big-endian, as its header says');
  if (imageSize === 0n || (flags & flag.anywhere) === 0n)
    return unfit('it must lie at the start of memory, as kernels before Linux 4.6');
  if (textOffset >= imageAlign || imageSize > largestImage)
    return unfit(`its header says ${imageSize} bytes of memory and an offset of ${textOffset}`);
  // Until Linux 5.8, the image began half a MiB after its base.
  const offset = Number(textOffset);
  const placed = offset === 0 ? image : new Uint8Array(offset + image.length);
  if (offset > 0) placed.set(image, offset);
  const stated = textOffset + imageSize;
  const memorySize = alignUp(
    stated > BigInt(placed.length) ? stated : BigInt(placed.length),
    largestPage,
  );
  return ok({
    bytes: placed,
    imageOffset: undefined,
    memorySize,
    align: imageAlign,
    minAddress: 0n,
    fixedPlace: undefined,
    entryOffset: textOffset,
    needs: memorySize,
    release: bannerRelease(image),
    buildId: undefined,
    commandLineMaximum,
    sealFlags: [],
  });
}
