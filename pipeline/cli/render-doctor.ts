/** What of this machine is there, for people: by purpose, then the line that installs the rest. */
import type { Diagnosis, Mark } from '../doctor/doctor.ts';
import { section, textTable } from './text-table.ts';

const marks: Readonly<Record<Mark, string>> = {
  there: 'ok',
  lacking: 'MISSING',
  partly: 'partly',
  info: '-',
};

export function renderDoctor({ checks, install }: Diagnosis): string {
  const purposes = [...new Set(checks.map(({ purpose }) => purpose))];
  const lines = purposes.flatMap((purpose) =>
    section(
      purpose,
      textTable(
        checks
          .filter((check) => check.purpose === purpose)
          .map(({ mark, what, found }) => [marks[mark], what, found]),
      ),
    ),
  );
  return `${[...lines.slice(1), ...(install === undefined ? [] : ['', 'What is missing is installed by', `  ${install}`])].join('\n')}\n`;
}
