/** `make generate`: writes what is derived from the format's declarations; `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cliDocParts } from '../cli/reference.ts';
import { renderProfileSchema } from '../profile/editor-schema.ts';
import { profileDocParts } from '../profile/reference.ts';
import { renderCHeader } from './c-header.ts';
import { renderElfMachines } from './elf-machines.ts';
import { fleetDocParts } from './fleet-doc.ts';
import { flowPicture } from './flow-picture.ts';
import { fillFormatDoc } from './format-doc.ts';
import { fillParts } from './generated-parts.ts';
import { loaderDocParts } from './loader-doc.ts';
import { renderMetricsHeader } from './metrics-header.ts';
import { renderReportKeys } from './report-keys.ts';

const formatDoc = 'docs/format.md';
const shown = ['test/golden/small-seal.txt'];
const read = (path: string): string => readFileSync(path, 'utf8');

const filled = (
  path: string,
  parts: Readonly<Record<string, string>>,
): readonly [string, string] => [path, fillParts(path, read(path), parts)];

const generated: readonly (readonly [string, string])[] = [
  ['purgatory/lib/bundle_format.h', renderCHeader()],
  ['purgatory/lib/elf_machine.h', renderElfMachines()],
  ['loader/run/report_keys.h', renderReportKeys()],
  ['loader/run/metrics.h', renderMetricsHeader()],
  [
    formatDoc,
    fillFormatDoc(read(formatDoc), Object.fromEntries(shown.map((path) => [path, read(path)]))),
  ],
  ['docs/profile.schema.json', renderProfileSchema()],
  filled('docs/profile.md', profileDocParts()),
  filled('docs/cli.md', cliDocParts()),
  filled('docs/loader.md', loaderDocParts()),
  filled('docs/fleet.md', fleetDocParts()),
  ['docs/flow.svg', flowPicture()],
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
