import { explain } from '../problem/problem.ts';
import { shownOnlyWords } from '../seal/shown-only-words.ts';
import { testingWords } from '../seal/testing-words.ts';
import type { VerifyReport } from '../seal/verify.ts';
import { showDate } from '../units/time.ts';
import { showSize } from '../units/units.ts';
import { endingLines } from './ending-words.ts';
import { section, textTable } from './text-table.ts';

export function renderVerify(report: VerifyReport): string {
  const { signatures, threshold, revocations } = report;
  const lines = [
    `${report.path}: good`,
    ...(report.testing ? [testingWords] : []),
    ...(report.shownOnly === undefined ? [] : [shownOnlyWords(report.shownOnly)]),
    ...endingLines(report.expiring),
    ...textTable([
      ['  profile', report.seal.profile],
      ...signatures.flatMap(({ signer, development }) => [
        ['  signer', signer],
        ...(development ? [['', 'a DEVELOPMENT KEY: not for production']] : []),
      ]),
      ...(threshold > 1 ? [['  needed', `${threshold} signatures`]] : []),
      ...report.notCounted.map(({ number, why }) => [
        '  not counted',
        `signature ${number}: ${explain(why).message}`,
      ]),
      ...attestationRows(report),
      ...(revocations === undefined
        ? []
        : [['  not revoked', `by list ${revocations.number}, of ${showDate(revocations.date)}`]]),
    ]),
    ...signatures.flatMap(({ chain }) =>
      section(
        'Chain, from the signer to what is trusted',
        textTable(
          chain.map(({ subject, notAfter, sha256 }) => [
            subject,
            `until ${showDate(notAfter)}`,
            sha256,
          ]),
        ),
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

const attestationRows = ({
  attestation,
  noAttestation,
}: VerifyReport): readonly (readonly string[])[] => {
  if (attestation !== undefined) {
    const { tester, development, result, warnedTests } = attestation;
    return [
      ['  tried', `${result === 'passed' ? 'passed' : 'nothing failed'}, says ${tester}`],
      ...warnedTests.map((test) => ['', `not proven: ${test}`]),
      ...(development ? [['', 'a DEVELOPMENT KEY: not for production']] : []),
    ];
  }
  return noAttestation === undefined
    ? []
    : [['  not tried', `no test-crash attestation: ${explain(noAttestation).message}`]];
};

/** One of several bundles; why, its problems say. */
export const renderRefused = (path: string): string => `${path}: refused\n`;
