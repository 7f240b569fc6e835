/**
 * The flat s390x image: the file's offset is the address that the kernel is linked for. Its first 64 KiB are
 * an IPL loader that a kdump never runs; the kernel starts after them, with its parameter area.
 * Linux, arch/s390/boot/head.S and arch/s390/include/asm/setup.h. Everything is big-endian.
 */
import { bytes, layout, u8, u64 } from '../../format/layout.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { looksLike } from '../image-looks.ts';

/** Where the kernel proper starts, in the file and from the start of the crash region. */
export const kernelStart = 0x10000;
/** The entry for a capture kernel, from `kernelStart`: it swaps memory when it was not loaded at 0. */
export const kdumpEntry = 0x10n;

export const imageStart = layout(
  's390x_image',
  0x480,
  'Start of the kernel, at file offset 0x10000',
  {
    magic: bytes(0x008, 6, '"S390EP"'),
    pad: u8(0x00e, '0'),
    entries: u8(0x00f, 'entry points, 1'),
    iplDevice: u64(0x400, 'left as it is'),
    initrdStart: u64(
      0x408,
      'initramfs, from the start of the crash region: where it is after the swap',
    ),
    initrdSize: u64(0x410, 'its bytes'),
    oldmemBase: u64(0x418, 'start of the crash region'),
    oldmemSize: u64(0x420, 'its size'),
    kernelVersion: u64(0x428, 'file offset of the version string; 0 in old kernels'),
    maxCommandLineSize: u64(0x430, 'room for the command line with its NUL; 0 = 896'),
  },
);

/** After the parameter area. */
export const commandLineStart = imageStart.size;
/** What kernels had that do not say. */
const legacyCommandLineSize = 896n;
/** CONFIG_COMMAND_LINE_SIZE's range (arch/s390/Kconfig). */
const largestCommandLineSize = 1n << 20n;

const magic = new TextEncoder().encode('S390EP');

export type S390xImage = {
  /** From `kernelStart` on: what is loaded. */
  readonly kernel: Uint8Array;
  readonly release: string | undefined;
  /** Room for the command line with its NUL. */
  readonly commandLineSize: number;
};

const word = (image: Uint8Array, field: 'kernelVersion' | 'maxCommandLineSize'): bigint =>
  new DataView(image.buffer, image.byteOffset, image.length).getBigUint64(
    kernelStart + imageStart.fields[field].offset,
  );

const hasMagic = (image: Uint8Array): boolean =>
  image.length >= kernelStart + imageStart.size &&
  magic.every((byte, at) => image[kernelStart + imageStart.fields.magic.offset + at] === byte);

export function parseS390xImage(image: Uint8Array): Result<S390xImage> {
  if (!hasMagic(image))
    return fail({
      area: 'component',
      kind: 'kernel-not-image',
      expected: 'an s390x image',
      sign: '"S390EP" at 0x10008',
      size: image.length,
      looksLike: looksLike(image),
    });
  const stated = word(image, 'maxCommandLineSize');
  const size = stated === 0n ? legacyCommandLineSize : stated;
  if (size < legacyCommandLineSize || size > largestCommandLineSize)
    return fail({
      area: 'component',
      kind: 'kernel-command-line-room',
      stated,
      least: legacyCommandLineSize,
      most: largestCommandLineSize,
    });
  const need = kernelStart + commandLineStart + Number(size);
  if (image.length < need)
    return fail({ area: 'component', kind: 'kernel-truncated', need, have: image.length });
  return ok({
    kernel: image.subarray(kernelStart),
    release: imageRelease(image),
    commandLineSize: Number(size),
  });
}

/** The first word of the version string; undefined when the image says none. */
export function imageRelease(image: Uint8Array): string | undefined {
  if (!hasMagic(image)) return undefined;
  const at = word(image, 'kernelVersion');
  if (at < BigInt(kernelStart) || at >= BigInt(image.length)) return undefined;
  const start = Number(at);
  const text = new TextDecoder('latin1').decode(image.subarray(start, start + 64));
  return /^[A-Za-z0-9][A-Za-z0-9._+~-]*(?=[ \0])/.exec(text)?.[0];
}
