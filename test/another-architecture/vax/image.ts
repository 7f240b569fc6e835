/** Kernel images of an architecture that is not there: a magic, room for a command line, and code. */
import { looksLike } from '../../../pipeline/arch/image-looks.ts';
import { bytes, decode, layout, u32 } from '../../../pipeline/format/layout.ts';
import { fail, ok, type Result } from '../../../pipeline/problem/result.ts';

export const imageStart = layout('vax_image', 0x20, 'Start of the image', {
  magic: bytes(0x00, 4, '"VAX!"'),
  initrdStart: u32(0x04, 'from the start of the crash region'),
  release: bytes(0x08, 16, 'uname -r, padded with zeros'),
  commandLineSize: u32(0x18, 'room for the command line after this, with its NUL'),
  entry: u32(0x1c, 'from the start of the image'),
});

export type VaxImage = {
  readonly release: string;
  readonly commandLineSize: number;
  readonly entry: number;
};

const magic = new TextEncoder().encode('VAX!');

export function parseImage(image: Uint8Array): Result<VaxImage> {
  const read = image.length < imageStart.size ? undefined : decode(imageStart, image, 0);
  if (!read?.ok || !magic.every((byte, at) => image[at] === byte))
    return fail({
      area: 'component',
      kind: 'kernel-not-image',
      expected: 'a VAX image',
      sign: '"VAX!" at 0',
      size: image.length,
      looksLike: looksLike(image),
    });
  const { release, commandLineSize, entry } = read.value;
  return ok({
    release: new TextDecoder().decode(release).replace(/\0.*$/, ''),
    commandLineSize,
    entry,
  });
}
