/** `make generate`: writes what is derived from the format's declarations; `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderCHeader } from './c-header.ts';
import { fillFormatDoc } from './format-doc.ts';

const formatDoc = 'docs/format.md';
const shown = ['test/golden/small-seal.txt'];
const read = (path: string): string => readFileSync(path, 'utf8');

const generated: readonly (readonly [string, string])[] = [
  ['purgatory/lib/bundle_format.h', renderCHeader()],
  [
    formatDoc,
    fillFormatDoc(read(formatDoc), Object.fromEntries(shown.map((path) => [path, read(path)]))),
  ],
];

const checkOnly = process.argv.includes('--check');
for (const [path, content] of generated) {
  let current = '';
  try {
    current = readFileSync(path, 'utf8');
  } catch {
    // A missing file is stale.
  }
  if (current === content) continue;
  if (checkOnly) {
    process.stderr.write(`${path} is stale: run make generate\n`);
    process.exitCode = 1;
  } else writeFileSync(path, content);
}
