/** Generated parts of docs/loader.md. Pure. */

import { loaderStatuses } from '../format/loader-status.ts';
import { fileLosses } from '../format/seal-layout.ts';
import { cell, table } from './generated-parts.ts';

const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

export const loaderDocParts = (): Readonly<Record<string, string>> => ({
  statuses: table(
    ['exit code', 'status', 'meaning'],
    Object.entries(loaderStatuses).map(([name, { code, doc }]) => [
      `${code}`,
      `\`${kebab(name)}\``,
      cell(doc),
    ]),
  ),
  'file losses': table(
    ['lost', 'that is'],
    Object.entries(fileLosses).map(([name, { doc }]) => [`\`${kebab(name)}\``, cell(doc)]),
  ),
});
