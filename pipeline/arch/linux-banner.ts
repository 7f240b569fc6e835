/** What a flat kernel says of itself. */

const banner = Buffer.from('Linux version ');
/** UTS_LEN of Linux is 64. */
const longest = 64;

/** `uname -r`, from the line that the kernel prints first. Undefined for what holds no such line: a packed image. */
export function bannerRelease(image: Uint8Array): string | undefined {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  for (let at = bytes.indexOf(banner); at >= 0; at = bytes.indexOf(banner, at + 1)) {
    const start = at + banner.length;
    const text = bytes.toString('latin1', start, start + longest + 1);
    // The other places are formats: `Linux version %s`.
    const release = /^(\d+\.\d+[A-Za-z0-9._+~-]*) \(/.exec(text)?.[1];
    if (release !== undefined) return release;
  }
  return undefined;
}
