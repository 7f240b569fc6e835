/** The rule for C includes: it holds here, and it would be seen if it did not. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkIncludes } from '../setup/includes-rule.ts';

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'includes-'));
  for (const folder of ['loader', 'purgatory'])
    cpSync(folder, join(copy, folder), { recursive: true });
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const withFile = (path: string, text: string): readonly string[] => {
  writeFileSync(join(copy, path), text);
  const wrong = checkIncludes(copy);
  rmSync(join(copy, path));
  return wrong;
};

test('rooms of loader and purgatory include downwards only, without a circle', () => {
  expect(checkIncludes('.')).toEqual([]);
});

test.each(['"run/options.h"', '<run/options.h>'])(
  'an include from a room above is told: %s',
  (name) => {
    expect(withFile('loader/base/wrong.h', `#include ${name}\n`)).toEqual([
      'loader/base/wrong.h includes loader/run/options.h: base may not include run',
    ]);
  },
);

test('so is what loader and purgatory would take from each other', () => {
  expect(withFile('purgatory/lib/wrong.h', '#include "check.h"\n')).toEqual([
    'purgatory/lib/wrong.h includes purgatory/check.h: lib may not include purgatory',
  ]);
  expect(withFile('loader/run/wrong.h', '#include "check.h"\n')).toHaveLength(1);
});

test('a circle is told, also one that goes through a source', () => {
  const first = join(copy, 'loader/base/first.h');
  writeFileSync(first, '#include "base/second.h"\n');
  writeFileSync(join(copy, 'loader/base/second.h'), '');
  const wrong = withFile(
    'loader/base/second.c',
    '#include "base/second.h"\n#include "base/first.h"\n',
  );
  expect(wrong).toEqual([
    'a circle of includes: loader/base/first -> loader/base/second -> loader/base/first',
  ]);
  rmSync(first);
  rmSync(join(copy, 'loader/base/second.h'));
});

test('a source without a header is told, and a file in no room', () => {
  expect(withFile('loader/base/alone.c', '')).toEqual(['loader/base/alone.c has no header']);
  expect(withFile('loader/stray.h', '')).toEqual(['loader/stray.h is in no room']);
});
