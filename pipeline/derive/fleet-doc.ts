/** Generated parts of docs/fleet.md. Pure. */
import { decisionKeys, fleetKeys, unusedReasons } from '../format/fleet-report.ts';
import { reportPaths } from '../format/loader-report.ts';
import type { Keys } from '../format/report-shape.ts';
import { cell, table } from './generated-parts.ts';

const keysOf = (keys: Keys): string =>
  table(
    ['key', ''],
    reportPaths(keys).map(({ path, doc }) => [`\`${path}\``, cell(doc)]),
  );

export const fleetDocParts = (): Readonly<Record<string, string>> => ({
  'fleet: status': keysOf(fleetKeys),
  'fleet: gate': keysOf(decisionKeys),
  'fleet: unused': table(
    ['`reason`', 'that is'],
    Object.entries(unusedReasons).map(([name, words]) => [`\`${name}\``, cell(words)]),
  ),
});
