/** A small s390x image: what head.S puts where, and nothing that runs. */
export const sampleSize = 0x12000;

export function makeS390xImage(
  changes: {
    readonly maxCommandLineSize?: bigint;
    readonly version?: string | undefined;
    readonly size?: number;
    readonly magic?: string;
  } = {},
): Uint8Array {
  const image = new Uint8Array(changes.size ?? sampleSize);
  const view = new DataView(image.buffer);
  const text = (at: number, value: string): void => {
    image.set(new TextEncoder().encode(value), at);
  };
  image.fill(0x07, 0x10000, 0x10008);
  text(0x10008, changes.magic ?? 'S390EP');
  image[0x1000f] = 1;
  view.setBigUint64(0x10400, 0x1122n);
  view.setBigUint64(0x10430, changes.maxCommandLineSize ?? 4096n);
  text(0x10480, 'root=/dev/ram0 ro');
  const version = 'version' in changes ? changes.version : '6.1.0-test-s390x (builder@host) #1 SMP';
  if (version !== undefined) {
    view.setBigUint64(0x10428, 0x11800n);
    text(0x11800, version);
  }
  image.fill(0x5a, 0x11900, 0x11a00);
  return image;
}
