import type { Listing, Savecore } from '../savecore/savecore.ts';
import { showDate } from '../units/time.ts';
import { showSize } from '../units/units.ts';
import { section, textTable } from './text-table.ts';

const states = {
  complete: 'whole',
  cut: 'cut while it was written',
  failed: 'failed',
  collected: 'collected before',
  overwritten: 'overwritten by something else',
  unreadable: 'not readable: the disk is damaged',
} as const;

export const renderListing = ({ dumps, ledger }: Listing): string =>
  [
    ...(dumps.length === 0
      ? ['no dump is there']
      : textTable(
          dumps.map(({ name, state, started, size, encrypted, log, panic }) => [
            name,
            started ?? '-',
            showSize(BigInt(size)),
            [
              states[state],
              ...(encrypted ? ['encrypted'] : []),
              ...(log ? ['with a log'] : []),
            ].join(', '),
            panic ?? '',
          ]),
          ['left', 'left', 'right'],
        )),
    ...section(
      'panics, the oldest first',
      textTable(
        ledger.map(({ time, outcome, where, reason, panic }) => [
          time === null ? '-' : showDate(time),
          [outcome, ...(where ? [`to ${where}`] : []), ...(reason ? [`(${reason})`] : [])].join(
            ' ',
          ),
          panic,
        ]),
      ),
    ),
    '',
  ].join('\n');

export const renderSaved = ({ saved }: Savecore): string =>
  saved.length === 0
    ? 'nothing was saved\n'
    : saved
        .map(({ folder, report }) =>
          [
            folder,
            ...textTable([
              ...(report.dump.file === null
                ? []
                : [['  dump', `${report.dump.file}, ${showSize(BigInt(report.dump.size))}`]]),
              ...(report.dump.why === null ? [] : [['  not whole', report.dump.why]]),
              ...(report.log === null ? [] : [['  log', report.log]]),
              ...(report.release === null ? [] : [['  kernel', report.release]]),
              ...(report.panic === null ? [] : [['  panic', report.panic]]),
              ...(report.cause === null ? [] : [['  cause', report.cause]]),
              ...(report.frames.length === 0 ? [] : [['  trace', report.frames.join(' < ')]]),
              ...(report.signature === null ? [] : [['  signature', report.signature]]),
            ]),
            '',
          ].join('\n'),
        )
        .join('\n');
