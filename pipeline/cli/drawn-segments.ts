/** What the memory map shows of a seal. */
import { formWords, sourceWords } from '../seal/manifest.ts';
import type { Seal } from '../seal/seal-codec.ts';
import type { LivePlace } from './memory-map-svg.ts';

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
