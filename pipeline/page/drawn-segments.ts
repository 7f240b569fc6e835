/** What a memory map shows of a seal. Pure. */
import type { Inspection } from '../seal/inspect.ts';
import { formWords, sourceWords } from '../seal/manifest.ts';
import type { Seal } from '../seal/seal-codec.ts';
import type { LivePlace } from './map-rows.ts';

/** The live values in one segment, in order of place. */
export function livePlaces(seal: Seal, segment: number): readonly LivePlace[] {
  const nameOf = (index: number): string => seal.segments[index]?.name ?? `${index}`;
  return seal.live
    .filter((live) => live.segment === segment)
    .toSorted((a, b) => (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0))
    .map((live) => ({
      offset: live.offset,
      size: live.size,
      words: `${sourceWords(live, nameOf)} (${formWords(live)})`,
    }));
}

/** What is drawn: all that the machine is to reserve, where the bundle tells it; else what it needs at least. */
export function regionOf({ seal, manifest }: Pick<Inspection, 'seal' | 'manifest'>): bigint {
  const { smallest } = (manifest?.reservation ?? {}) as { readonly smallest?: unknown };
  const told =
    typeof smallest === 'string' && /^0x[0-9a-f]{1,16}$/.test(smallest) ? BigInt(smallest) : 0n;
  return told > seal.crashSize ? told : seal.crashSize;
}
