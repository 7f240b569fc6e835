/** Renders purgatory/lib/bundle_format.h: the C side of the layouts and code tables. Pure. */

import { attestationEnding, statementParts, testResultType } from '../format/attestation-form.ts';
import { bundleMembers } from '../format/bundle-members.ts';
import type { CodeTable } from '../format/code-table.ts';
import { declaredCodes, declaredLayouts, innerCodes, machineLayouts } from '../format/declared.ts';
import { expiresSoon, expiring } from '../format/expiring.ts';
import { type Field, type Layout, reservedGaps } from '../format/layout.ts';
import { limits, rsaBits } from '../format/limits.ts';
import { loaderDetails } from '../format/loader-detail.ts';
import { loaderStatuses } from '../format/loader-status.ts';
import { probeAnswers } from '../format/probe-layout.ts';
import * as purgatory from '../format/purgatory-layout.ts';
import * as revocation from '../format/revocation-layout.ts';
import { sealFaults, sealParts } from '../format/seal-faults.ts';
import * as seal from '../format/seal-layout.ts';
import { kebabCase, snakeCase } from '../units/kebab-case.ts';

const upper = (name: string): string => snakeCase(name).toUpperCase();

function member(key: string, field: Field): string {
  switch (field.type) {
    case 'uint':
      return `\tuint${field.size * 8}_t ${snakeCase(key)};`;
    case 'u64':
      return `\tuint64_t ${snakeCase(key)};`;
    case 'bytes':
      return `\tconst uint8_t *${snakeCase(key)}; /* ${field.size} bytes in the source */`;
    case 'text':
      return `\tconst char *${snakeCase(key)}; /* at most ${field.size - 1} bytes in the source */`;
  }
}

const at = (offset: number): string => (offset === 0 ? 'p' : `p + 0x${offset.toString(16)}`);

function load(key: string, field: Field): string {
  switch (field.type) {
    case 'uint':
      return field.size === 1
        ? `\tv->${snakeCase(key)} = ${offsetRead(field.offset)};`
        : `\tv->${snakeCase(key)} = load${field.size * 8}_le(${at(field.offset)});`;
    case 'u64':
      return `\tv->${snakeCase(key)} = load64_le(${at(field.offset)});`;
    case 'bytes':
      return `\tv->${snakeCase(key)} = ${at(field.offset)};`;
    case 'text':
      return `\tv->${snakeCase(key)} = (const char *)(${at(field.offset)});`;
  }
}

const offsetRead = (offset: number): string => `p[0x${offset.toString(16)}]`;

const places = (declared: Layout): readonly string[] => [
  `/* ${declared.doc}. */`,
  `#define ${declared.name.toUpperCase()}_BYTES 0x${declared.size.toString(16)}u`,
  ...Object.entries(declared.fields).map(
    ([key, field]) =>
      `#define ${declared.name.toUpperCase()}_AT_${upper(key)} 0x${field.offset.toString(16)}u`,
  ),
];

/** Whether the bytes that no field covers are zero; nothing for a layout without any. */
function reserved(declared: Layout): readonly string[] {
  const gaps = reservedGaps(declared).map(
    ({ offset, size }) => `mem_is_zero(${at(offset)}, 0x${size.toString(16)})`,
  );
  if (gaps.length === 0) return [];
  return [
    `static inline bool ${declared.name}_reserved_zero(const uint8_t *p)`,
    '{',
    `\treturn ${gaps.join(' &&\n\t       ')};`,
    '}',
  ];
}

function structure(declared: Layout): string {
  const name = declared.name;
  const entries = Object.entries(declared.fields);
  return [
    ...places(declared),
    ...entries
      .filter(([, field]) => field.type === 'bytes' || field.type === 'text')
      .map(
        ([key, field]) =>
          `#define ${name.toUpperCase()}_${upper(key)}_BYTES 0x${field.size.toString(16)}u`,
      ),
    `struct ${name} {`,
    ...entries.map(([key, field]) => member(key, field)),
    '};',
    `static inline void ${name}_load(struct ${name} *v, const uint8_t *p)`,
    '{',
    ...entries.map(([key, field]) => load(key, field)),
    '}',
    ...reserved(declared),
    '',
  ].join('\n');
}

function enumeration(name: string, table: CodeTable): string {
  const prefix = name.toUpperCase();
  return [
    `enum ${name} {`,
    ...Object.entries(table).map(
      ([key, { code, doc }]) =>
        `\t${prefix}_${upper(key)} = ${code < 0x1000 ? code : `0x${code.toString(16)}`}, /* ${doc} */`,
    ),
    '};',
    '',
  ].join('\n');
}

/** An X-macro, one row for each entry: the loader makes its tables from it, purgatory carries none. */
const rows = (name: string, each: readonly (readonly string[])[]): string =>
  [
    `#define ${name}(X) \\`,
    `${each.map((cells) => `\tX(${cells.join(', ')})`).join(' \\\n')}`,
    '',
  ].join('\n');

const names = (name: string, table: CodeTable): string =>
  rows(
    `${name.toUpperCase()}_NAMES`,
    Object.keys(table).map((key) => [
      `${name.toUpperCase()}_${upper(key)}`,
      quoted(kebabCase(key)),
    ]),
  );

/** Printable ASCII, as a C string has it. */
const quoted = (text: string): string => JSON.stringify(text);

/** Whether a code is in its table; for flags, the bits that are. */
function known(name: string, table: CodeTable, kind: 'code' | 'bits'): string {
  const codes = Object.values(table).map(({ code }) => code);
  if (kind === 'bits')
    return `#define ${name.toUpperCase()}_KNOWN 0x${codes.reduce((a, b) => a | b, 0).toString(16)}u\n`;
  return [
    `static inline int ${name}_known(uint32_t code)`,
    '{',
    '\tswitch (code) {',
    ...codes.map((code) => `\tcase ${code}:`),
    '\t\treturn 1;',
    '\tdefault:',
    '\t\treturn 0;',
    '\t}',
    '}',
    '',
  ].join('\n');
}

const bitsOf = (prefix: string, takes: readonly string[]): string =>
  takes.length === 0 ? '0' : takes.map((key) => `${prefix}_${upper(key)}`).join(' | ');

const sealRules = (): readonly string[] => [
  '/* X(source, what it writes, fields that it takes) */',
  rows(
    'LIVE_SOURCE_RULES',
    Object.entries(seal.liveSources).map(([key, { kind, takes }]) => [
      `LIVE_SOURCE_${upper(key)}`,
      `LIVE_KIND_${upper(kind)}`,
      bitsOf('LIVE_FIELD', takes),
    ]),
  ),
  '/* X(kind, fields that it takes) */',
  rows(
    'MATCH_KIND_RULES',
    Object.entries(seal.matchKinds).map(([key, { takes }]) => [
      `MATCH_KIND_${upper(key)}`,
      bitsOf('MATCH_FIELD', takes),
    ]),
  ),
  '/* X(fault, what it speaks of); names: DETAIL_NAMES. */',
  rows(
    'SEAL_FAULTS',
    Object.entries(sealFaults).map(([key, { part }]) => [
      `DETAIL_${upper(key)}`,
      `SEAL_PART_${upper(part)}`,
    ]),
  ),
  '/* X(part, words for it) */',
  rows(
    'SEAL_PARTS',
    Object.entries(sealParts).map(([key, { doc }]) => [`SEAL_PART_${upper(key)}`, quoted(doc)]),
  ),
];

const limitLines = (): readonly string[] =>
  Object.entries(limits).flatMap(([key, { value, doc }]) => [
    `/* ${doc}. */`,
    `#define ${upper(key)} ${value > 0xffff_ffff ? `UINT64_C(${value})` : `${value}u`}`,
  ]);

/** A statement from its first byte on, but for the digits of the digest after the first part. */
const attestationLines = (): readonly string[] => {
  const { begin, predicateType, result, configuration, end } = statementParts;
  return Object.entries({
    ENDING: attestationEnding,
    BEGIN: begin,
    THEN: predicateType,
    PREDICATE: `${testResultType}${result}`,
    CONFIGURATION: configuration,
    END: end,
  }).map(([name, text]) => `#define ATTESTATION_${name} ${JSON.stringify(text)}`);
};

/** In archive order. */
const memberLines = (): readonly string[] => [
  'enum bundle_member_id {',
  ...Object.entries(bundleMembers).map(
    ([key, { name }]) => `\tBUNDLE_${upper(key)}, /* ${name} */`,
  ),
  '\tBUNDLE_MEMBER_KINDS,',
  '};',
  '',
  '/* X(member, name, bytes that it may have, whether every bundle has it) */',
  rows(
    'BUNDLE_MEMBERS',
    Object.entries(bundleMembers).map(([key, { name, limit, required }]) => [
      `BUNDLE_${upper(key)}`,
      quoted(name),
      upper(limit),
      required ? '1' : '0',
    ]),
  ),
];

/** What a message says of a detail, where that is the same each time. */
function detailWords(): string {
  const uses = Object.entries(loaderDetails).flatMap(([key, detail]) =>
    'words' in detail ? [`\tX(DETAIL_${upper(key)}, "${detail.words}")`] : [],
  );
  return [`#define DETAIL_WORDS(X) \\`, `${uses.join(' \\\n')}`, ''].join('\n');
}

const magic = (name: string, bytes: Uint8Array): string =>
  `#define ${name}_MAGIC "${new TextDecoder().decode(bytes)}"`;

export function renderCHeader(): string {
  return `${[
    '/* SPDX-License-Identifier: Apache-2.0 */',
    '/*',
    ' * Generated by `make generate` from pipeline/format/; do not edit.',
    ' * A `bytes` or `text` member points into the source buffer; a text need not have an end there.',
    ' */',
    '#ifndef BUNDLE_FORMAT_H',
    '#define BUNDLE_FORMAT_H',
    '',
    '#include <stdint.h>',
    '',
    '#include "byteorder.h"',
    '#include "memory.h"',
    '',
    magic('SEAL', seal.sealMagic),
    `#define SEAL_VERSION ${seal.sealVersion}u`,
    magic('REVOCATION', revocation.revocationMagic),
    `#define REVOCATION_VERSION ${revocation.revocationVersion}u`,
    `#define REVOCATION_ENTRIES_MAX ${revocation.revocationEntriesMax}u`,
    ...attestationLines(),
    magic('PURGATORY', purgatory.purgatoryMagic),
    `#define PURGATORY_VERSION ${purgatory.purgatoryVersion}u`,
    `#define PURGATORY_STATIC_START 0x${purgatory.purgatoryStaticStart.toString(16)}u`,
    `#define PURGATORY_LIVE_START 0x${purgatory.purgatoryLiveStart.toString(16)}u`,
    `#define PURGATORY_MAX_STEPS ${purgatory.purgatoryMaxSteps}u`,
    `#define PURGATORY_MAX_REGIONS ${purgatory.purgatoryMaxRegions}u`,
    '',
    ...limitLines(),
    '/* Of the modulus of an RSA key. */',
    `#define RSA_BITS_LEAST ${rsaBits.least}u`,
    `#define RSA_BITS_MOST ${rsaBits.most}u`,
    '',
    ...declaredLayouts.map(structure),
    ...machineLayouts.flatMap((declared) => [...places(declared), '']),
    ...declaredCodes.flatMap(({ cName, codes, cNames = false, cKnown }) => [
      enumeration(cName, codes),
      ...(cNames ? [names(cName, codes)] : []),
      ...(cKnown === undefined ? [] : [known(cName, codes, cKnown)]),
    ]),
    ...innerCodes.map(({ cName, codes }) => enumeration(cName, codes)),
    ...sealRules(),
    ...memberLines(),
    enumeration('status', loaderStatuses),
    names('status', loaderStatuses),
    enumeration('detail', loaderDetails),
    names('detail', loaderDetails),
    detailWords(),
    `/* From so many seconds before its end on. */\n#define EXPIRES_SOON ${expiresSoon}\n`,
    enumeration('expiring', expiring),
    names('expiring', expiring),
    enumeration('probe_answer', probeAnswers),
    names('probe_answer', probeAnswers),
    enumeration('file_loss', seal.fileLosses),
    names('file_loss', seal.fileLosses),
    enumeration('file_reason', seal.fileReasons),
    '/* X(reason, name, words for it) */',
    rows(
      'FILE_REASONS',
      Object.entries(seal.fileReasons).map(([key, { doc }]) => [
        `FILE_REASON_${upper(key)}`,
        quoted(kebabCase(key)),
        quoted(doc),
      ]),
    ),
    '#endif',
  ].join('\n')}\n`;
}
