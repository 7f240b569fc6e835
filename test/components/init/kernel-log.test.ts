/** The crashed kernel's log. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

const log = (...lines: readonly string[]): string => {
  writeFileSync(inFolder('log'), `${lines.join('\n')}\n`);
  return inFolder('log');
};

describe('what it says of the panic', () => {
  test.each([
    [
      "the panic's own line, without its time",
      [
        '[    1.0] BUG: unable to handle page fault',
        '[   10.123456] Kernel panic - not syncing: Fatal exception',
        '[ 10.2] Rebooting',
      ],
      'Kernel panic - not syncing: Fatal exception',
    ],
    [
      'the last of several',
      ['[ 1.0] Kernel panic - not syncing: a', '[ 2.0][  T123] Kernel panic - not syncing: b'],
      'Kernel panic - not syncing: b',
    ],
    ['else the fault', ['[ 1.0] Oops: 0002 [#1]', '[ 2.0] other'], 'Oops: 0002 [#1]'],
    ['nothing where there is none', ['[ 1.0] all is well'], ''],
    [
      'no more than a record has room for',
      [`[ 1.0] Kernel panic - not syncing: ${'x'.repeat(300)}`],
      `Kernel panic - not syncing: ${'x'.repeat(172)}`,
    ],
  ])('%s', (_what, lines, expected) => {
    expect(shell(`panic_of ${log(...lines)}`)).toBe(expected);
  });
});

test('a vmcore without one that can be found is told, and nothing else comes of it', () => {
  expect(shell('makedumpfile() { echo half >"$4"; return 1; }; read_log; ls "$run"')).toBe(
    'the log of the crashed kernel was not found',
  );
  expect(
    shell(
      'makedumpfile() { echo "[ 1.0] Kernel panic - not syncing: x" >"$3"; }; read_log; ls "$run"',
    ),
  ).toBe('the crashed kernel said: Kernel panic - not syncing: x\ndmesg');
});
