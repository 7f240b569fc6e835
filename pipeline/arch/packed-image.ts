/**
 * A kernel image that is packed as a whole, unpacked at build time: gzip'ed, or within a program of EFI that would
 * unpack it (Linux, drivers/firmware/efi/libstub/zboot-header.S).
 */
import { decode, layout, text, u32 } from '../format/layout.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { RunFilter } from './architecture.ts';
import { unpackPayload } from './x86/payload.ts';

const zbootHeader = layout('zboot_header', 0x38, 'Start of an EFI zboot image', {
  mz: u32(0x00, '"MZ"'),
  magic: u32(0x04, '"zimg"'),
  payloadOffset: u32(0x08, 'packed kernel, from the start'),
  payloadSize: u32(0x0c, 'its bytes'),
  reserved: u32(0x10, '0'),
  reserved2: u32(0x14, '0'),
  compression: text(0x18, 32, 'its format'),
});
const zbootMagic = 0x676d697a;
/** Every format but gzip has the unpacked size after it, which the header does not count. */
const sizeTrailer = 4;

/** The flat image, or no bytes where nothing is packed. */
export async function unpackImage(run: RunFilter, image: Uint8Array): Promise<Result<Uint8Array>> {
  if (image[0] === 0x1f && image[1] === 0x8b) return unpackPayload(run, image);
  const header = decode(zbootHeader, image.subarray(0, zbootHeader.size));
  if (!header.ok || header.value.magic !== zbootMagic) return ok(new Uint8Array());
  const { payloadOffset, payloadSize, compression } = header.value;
  const end = payloadOffset + payloadSize + (compression === 'gzip' ? 0 : sizeTrailer);
  if (end > image.length)
    return fail({ area: 'component', kind: 'kernel-truncated', need: end, have: image.length });
  return unpackPayload(run, image.subarray(payloadOffset, end));
}
