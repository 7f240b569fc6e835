/** What PID 1 has done in a session of its own; how it goes as a whole is in init.test.ts. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

test('text comes back from a file of assignments as it was', () => {
  const text = 'it\'s $HOME; "x"';
  const back = shell('eval "back=$(quoted "$text")"; echo "$back"', { text });
  expect(back).toBe(text);
});

describe('an attempt knows', () => {
  const knows = (body: string, facts = ''): string => {
    writeFileSync(inFolder('etc/targets/2'), "target_kind='x'\ntarget_shown='there'\n");
    writeFileSync(inFolder('run/started'), '1795868693\n');
    if (facts !== '') writeFileSync(inFolder('run/facts'), facts);
    return shell(`settings_of 2; ${body}`);
  };

  test('its number, its files, when it all began, and what the log told', () => {
    expect(knows('echo "$target_number $target_files $stamp $started"')).toBe(
      `2 ${inFolder('etc/targets/2')} 2026-11-28-12:24:53 1795868693`,
    );
    expect(knows('echo "$host $panic_line"', "host='db1'\npanic_line='x y'\n")).toBe('db1 x y');
    expect(knows('echo "$host"', "host=''\n")).toBe('127.0.0.1');
  });

  test('whether there are recipients', () => {
    expect(knows('echo "$encryption"')).toBe('none');
    writeFileSync(inFolder('etc/recipients'), 'age1x\n');
    expect(knows('echo "$encryption"')).toBe('age');
  });
});
