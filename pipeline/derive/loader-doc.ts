/** Generated parts of docs/loader.md. Pure. */

import { expiring } from '../format/expiring.ts';
import { loaderDetails } from '../format/loader-detail.ts';
import { loaderMetrics, metricPrefix } from '../format/loader-metrics.ts';
import { loaderReport, reportPaths, statusReport } from '../format/loader-report.ts';
import { loaderStatuses } from '../format/loader-status.ts';
import { probeAnswers } from '../format/probe-layout.ts';
import type { Keys } from '../format/report-shape.ts';
import { sealFaults } from '../format/seal-faults.ts';
import { fileLosses, fileReasons } from '../format/seal-layout.ts';
import { kebabCase } from '../units/kebab-case.ts';
import { cell, table } from './generated-parts.ts';

const reported: Readonly<Record<string, Keys>> = {
  ...loaderReport,
  status: statusReport,
};

export const loaderDocParts = (): Readonly<Record<string, string>> => ({
  statuses: table(
    ['exit code', 'status', 'meaning'],
    Object.entries(loaderStatuses).map(([name, { code, doc }]) => [
      `${code}`,
      `\`${kebabCase(name)}\``,
      cell(doc),
    ]),
  ),
  details: table(
    ['detail', 'meaning'],
    Object.entries(loaderDetails)
      .filter(([name]) => name !== 'none' && !(name in sealFaults))
      .map(([name, { doc }]) => [`\`${kebabCase(name)}\``, cell(doc)]),
  ),
  ...Object.fromEntries(
    Object.entries(reported).map(([name, keys]) => [
      `report: ${name}`,
      table(
        ['key', ''],
        reportPaths(keys).map(({ path, doc }) => [`\`${path}\``, cell(doc)]),
      ),
    ]),
  ),
  metrics: table(
    ['metric', ''],
    Object.entries(loaderMetrics).map(([name, help]) => [`\`${metricPrefix}${name}\``, cell(help)]),
  ),
  expiring: table(
    ['`what`', 'that is'],
    Object.entries(expiring).map(([name, { doc }]) => [`\`${kebabCase(name)}\``, cell(doc)]),
  ),
  'probe answers': table(
    ['answer', 'that is'],
    Object.entries(probeAnswers).map(([name, { doc }]) => [`\`${kebabCase(name)}\``, cell(doc)]),
  ),
  'file losses': table(
    ['lost', 'that is'],
    Object.entries(fileLosses).map(([name, { doc }]) => [`\`${kebabCase(name)}\``, cell(doc)]),
  ),
  'file reasons': table(
    ['`backendBecause`', 'that is'],
    Object.entries(fileReasons).map(([name, { doc }]) => [`\`${kebabCase(name)}\``, cell(doc)]),
  ),
});
