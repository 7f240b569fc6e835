/**
 * seal.bin as its header and tables, with every number as it stands there. docs/format.md, "The seal".
 * A length is compared before anything is read by it; what the values mean is for seal-rules.ts to judge.
 */
import { type Layout, type LayoutValue, read, reservedByte } from '../format/layout.ts';
import { limits } from '../format/limits.ts';
import { sealProbe } from '../format/probe-layout.ts';
import {
  sealHeader,
  sealLive,
  sealMagic,
  sealMatch,
  sealMember,
  sealSegment,
  sealVersion,
} from '../format/seal-layout.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { SealFaultFound } from '../problem/seal-problem.ts';

type Row<L extends Layout> = {
  readonly value: LayoutValue<L>;
  /** Where it stands in the seal. */
  readonly at: number;
};

export type SealTables = {
  readonly bytes: Uint8Array;
  readonly header: LayoutValue<typeof sealHeader>;
  readonly members: readonly Row<typeof sealMember>[];
  readonly segments: readonly Row<typeof sealSegment>[];
  readonly live: readonly Row<typeof sealLive>[];
  readonly match: readonly Row<typeof sealMatch>[];
  readonly probes: readonly Row<typeof sealProbe>[];
  readonly strings: Uint8Array;
};

/** The tables, or why there are none to read. */
export function readTables(bytes: Uint8Array): Result<SealTables> {
  const no = (
    fault: SealFaultFound['fault'],
    found: SealFaultFound['found'] = {},
  ): Result<SealTables> => fail({ area: 'seal', kind: 'seal-fault', fault, found });
  const size = bytes.length;
  if (size < sealHeader.size) return no('short', { size });
  if (size > limits.sealBytesMax.value) return no('too-large', { size });
  const header = read(sealHeader, bytes);
  if (sealMagic.some((byte, index) => bytes[index] !== byte)) return no('magic');
  if (header.version !== sealVersion)
    return no('version', { version: header.version, known: sealVersion });
  if (header.size !== size) return no('size', { stated: header.size, size });
  const reserved = reservedByte(sealHeader, bytes, 0);
  if (reserved !== undefined) return no('header-reserved', { offset: BigInt(reserved) });
  const { memberCount, segmentCount, liveCount, matchCount, stringsSize } = header;
  const { targetCount, probeCount } = header;
  if (memberCount === 0 || memberCount > limits.sealMembersMax.value)
    return no('count-of-members', { memberCount });
  if (segmentCount === 0 || segmentCount > limits.sealSegmentsMax.value)
    return no('count-of-segments', { segmentCount });
  if (liveCount > limits.sealLiveMax.value) return no('count-of-live-values', { liveCount });
  if (matchCount > limits.sealMatchMax.value) return no('count-of-match-rules', { matchCount });
  if (targetCount > limits.sealTargetsMax.value) return no('count-of-targets', { targetCount });
  if (probeCount > limits.sealProbesMax.value) return no('count-of-probes', { probeCount });
  const segmentsAt = sealHeader.size + memberCount * sealMember.size;
  const liveAt = segmentsAt + segmentCount * sealSegment.size;
  const matchAt = liveAt + liveCount * sealLive.size;
  const probesAt = matchAt + matchCount * sealMatch.size;
  const stringsAt = probesAt + probeCount * sealProbe.size;
  if (stringsAt + stringsSize !== size)
    return no('tables-size', { needed: stringsAt + stringsSize, size });

  const rows = <L extends Layout>(declared: L, from: number, count: number): readonly Row<L>[] =>
    Array.from({ length: count }, (_, index) => {
      const at = from + index * declared.size;
      return { at, value: read(declared, bytes, at) as LayoutValue<L> };
    });
  return ok({
    bytes,
    header,
    members: rows(sealMember, sealHeader.size, memberCount),
    segments: rows(sealSegment, segmentsAt, segmentCount),
    live: rows(sealLive, liveAt, liveCount),
    match: rows(sealMatch, matchAt, matchCount),
    probes: rows(sealProbe, probesAt, probeCount),
    strings: bytes.subarray(stringsAt),
  });
}

/** A text of the string table: printable ASCII, which goes to terminals and command lines as it is; else undefined. */
export function textOf(strings: Uint8Array, offset: number, length: number): string | undefined {
  if (offset > strings.length || length > strings.length - offset) return undefined;
  const bytes = strings.subarray(offset, offset + length);
  return bytes.some((byte) => byte < 0x20 || byte > 0x7e)
    ? undefined
    : new TextDecoder().decode(bytes);
}
