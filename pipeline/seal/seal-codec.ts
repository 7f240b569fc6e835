/**
 * seal.bin as plain values, and back. docs/format.md, "The seal".
 * Every seal has one encoding: what `decodeSeal` accepts, `encodeSeal` gives back byte for byte.
 */

import { type CodeTable, nameOf } from '../format/code-table.ts';
import { type ByteOrder, decode, encode, type Layout, type LayoutValue } from '../format/layout.ts';
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
import { fail, type Result, unlessProblems } from '../problem/result.ts';
import type { SealProblem } from '../problem/seal-problem.ts';
import { joinBytes } from '../units/bytes.ts';
import { lastSecond } from '../units/time.ts';
import { type Digest, digestBytes, digestOf } from '../units/units.ts';
import { checkSeal, sealLimits } from './seal-rules.ts';

export type SealFlag = keyof typeof sealFlags;
export type SegmentFlag = keyof typeof segmentFlags;

export type Seal = {
  /** Name of the profile. */
  readonly profile: string;
  /** `uname -r` of the capture kernel. */
  readonly release: string | undefined;
  /** GNU build id of the capture kernel, 20 bytes. */
  readonly buildId: Uint8Array | undefined;
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
};

export type SealedMember = {
  readonly name: string;
  readonly size: bigint;
  readonly digest: Digest;
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

/** ELF's numbers for EI_DATA. */
const byteOrders = { little: { code: 1, doc: '' }, big: { code: 2, doc: '' } } as const;

const codeOf = <T extends CodeTable>(table: T, name: keyof T & string): number => {
  const entry = table[name];
  if (entry === undefined) throw new Error(`no code for ${name}`);
  return entry.code;
};

const bitsOf = <T extends CodeTable>(table: T, flags: readonly (keyof T & string)[]): number =>
  flags.reduce((bits, flag) => bits | codeOf(table, flag), 0);

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
  });
  return joinBytes([header, ...tables]);
}

/** Reads what {@link encodeSeal} writes. Nothing is allocated by a count before the count is checked. */
export function decodeSeal(source: Uint8Array): Result<Seal> {
  const problems: Problem[] = [];
  const bad = (problem: SealProblem): undefined => {
    problems.push({ area: 'seal', ...problem });
    return undefined;
  };

  if (sealMagic.some((byte, index) => source[index] !== byte))
    return fail({ area: 'seal', kind: 'seal-magic' });
  const head = decode(sealHeader, source);
  if (!head.ok) return fail(layoutProblem('header', head.why));
  const header = head.value;
  if (header.version !== sealVersion)
    return fail({
      area: 'seal',
      kind: 'seal-version',
      found: header.version,
      known: sealVersion,
    });
  if (source.length > sealLimits.bytes)
    return fail({
      area: 'seal',
      kind: 'seal-value',
      part: 'header',
      field: 'size',
      value: BigInt(source.length),
      rule: 'within-limit',
    });
  const membersAt = sealHeader.size;
  const segmentsAt = membersAt + header.memberCount * sealMember.size;
  const liveAt = segmentsAt + header.segmentCount * sealSegment.size;
  const matchAt = liveAt + header.liveCount * sealLive.size;
  const stringsAt = matchAt + header.matchCount * sealMatch.size;
  const size = stringsAt + header.stringsSize;
  if (size !== source.length || header.size !== source.length)
    return fail({
      area: 'seal',
      kind: 'seal-size',
      stated: size === source.length ? header.size : size,
      actual: source.length,
    });

  const table = <L extends Layout>(
    declared: L,
    at: number,
    count: number,
    part: string,
  ): readonly LayoutValue<L>[] => {
    const values: LayoutValue<L>[] = [];
    for (let index = 0; index < count; index++) {
      const read = decode(declared, source, at + index * declared.size);
      if (read.ok) values.push(read.value as LayoutValue<L>);
      else problems.push(layoutProblem(`${part} ${index}`, read.why));
    }
    return values;
  };
  const rawMembers = table(sealMember, membersAt, header.memberCount, 'member');
  const rawSegments = table(sealSegment, segmentsAt, header.segmentCount, 'segment');
  const rawLive = table(sealLive, liveAt, header.liveCount, 'live value');
  const rawMatch = table(sealMatch, matchAt, header.matchCount, 'match rule');
  const [first, ...more] = problems;
  if (first !== undefined) return fail(first, ...more);

  const strings = source.subarray(stringsAt);
  const text = (part: string, field: string, offset: number, length: number): string => {
    // Wherever it says that it is; the comparison with the canonical form looks at that.
    if (length === 0) return '';
    if (offset > strings.length || length > strings.length - offset) {
      bad({ kind: 'seal-string', part, field, fault: 'outside' });
      return '';
    }
    const value = cleanText(strings.subarray(offset, offset + length));
    if (value === undefined) bad({ kind: 'seal-string', part, field, fault: 'unclean' });
    return value ?? '';
  };
  const name = <T extends CodeTable>(
    codes: T,
    tableName: string,
    part: string,
    code: number,
    otherwise: keyof T & string,
  ): keyof T & string => {
    const found = nameOf(codes, code) as (keyof T & string) | undefined;
    if (found === undefined) bad({ kind: 'seal-code', part, table: tableName, code });
    return found ?? otherwise;
  };
  const date = (field: string, seconds: bigint): number | undefined => {
    if (seconds > lastSecond)
      return bad({
        kind: 'seal-value',
        part: 'header',
        field,
        value: seconds,
        rule: 'date-before-10000',
      });
    return seconds === 0n ? undefined : Number(seconds);
  };
  const flags = <T extends CodeTable>(
    codes: T,
    tableName: string,
    part: string,
    bits: number,
  ): readonly (keyof T & string)[] => {
    const set = Object.entries(codes).filter(([, { code }]) => (bits & code) !== 0);
    const unknown = set.reduce((left, [, { code }]) => left & ~code, bits) >>> 0;
    if (unknown !== 0) bad({ kind: 'seal-code', part, table: tableName, code: unknown });
    return set.map(([key]) => key as keyof T & string);
  };

  const seal: Seal = {
    profile: text('header', 'profile', header.profileOffset, header.profileLength),
    release:
      header.releaseLength === 0
        ? undefined
        : text('header', 'release', header.releaseOffset, header.releaseLength),
    buildId: header.buildId.every((byte) => byte === 0) ? undefined : header.buildId,
    machine: header.machine,
    byteOrder: name(byteOrders, 'EI_DATA', 'header', header.byteOrder, 'little'),
    backend: name(backends, 'backends', 'header', header.backend, 'segments'),
    flags: flags(sealFlags, 'seal flags', 'header', header.flags),
    epoch: header.epoch,
    notBefore: date('notBefore', header.notBefore),
    notAfter: date('notAfter', header.notAfter),
    crashSize: header.crashSize,
    maxCpus: header.maxCpus,
    maxRanges: header.maxRanges,
    entry: { segment: header.entrySegment, offset: header.entryOffset },
    commandLine: text('header', 'commandLine', header.commandLineOffset, header.commandLineLength),
    members: rawMembers.map((raw) => ({
      name: raw.name,
      size: raw.size,
      digest: digestOf(raw.digest),
    })),
    segments: rawSegments.map((raw, index) => {
      const part = `segment ${index}`;
      return {
        ...raw,
        kind: name(segmentKinds, 'segment kinds', part, raw.kind, 'kernel'),
        flags: flags(segmentFlags, 'segment flags', part, raw.flags),
      };
    }),
    live: rawLive.map(({ textOffset, textLength, wordsOffset, wordsLength, ...raw }, index) => {
      const part = `live value ${index}`;
      return {
        ...raw,
        source: name(liveSources, 'live sources', part, raw.source, 'crashStart'),
        form: name(liveForms, 'live forms', part, raw.form, 'little'),
        text: text(part, 'text', textOffset, textLength),
        words: text(part, 'words', wordsOffset, wordsLength),
      };
    }),
    match: rawMatch.map((raw, index) => {
      const part = `match rule ${index}`;
      return {
        kind: name(matchKinds, 'match kinds', part, raw.kind, 'equals'),
        path: text(part, 'path', raw.pathOffset, raw.pathLength),
        value: text(part, 'value', raw.valueOffset, raw.valueLength),
      };
    }),
  };
  if (problems.length === 0) problems.push(...checkSeal(seal));
  if (problems.length === 0) {
    // Catches what the tables cannot: unused or reordered strings, an empty string with a place.
    const canonical = encodeSeal(seal);
    const offset = source.findIndex((byte, index) => byte !== canonical[index]);
    if (offset >= 0 || canonical.length !== source.length)
      bad({ kind: 'seal-not-canonical', offset: offset < 0 ? canonical.length : offset });
  }
  return unlessProblems(problems, () => seal);
}

function layoutProblem(
  part: string,
  why:
    | { readonly fault: 'short'; readonly have: number }
    | { readonly fault: 'reserved-set' | 'text-unterminated'; readonly offset: number },
): Problem {
  return {
    area: 'seal',
    kind: 'seal-layout',
    part,
    fault: why.fault,
    offset: why.fault === 'short' ? why.have : why.offset,
  };
}

/** Printable ASCII, or undefined: it goes to terminals and command lines as it is. */
const cleanText = (bytes: Uint8Array): string | undefined =>
  bytes.some((byte) => byte < 0x20 || byte > 0x7e) ? undefined : new TextDecoder().decode(bytes);
