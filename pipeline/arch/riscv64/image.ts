/** The flat riscv64 image. Linux, Documentation/arch/riscv/boot-image-header.rst. */
import { bytes, decode, layout, u32, u64 } from '../../format/layout.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { alignUp } from '../../units/units.ts';
import { looksLike } from '../image-looks.ts';

export const imageHeader = layout('riscv_image', 0x40, 'Start of a riscv64 image', {
  code0: u32(0x00, 'jump to the kernel, which EFI reads as "MZ"'),
  code1: u32(0x04, 'the same'),
  textOffset: u64(0x08, 'where it likes to be, from the start of memory'),
  imageSize: u64(0x10, 'bytes it occupies, with its bss'),
  flags: u64(0x18, 'bit 0: big-endian'),
  version: u32(0x20, 'of this header, major and minor half'),
  reserved: u32(0x24, '0'),
  reserved2: u64(0x28, '0'),
  magic: bytes(0x30, 8, '"RISCV", no more to be relied on'),
  magic2: bytes(0x38, 4, '"RSC" 05'),
  peOffset: u32(0x3c, "EFI's header, from the start"),
});

const magic2 = 'RSC\x05';
const flagBigEndian = 1n;
/** Kernel and memory map begin at multiples of it, and the kernel reserves its image up to the next one. */
export const hugePage = 2n << 20n;
/** No kernel is near this; it bounds what a damaged header can make us reserve. */
const largestKernel = 512n << 20n;

export type RiscvImage = {
  /** Bytes from its load address that belong to it, whole huge pages. */
  readonly memorySize: bigint;
};

export function parseRiscvImage(image: Uint8Array): Result<RiscvImage> {
  const header = decode(imageHeader, image.subarray(0, imageHeader.size));
  if (!header.ok || Buffer.from(header.value.magic2).toString('latin1') !== magic2)
    return fail({
      area: 'component',
      kind: 'kernel-not-image',
      expected: 'a riscv64 image',
      sign: '"RSC" at 0x38',
      size: image.length,
      looksLike: looksLike(image),
    });
  const { flags, imageSize, textOffset } = header.value;
  const wrong = (field: string, value: bigint, why: string): Result<never> =>
    fail({ area: 'component', kind: 'kernel-header-field', image: 'riscv64', field, value, why });
  if ((flags & flagBigEndian) !== 0n)
    return wrong('flags', flags, 'it is a big-endian kernel, and the machine is little-endian');
  // Built for M-mode, without an MMU: what crashes there runs without firmware.
  if (textOffset === 0n)
    return wrong('text_offset', textOffset, 'it runs in place of the firmware, not on top of it');
  if (imageSize < BigInt(image.length) || imageSize > largestKernel)
    return wrong(
      'image_size',
      imageSize,
      `the file has ${image.length} bytes, and no kernel needs more than ${largestKernel >> 20n} MiB`,
    );
  return ok({ memorySize: alignUp(imageSize, hugePage) });
}
