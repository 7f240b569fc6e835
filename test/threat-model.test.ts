/** A security document that names tests names tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loaderStatuses } from '../pipeline/format/loader-status.ts';

const text = readFileSync('docs/threat-model.md', 'utf8');
const table = text.slice(text.indexOf('## Bad input'), text.indexOf('## What is left'));
const rows = table.split('\n').filter((line) => /^\| (?!bad input|---)/.test(line));

test('every bad input of the threat model has a test, and the test is there', () => {
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    const shown = [...row.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)];
    expect(shown, row).not.toEqual([]);
    for (const [, file = '', name = ''] of shown) {
      expect(existsSync(file), file).toBe(true);
      expect(readFileSync(file, 'utf8'), `${file}: ${name}`).toContain(name);
    }
  }
});

const camel = (status: string): string =>
  status.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

test('its statuses are those of the loader, and of the cases that it names', () => {
  const cases = readFileSync('test/golden/refusals.txt', 'utf8').split('\n');
  for (const row of rows) {
    const status = camel(/^`([a-z-]+)`$/.exec(row.split(' | ')[1] ?? '')?.[1] ?? '');
    if (status === '') continue;
    expect(Object.keys(loaderStatuses)).toContain(status);
    for (const [, name = ''] of row.matchAll(/refusals\.txt`: "([^"]+)"/g))
      expect(
        cases.find((line) => line.startsWith(`${name}  `)),
        name,
      ).toMatch(new RegExp(`  ${status}\\b`));
  }
});
