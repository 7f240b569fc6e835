import type { RevocationReport } from '../seal/revoke.ts';
import { showDate } from '../units/time.ts';
import { section, textTable } from './text-table.ts';

export function renderRevocations(list: RevocationReport): string {
  const whatOf = (digest: string): string =>
    list.added.find((one) => one.digest === digest)?.what ?? '';
  const lines = [
    list.path,
    ...textTable([
      ['  number', `${list.number}`],
      ['  date', showDate(list.date)],
      ['  signature', list.verified ? 'leads to the trust store' : 'not verified: give --trust'],
    ]),
    ...(list.entries.length === 0 ? ['', 'Nothing is revoked'] : []),
    ...section(
      'Revoked',
      textTable(
        list.entries.map(({ kind, digest }) => {
          const what = whatOf(digest);
          return [kind, digest, ...(what === '' ? [] : [`new: ${what}`])];
        }),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
