import type { VerifyReport } from '../seal/verify.ts';
import { showSize } from '../units/units.ts';
import { testingWords } from './testing-words.ts';
import { section, showDate, textTable } from './text-table.ts';

export function renderVerify(report: VerifyReport): string {
  const lines = [
    `${report.path}: good`,
    ...textTable([
      ['  profile', report.seal.profile],
      ['  signer', report.signer],
      ...(report.development ? [['', 'a DEVELOPMENT KEY: not for production']] : []),
      ...(report.testing ? [['', testingWords]] : []),
    ]),
    ...section(
      'Chain, from the signer to what is trusted',
      textTable(
        report.chain.map(({ subject, notAfter, sha256 }) => [
          subject,
          `until ${showDate(notAfter)}`,
          sha256,
        ]),
      ),
    ),
    ...section(
      'Members, as sealed',
      textTable(
        report.members.map(({ name, size, digest }) => [name, showSize(size), digest]),
        ['left', 'right'],
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
