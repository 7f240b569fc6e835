/** The C side of the declarations: it compiles, and loads the values that the tool encodes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { renderCHeader } from '../../pipeline/derive/c-header.ts';
import { bundleMembers } from '../../pipeline/format/bundle-members.ts';
import { declaredLayouts } from '../../pipeline/format/declared.ts';
import { encode, type Field, type Layout, type LayoutValue } from '../../pipeline/format/layout.ts';
import { limits } from '../../pipeline/format/limits.ts';
import { sealFaults, sealParts } from '../../pipeline/format/seal-faults.ts';
import { liveSources } from '../../pipeline/format/seal-layout.ts';

const folder = 'out/test/c-header';
const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** A value that shows every byte of its field. */
function sampleOf({ type, offset, size }: Field): number | bigint | string | Uint8Array {
  const fill = Array.from({ length: size }, (_, index) => ((offset + index) % 200) + 1);
  switch (type) {
    case 'uint':
      return fill.reduce((sum, byte) => sum * 256 + byte, 0);
    case 'u64':
      return fill.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    case 'text':
      return `t${offset}`;
    case 'bytes':
      return Uint8Array.from(fill);
  }
}
const sample = (declared: Layout): Record<string, number | bigint | string | Uint8Array> =>
  Object.fromEntries(Object.entries(declared.fields).map(([key, field]) => [key, sampleOf(field)]));

/** Prints `layout.field value` for each field of a layout whose bytes are given. */
function printer(declared: Layout, bytes: Uint8Array): string {
  const prints = Object.entries(declared.fields).map(([key, field]) => {
    const name = `${declared.name}.${key}`;
    const member = `v.${snake(key)}`;
    if (field.type === 'text') return `printf("${name} %s\\n", ${member});`;
    if (field.type === 'bytes')
      return `printf("${name} %u..%u\\n", ${member}[0], ${member}[${field.size - 1}]);`;
    return `printf("${name} %llu\\n", (unsigned long long)${member});`;
  });
  return `{
    static const uint8_t source[] = { ${[...bytes].join(', ')} };
    struct ${declared.name} v;
    ${declared.name}_load(&v, source);
    ${prints.join('\n    ')}
  }`;
}

/** Of a layout, for each byte whether a field covers it. */
const covered = ({ size, fields }: Layout): readonly boolean[] =>
  Array.from({ length: size }, (_, at) =>
    Object.values(fields).some(({ offset, size }) => offset <= at && at < offset + size),
  );
const hasGaps = (declared: Layout): boolean => covered(declared).includes(false);

/** Prints `gap layout offset` for each byte that must be zero. */
const gapFinder = ({ name, size }: Layout): string => `{
    static uint8_t source[${size}];
    if (!${name}_reserved_zero(source)) puts("gap ${name} zero");
    for (int at = 0; at < ${size}; at++) {
      source[at] = 1;
      if (!${name}_reserved_zero(source)) printf("gap ${name} %d\\n", at);
      source[at] = 0;
    }
  }`;

const shown = (value: number | bigint | string | Uint8Array): string =>
  value instanceof Uint8Array ? `${value[0]}..${value.at(-1)}` : `${value}`;

const program = `#include <stdio.h>
#include "bundle_format.h"
int main(void)
{
  ${declaredLayouts.map((one) => printer(one, encode(one, sample(one) as LayoutValue<Layout>))).join('\n  ')}
#define FAULT(fault, part) printf("fault %d %d\\n", fault, part);
  SEAL_FAULTS(FAULT)
#define SOURCE(source, kind, takes) printf("source %d %d %d\\n", source, kind, takes);
  LIVE_SOURCE_RULES(SOURCE)
#define MEMBER(id, name, limit, required) \\
  printf("member %d %s %llu %d\\n", id, name, (unsigned long long)(limit), required);
  BUNDLE_MEMBERS(MEMBER)
  ${declaredLayouts.filter(hasGaps).map(gapFinder).join('\n  ')}
  printf("known %d %d %d\\n", backend_known(0), backend_known(3), backend_known(4));
  printf("last %llu\\n", (unsigned long long)LAST_SECOND);
}
`;

let said: readonly string[] = [];
beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bundle_format.h'), renderCHeader());
  writeFileSync(join(folder, 'main.c'), program);
  const strict = '-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'.split(' ');
  const paths = ['-I', folder, '-I', 'purgatory/lib', '-o', join(folder, 'main')];
  const built = spawnSync(
    'clang-19',
    [...strict, ...paths, join(folder, 'main.c'), 'purgatory/lib/memory.c'],
    {
      encoding: 'utf8',
    },
  );
  if (built.status !== 0) throw new Error(built.stderr);
  said = spawnSync(join(folder, 'main'), { encoding: 'utf8' }).stdout.trimEnd().split('\n');
}, 60_000);
const lines = (start: string): readonly string[] =>
  said.filter((line) => line.startsWith(`${start} `)).map((line) => line.slice(start.length + 1));

describe('the C header', () => {
  test('is what the native sources include', () => {
    expect(readFileSync('purgatory/lib/bundle_format.h', 'utf8')).toBe(renderCHeader());
  });

  test.each(declaredLayouts.map((one) => [one.name, one] as const))(
    'loads every field of %s as it was encoded',
    (name, declared) => {
      const expected = Object.entries(sample(declared)).map(
        ([key, value]) => `${name}.${key} ${shown(value)}`,
      );
      expect(said.filter((line) => line.startsWith(`${name}.`))).toEqual(expected);
    },
  );

  test('finds in each layout the bytes that no field covers, and no others', () => {
    expect(lines('gap')).toEqual(
      declaredLayouts.flatMap((one) =>
        covered(one).flatMap((is, at) => (is ? [] : [`${one.name} ${at}`])),
      ),
    );
    expect(lines('gap')).toContain('seal_match 20');
  });

  test('has every fault of a seal with its code and what it speaks of', () => {
    expect(lines('fault')).toEqual(
      Object.values(sealFaults).map(({ code, part }) => `${code} ${sealParts[part].code}`),
    );
  });

  test('has what each live source writes and takes', () => {
    const kinds = ['number', 'table', 'text', 'tree', 'digest'];
    const bits = { path: 1, about: 2, arg0: 4, arg1: 8 };
    expect(lines('source')).toEqual(
      Object.values(liveSources).map(({ code, kind, takes }) => {
        const taken = takes.reduce((sum, field) => sum + bits[field], 0);
        return `${code} ${kinds.indexOf(kind)} ${taken}`;
      }),
    );
  });

  test('has the members in archive order, with their limits', () => {
    expect(lines('member')).toEqual(
      Object.values(bundleMembers).map(
        ({ name, limit, required }, index) =>
          `${index} ${name} ${limits[limit].value} ${required ? 1 : 0}`,
      ),
    );
  });

  test('knows the codes of a table and no other, and limits of more than 32 bits', () => {
    expect(lines('known')).toEqual(['0 1 0']);
    expect(lines('last')).toEqual(['253402300799']);
  });
});
