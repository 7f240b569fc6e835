/** Which bits of a loaded image tests flip, and what they look for. */
import { createHash } from 'node:crypto';
import type { LoadedRegion } from '../../pipeline/guest/loaded-image.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';

/** Another seed takes other bits: CRASHSEAL_SEED. */
const seed = process.env.CRASHSEAL_SEED ?? 'first light';
const flipsPerRegion = 5;

/** Bits spread over a region: its first, its last, and others that the seed chooses. */
export function bitsOf(
  region: LoadedRegion,
  count = flipsPerRegion,
): readonly { readonly address: bigint; readonly bit: number }[] {
  return Array.from({ length: count }, (_, index) => {
    const noise = createHash('sha256').update(`${seed} ${region.name} ${index}`).digest();
    const last = region.size - 1;
    const offset =
      index === 0 ? 0 : index === 1 ? last : Number(noise.readBigUInt64LE() % BigInt(last));
    return { address: region.start + BigInt(offset), bit: (noise[8] ?? 0) & 7 };
  });
}

/** A restored guest's console begins at the panic. */
export const noCaptureKernel = (system: SystemGuest): boolean =>
  system.guest.console.find(/Linux version/) === undefined;
