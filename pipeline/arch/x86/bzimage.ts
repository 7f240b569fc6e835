/**
 * bzImage: boot sector and setup code, the protected-mode part, and in a signed image a signature
 * after it. Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
 * Offsets stand as in the file, which are also those in boot_params.
 */
import { bytes, decode, type LayoutValue, layout, u8, u16, u32, u64 } from '../../format/layout.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { looksLike } from '../image-looks.ts';

/** Where the setup header starts, in the file and in boot_params. */
export const setupHeaderStart = 0x1f1;

const from = (offset: number): number => offset - setupHeaderStart;

export const setupHeader = layout('setup_header', 0x26c - 0x1f1, 'x86 setup header, to 2.15', {
  setupSects: u8(from(0x1f1), 'sectors of setup code; 0 means 4'),
  rootFlags: u16(from(0x1f2), 'mount the root read-only'),
  syssize: u32(from(0x1f4), 'protected-mode part in 16-byte units'),
  ramSize: u16(from(0x1f8), 'obsolete'),
  vidMode: u16(from(0x1fa), 'video mode'),
  rootDev: u16(from(0x1fc), 'default root device'),
  bootFlag: u16(from(0x1fe), '0xaa55'),
  jump: bytes(from(0x200), 2, 'jump over the header; the second byte gives its length'),
  magic: bytes(from(0x202), 4, '"HdrS"'),
  version: u16(from(0x206), 'boot protocol, major and minor byte'),
  realmodeSwitch: u32(from(0x208), 'hook'),
  startSysSeg: u16(from(0x20c), 'obsolete'),
  kernelVersion: u16(from(0x20e), 'place of the version text, less 0x200'),
  typeOfLoader: u8(from(0x210), 'who loads'),
  loadflags: u8(from(0x211), 'bit 0: loaded high'),
  setupMoveSize: u16(from(0x212), 'obsolete'),
  code32Start: u32(from(0x214), '32-bit entry'),
  ramdiskImage: u32(from(0x218), 'initramfs address, low half'),
  ramdiskSize: u32(from(0x21c), 'initramfs size, low half'),
  bootsectKludge: u32(from(0x220), 'obsolete'),
  heapEndPtr: u16(from(0x224), 'heap of the setup code'),
  extLoaderVer: u8(from(0x226), 'who loads, version'),
  extLoaderType: u8(from(0x227), 'who loads, more bits'),
  cmdLinePtr: u32(from(0x228), 'command line address, low half'),
  initrdAddrMax: u32(from(0x22c), 'not for the 64-bit entry'),
  kernelAlignment: u32(from(0x230), 'alignment of the load address'),
  relocatableKernel: u8(from(0x234), '1: may be loaded elsewhere'),
  minAlignment: u8(from(0x235), 'power of two'),
  xloadflags: u16(from(0x236), 'see xloadflag'),
  cmdlineSize: u32(from(0x238), 'longest command line, without its NUL'),
  hardwareSubarch: u32(from(0x23c), 'platform'),
  hardwareSubarchData: u64(from(0x240), 'of the platform'),
  payloadOffset: u32(from(0x248), 'compressed kernel, from the protected-mode part'),
  payloadLength: u32(from(0x24c), 'its bytes'),
  setupData: u64(from(0x250), 'list of further data'),
  prefAddress: u64(from(0x258), 'where it likes to be loaded'),
  initSize: u32(from(0x260), 'memory it needs from its load address'),
  handoverOffset: u32(from(0x264), 'EFI entry'),
  kernelInfoOffset: u32(from(0x268), 'kernel_info'),
});
export type SetupHeader = LayoutValue<typeof setupHeader>;

export const xloadflag = {
  kernel64: 1 << 0,
  above4G: 1 << 1,
  fiveLevel: 1 << 5,
} as const;

/** What an entry of the kernel asks of its image. */
export type KernelEntry = {
  /** From the start of the protected-mode part. */
  readonly offset: bigint;
  /** Of the boot protocol. */
  readonly minimumVersion: number;
  readonly flags: readonly ('kernel64' | 'above4G')[];
};
/** The first with a size of what the kernel needs, and with the place that it likes. */
export const entry32: KernelEntry = { offset: 0n, minimumVersion: 0x020a, flags: [] };
export const entry64: KernelEntry = {
  offset: 0x200n,
  minimumVersion: 0x020c,
  flags: ['kernel64', 'above4G'],
};

export type BzImage = {
  readonly header: SetupHeader;
  /** The setup header's bytes, as long as the image says it is. */
  readonly headerBytes: Uint8Array;
  /** Where `protectedMode` begins in the image. */
  readonly start: number;
  /** What is loaded: setup sectors off, signature off. */
  readonly protectedMode: Uint8Array;
  /** The compressed vmlinux, within `protectedMode`. */
  readonly payload: Uint8Array;
  readonly release: string | undefined;
};

/** The header's checks; each refusal says which field and what it held. */
export function parseBzImage(image: Uint8Array, entry: KernelEntry): Result<BzImage> {
  const read = decode(setupHeader, padded(image), setupHeaderStart);
  if (!read.ok) throw new Error(`setup header does not decode: ${read.why.fault}`);
  const header = read.value;
  if (
    image.length < setupHeaderStart + setupHeader.size ||
    header.bootFlag !== 0xaa55 ||
    Buffer.from(header.magic).toString('latin1') !== 'HdrS'
  )
    return fail({
      area: 'component',
      kind: 'kernel-not-image',
      expected: 'an x86 bzImage',
      sign: 'setup header ("HdrS" at 0x202)',
      size: image.length,
      looksLike: looksLike(image),
    });
  if (header.version < entry.minimumVersion)
    return fail({
      area: 'component',
      kind: 'kernel-boot-protocol-old',
      version: header.version,
      minimum: entry.minimumVersion,
    });
  if (header.relocatableKernel !== 1)
    return fail({ area: 'component', kind: 'kernel-not-relocatable' });
  const missing = entry.flags.filter((name) => (header.xloadflags & xloadflag[name]) === 0);
  if (missing.length > 0)
    return fail({
      area: 'component',
      kind: 'kernel-lacks-xloadflags',
      flags: header.xloadflags,
      missing,
    });

  const start = ((header.setupSects === 0 ? 4 : header.setupSects) + 1) * 512;
  const end = start + header.syssize * 16;
  // syssize is rounded up to 16 bytes, so that an unsigned image may end up to 15 bytes before `end`.
  if (image.length <= start || image.length < end - 15)
    return fail({ area: 'component', kind: 'kernel-truncated', need: end, have: image.length });
  const protectedMode = image.subarray(start, Math.min(end, image.length));
  const payloadEnd = header.payloadOffset + header.payloadLength;
  if (payloadEnd > protectedMode.length)
    return fail({
      area: 'component',
      kind: 'kernel-truncated',
      need: start + payloadEnd,
      have: image.length,
    });
  const alignment = header.kernelAlignment;
  if (alignment < 4096 || (alignment & (alignment - 1)) !== 0)
    return fail({ area: 'component', kind: 'kernel-alignment', alignment });
  const headerLength = from(0x202) + (header.jump[1] ?? 0);
  return ok({
    header,
    headerBytes: image.slice(setupHeaderStart, setupHeaderStart + headerLength),
    start,
    protectedMode,
    payload: protectedMode.subarray(header.payloadOffset, payloadEnd),
    release: bzImageRelease(image),
  });
}

/** `uname -r` as the image states it: first word of its version text. Undefined for anything else. */
export function bzImageRelease(image: Uint8Array): string | undefined {
  if (image.length < 0x210 || Buffer.from(image.subarray(0x202, 0x206)).toString() !== 'HdrS')
    return undefined;
  const pointer = (image[0x20e] ?? 0) | ((image[0x20f] ?? 0) << 8);
  if (pointer === 0) return undefined;
  const text = image.subarray(0x200 + pointer, 0x200 + pointer + 256);
  const end = text.indexOf(0);
  if (end <= 0) return undefined;
  const release = Buffer.from(text.subarray(0, end)).toString('latin1').split(' ')[0] ?? '';
  return /^[!-~]+$/.test(release) ? release : undefined;
}

/** A file shorter than the header decodes as zeros, and is then refused by its magic. */
function padded(image: Uint8Array): Uint8Array {
  const enough = setupHeaderStart + setupHeader.size;
  if (image.length >= enough) return image;
  const out = new Uint8Array(enough);
  out.set(image);
  return out;
}
