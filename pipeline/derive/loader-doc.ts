/** Generated parts of docs/loader.md. Pure. */

import { loaderDetails } from '../format/loader-detail.ts';
import { loaderStatuses } from '../format/loader-status.ts';
import { fileLosses } from '../format/seal-layout.ts';
import { kebabCase } from '../units/kebab-case.ts';
import { cell, table } from './generated-parts.ts';

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
      .filter(([, { code }]) => code !== loaderDetails.none.code)
      .map(([name, { doc }]) => [`\`${kebabCase(name)}\``, cell(doc)]),
  ),
  'file losses': table(
    ['lost', 'that is'],
    Object.entries(fileLosses).map(([name, { doc }]) => [`\`${kebabCase(name)}\``, cell(doc)]),
  ),
});
