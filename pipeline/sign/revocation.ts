/** The revocation list and its file as bytes and back. docs/format.md, "The revocation list". */

import { nameOf } from '../format/code-table.ts';
import { decode, encode } from '../format/layout.ts';
import {
  revocationEntriesMax,
  revocationEntry,
  revocationKinds,
  revocationList,
  revocationMagic,
  revocationVersion,
} from '../format/revocation-layout.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import type { ListFault } from '../problem/sign-problem.ts';
import { joinBytes } from '../units/bytes.ts';
import { sha256 } from '../units/sha256.ts';
import { lastSecond } from '../units/time.ts';
import { type Digest, digestBytes, digestOf } from '../units/units.ts';
import type { NamedFile } from './certificate-file.ts';
import { sameBytes } from './der.ts';

export type RevocationKind = keyof typeof revocationKinds;
export type Revoked = { readonly kind: RevocationKind; readonly digest: Digest };
export type RevocationList = {
  /** A later list has a higher number. */
  readonly number: bigint;
  /** Seconds since 1970. */
  readonly date: number;
  /** Sorted by kind and digest, none twice. */
  readonly entries: readonly Revoked[];
};

export function isRevoked(
  { entries }: RevocationList,
  kind: RevocationKind,
  bytes: Uint8Array,
): boolean {
  const digest = sha256(bytes);
  return entries.some((entry) => entry.kind === kind && entry.digest === digest);
}

/** In the one order that a list has, each once. */
export function sortRevoked(entries: readonly Revoked[]): readonly Revoked[] {
  const keyOf = ({ kind, digest }: Revoked): string => `${revocationKinds[kind].code} ${digest}`;
  const unique = new Map(entries.map((entry) => [keyOf(entry), entry]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

export function encodeRevocationList({ number, date, entries }: RevocationList): Uint8Array {
  const sorted = sortRevoked(entries);
  return joinBytes([
    encode(revocationList, {
      magic: revocationMagic,
      version: revocationVersion,
      count: sorted.length,
      number,
      date: BigInt(date),
    }),
    ...sorted.map(({ kind, digest }) =>
      encode(revocationEntry, {
        kind: revocationKinds[kind].code,
        digest: digestBytes(digest),
      }),
    ),
  ]);
}

const malformed = (path: string, fault: ListFault) =>
  fail({ area: 'sign', kind: 'revocation-malformed', path, fault });

/** Where in a file the list ends and its signature begins. */
export function splitRevocationFile({
  path,
  bytes,
}: NamedFile): Result<{ readonly list: NamedFile; readonly p7s: Uint8Array }> {
  const header = decode(revocationList, bytes.subarray(0, revocationList.size));
  if (!header.ok) return malformed(path, 'short');
  const { magic, version, count } = header.value;
  if (!sameBytes(magic, revocationMagic)) return malformed(path, 'magic');
  if (version !== revocationVersion) return malformed(path, 'version');
  const size = revocationList.size + count * revocationEntry.size;
  if (count > revocationEntriesMax || size > bytes.length) return malformed(path, 'size');
  if (size === bytes.length) return fail({ area: 'sign', kind: 'revocation-unsigned', path });
  return ok({ list: { path, bytes: bytes.subarray(0, size) }, p7s: bytes.subarray(size) });
}

/** A list that was split off. */
export function decodeRevocationList({ path, bytes }: NamedFile): Result<RevocationList> {
  const no = (fault: ListFault) => malformed(path, fault);
  const header = decode(revocationList, bytes.subarray(0, revocationList.size));
  if (!header.ok) return no('short');
  const { number, date } = header.value;
  if (date > lastSecond) return no('date');
  const entries: Revoked[] = [];
  for (let at: number = revocationList.size; at < bytes.length; at += revocationEntry.size) {
    const entry = decode(revocationEntry, bytes.subarray(at, at + revocationEntry.size));
    if (!entry.ok) return no('reserved');
    const kind = nameOf(revocationKinds, entry.value.kind) as RevocationKind | undefined;
    if (kind === undefined) return no('kind');
    entries.push({ kind, digest: digestOf(entry.value.digest) });
  }
  const list = { number, date: Number(date), entries };
  return sameBytes(encodeRevocationList(list), bytes) ? ok(list) : no('order');
}
