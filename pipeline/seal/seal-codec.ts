/**
 * seal.bin as plain values, and back. docs/format.md, "The seal".
 * Every seal has one encoding: what `decodeSeal` accepts, `encodeSeal` gives back byte for byte.
 */

import { bitsOf, type CodeTable, codeOf, flagsOf, nameOf } from '../format/code-table.ts';
import { type ByteOrder, encode } from '../format/layout.ts';
import { probeFlags, probeKinds, probeNames, sealProbe } from '../format/probe-layout.ts';
import {
  backends,
  liveForms,
  liveSources,
  matchKinds,
  sealFlags,
  sealHeader,
  sealLive,
  sealMagic,
  sealMatch,
  sealMember,
  sealSegment,
  sealVersion,
  segmentFlags,
  segmentKinds,
} from '../format/seal-layout.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, ok, type Result, unlessProblems } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';
import { type Digest, digestBytes, digestOf } from '../units/units.ts';
import { checkSeal } from './seal-rules.ts';
import { readTables, type SealTables, textOf } from './seal-tables.ts';

export type SealFlag = keyof typeof sealFlags;
export type SegmentFlag = keyof typeof segmentFlags;

export type Seal = {
  /** Name of the profile. */
  readonly profile: string;
  /** `uname -r` of the capture kernel. */
  readonly release: string | undefined;
  /** GNU build id of the capture kernel, 20 bytes. */
  readonly buildId: Uint8Array | undefined;
  /** What the record on the dump target calls the bundle: 32 hex digits, not all 0. */
  readonly markerName: string | undefined;
  /** e_machine (ELF). */
  readonly machine: number;
  readonly byteOrder: ByteOrder;
  readonly backend: keyof typeof backends;
  /** In the order of table "seal flags". */
  readonly flags: readonly SealFlag[];
  readonly epoch: bigint;
  /** Seconds since 1970. */
  readonly notBefore: number | undefined;
  readonly notAfter: number | undefined;
  readonly crashSize: bigint;
  readonly maxCpus: number;
  readonly maxRanges: number;
  readonly entry: { readonly segment: number; readonly offset: bigint };
  readonly commandLine: string;
  readonly members: readonly SealedMember[];
  readonly segments: readonly SealedSegment[];
  readonly live: readonly SealedLive[];
  readonly match: readonly SealedMatch[];
  /** Dump targets of the profile; 0 when it says nothing of them. */
  readonly targetCount: number;
  readonly probes: readonly SealedProbe[];
};

export type SealedMember = {
  readonly name: string;
  readonly size: bigint;
  readonly digest: Digest;
  readonly partsDigest: Digest;
};

export type SealedSegment = {
  readonly name: string;
  readonly kind: keyof typeof segmentKinds;
  readonly group: number;
  /** Index in `members`. */
  readonly member: number;
  readonly bufOffset: bigint;
  readonly bufsz: bigint;
  readonly memsz: bigint;
  readonly align: bigint;
  readonly place: bigint;
  readonly minAddress: bigint;
  /** In the order of table "segment flags". */
  readonly flags: readonly SegmentFlag[];
};

export type SealedLive = {
  readonly source: keyof typeof liveSources;
  readonly form: keyof typeof liveForms;
  readonly width: number;
  /** Index in `segments`. */
  readonly segment: number;
  /** Index in `segments`; 0 where the source speaks of none. */
  readonly about: number;
  readonly offset: bigint;
  readonly size: bigint;
  readonly addend: bigint;
  readonly arg0: bigint;
  readonly arg1: bigint;
  /** A path below the root; empty where the source reads no file. */
  readonly text: string;
  /** Put before a number in a text form. */
  readonly words: string;
};

export type SealedMatch = {
  readonly kind: keyof typeof matchKinds;
  /** Empty for `online`. */
  readonly path: string;
  /** Empty for `present`, `absent` and `onlineFrom`. */
  readonly value: string;
};

/** What must be true of the machine for its dump to arrive. */
export type SealedProbe = {
  readonly kind: keyof typeof probeKinds;
  /** From 1. */
  readonly target: number;
  readonly by: keyof typeof probeNames;
  /** In the order of table "probe flags". */
  readonly flags: readonly (keyof typeof probeFlags)[];
  /** Bytes. */
  readonly minimum: bigint;
  readonly value: string;
  /** Of a file system; empty for any. */
  readonly type: string;
};

/** ELF's numbers for EI_DATA. */
const byteOrders = { little: { code: 1, doc: '' }, big: { code: 2, doc: '' } } as const;

/** Strings in the order of their first use, each once; an empty one takes no room. */
class StringTable {
  readonly #places = new Map<string, readonly [number, number]>();
  readonly #chunks: Uint8Array[] = [];
  size = 0;

  place(value: string | undefined): readonly [number, number] {
    if (value === undefined || value === '') return [0, 0];
    const known = this.#places.get(value);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(value);
    const placed = [this.size, bytes.length] as const;
    this.#places.set(value, placed);
    this.#chunks.push(bytes);
    this.size += bytes.length;
    return placed;
  }

  bytes(): Uint8Array {
    return joinBytes(this.#chunks);
  }
}

/** Throws where a value does not fit its field; whether the values make sense is `decodeSeal`'s to say. */
export function encodeSeal(seal: Seal): Uint8Array {
  const strings = new StringTable();
  const [profileOffset, profileLength] = strings.place(seal.profile);
  const [releaseOffset, releaseLength] = strings.place(seal.release);
  const [commandLineOffset, commandLineLength] = strings.place(seal.commandLine);
  const tables = [
    ...seal.members.map((member) =>
      encode(sealMember, {
        name: member.name,
        size: member.size,
        digest: digestBytes(member.digest),
        partsDigest: digestBytes(member.partsDigest),
      }),
    ),
    ...seal.segments.map((segment) =>
      encode(sealSegment, {
        ...segment,
        kind: codeOf(segmentKinds, segment.kind),
        flags: bitsOf(segmentFlags, segment.flags),
      }),
    ),
    ...seal.live.map((live) => {
      const [textOffset, textLength] = strings.place(live.text);
      const [wordsOffset, wordsLength] = strings.place(live.words);
      return encode(sealLive, {
        ...live,
        source: codeOf(liveSources, live.source),
        form: codeOf(liveForms, live.form),
        textOffset,
        textLength,
        wordsOffset,
        wordsLength,
      });
    }),
    ...seal.match.map((match) => {
      const [pathOffset, pathLength] = strings.place(match.path);
      const [valueOffset, valueLength] = strings.place(match.value);
      const kind = codeOf(matchKinds, match.kind);
      return encode(sealMatch, { kind, pathOffset, pathLength, valueOffset, valueLength });
    }),
    ...seal.probes.map((probe) => {
      const [valueOffset, valueLength] = strings.place(probe.value);
      const [typeOffset, typeLength] = strings.place(probe.type);
      return encode(sealProbe, {
        kind: codeOf(probeKinds, probe.kind),
        target: probe.target,
        by: codeOf(probeNames, probe.by),
        flags: bitsOf(probeFlags, probe.flags),
        minimum: probe.minimum,
        valueOffset,
        valueLength,
        typeOffset,
        typeLength,
      });
    }),
    strings.bytes(),
  ];
  const header = encode(sealHeader, {
    magic: sealMagic,
    version: sealVersion,
    size: sealHeader.size + tables.reduce((sum, table) => sum + table.length, 0),
    machine: seal.machine,
    byteOrder: codeOf(byteOrders, seal.byteOrder),
    backend: codeOf(backends, seal.backend),
    flags: bitsOf(sealFlags, seal.flags),
    memberCount: seal.members.length,
    segmentCount: seal.segments.length,
    liveCount: seal.live.length,
    matchCount: seal.match.length,
    stringsSize: strings.size,
    entrySegment: seal.entry.segment,
    entryOffset: seal.entry.offset,
    epoch: seal.epoch,
    notBefore: BigInt(seal.notBefore ?? 0),
    notAfter: BigInt(seal.notAfter ?? 0),
    crashSize: seal.crashSize,
    maxCpus: seal.maxCpus,
    maxRanges: seal.maxRanges,
    profileOffset,
    profileLength,
    releaseOffset,
    releaseLength,
    commandLineOffset,
    commandLineLength,
    buildId: seal.buildId ?? new Uint8Array(20),
    markerName: Buffer.from(seal.markerName ?? '0'.repeat(32), 'hex'),
    targetCount: seal.targetCount,
    probeCount: seal.probes.length,
  });
  return joinBytes([header, ...tables]);
}

/** Reads what {@link encodeSeal} writes. Every fault is reported, first the one that the loader names. */
export function decodeSeal(source: Uint8Array): Result<Seal> {
  const tables = readTables(source);
  if (!tables.ok) return tables;
  const problems = checkSeal(tables.value).map(
    (fault): Problem => ({ area: 'seal', kind: 'seal-fault', ...fault }),
  );
  const seal = unlessProblems(problems, () => sealOfTables(tables.value));
  if (!seal.ok) return seal;
  // Catches what the tables cannot: unused or reordered strings, an empty string with a place.
  const canonical = encodeSeal(seal.value);
  const offset = source.findIndex((byte, index) => byte !== canonical[index]);
  if (offset < 0 && canonical.length === source.length) return ok(seal.value);
  return fail({
    area: 'seal',
    kind: 'seal-not-canonical',
    offset: offset < 0 ? canonical.length : offset,
  });
}

/** Names for numbers and texts for their places, which the rules have found good. */
function sealOfTables({
  header,
  members,
  segments,
  live,
  match,
  probes,
  strings,
}: SealTables): Seal {
  const text = (offset: number, length: number): string => textOf(strings, offset, length) ?? '';
  const date = (seconds: bigint): number | undefined =>
    seconds === 0n ? undefined : Number(seconds);
  return {
    profile: text(header.profileOffset, header.profileLength),
    release:
      header.releaseLength === 0 ? undefined : text(header.releaseOffset, header.releaseLength),
    buildId: header.buildId.every((byte) => byte === 0) ? undefined : header.buildId,
    markerName: header.markerName.every((byte) => byte === 0)
      ? undefined
      : Buffer.from(header.markerName).toString('hex'),
    machine: header.machine,
    byteOrder: known(byteOrders, header.byteOrder),
    backend: known(backends, header.backend),
    flags: flagsOf(sealFlags, header.flags),
    epoch: header.epoch,
    notBefore: date(header.notBefore),
    notAfter: date(header.notAfter),
    crashSize: header.crashSize,
    maxCpus: header.maxCpus,
    maxRanges: header.maxRanges,
    entry: { segment: header.entrySegment, offset: header.entryOffset },
    commandLine: text(header.commandLineOffset, header.commandLineLength),
    members: members.map(({ value }) => ({
      ...value,
      digest: digestOf(value.digest),
      partsDigest: digestOf(value.partsDigest),
    })),
    segments: segments.map(({ value }) => ({
      ...value,
      kind: known(segmentKinds, value.kind),
      flags: flagsOf(segmentFlags, value.flags),
    })),
    live: live.map(({ value: { textOffset, textLength, wordsOffset, wordsLength, ...value } }) => ({
      ...value,
      source: known(liveSources, value.source),
      form: known(liveForms, value.form),
      text: text(textOffset, textLength),
      words: text(wordsOffset, wordsLength),
    })),
    match: match.map(({ value }) => ({
      kind: known(matchKinds, value.kind),
      path: text(value.pathOffset, value.pathLength),
      value: text(value.valueOffset, value.valueLength),
    })),
    targetCount: header.targetCount,
    probes: probes.map(({ value }) => ({
      kind: known(probeKinds, value.kind),
      target: value.target,
      by: known(probeNames, value.by),
      flags: flagsOf(probeFlags, value.flags),
      minimum: value.minimum,
      value: text(value.valueOffset, value.valueLength),
      type: text(value.typeOffset, value.typeLength),
    })),
  };
}

function known<T extends CodeTable>(table: T, code: number): keyof T & string {
  const name = nameOf(table, code);
  if (name === undefined) throw new Error(`no name for ${code}`);
  return name as keyof T & string;
}
