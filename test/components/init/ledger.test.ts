/** The ledger of a raw device. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { device, deviceSize, shell } from './shell.ts';

const ledgerAt = deviceSize - 4096 - 65536;
const settings = {
  started: '100',
  panic_line: 'Kernel panic - not syncing: x',
  profile: 'web',
  bundle: 'abcd',
};
const run = (path: string, body: string): string =>
  shell(`device=${path}; ledger_at=${ledgerAt}; ${body}`, settings);
const record = (path: string, index: number): string =>
  readFileSync(path)
    .subarray(ledgerAt + index * 1024, ledgerAt + (index + 1) * 1024)
    .toString('latin1')
    .replace(/\0+$/, '');

test('a record tells of one panic, and takes its own bytes only', () => {
  const path = device([ledgerAt - 1, 'x'], [ledgerAt + 1024, 'y']);
  run(path, "slot=2; enter 1 saved 'the server' 4711 'target 1: full\ntarget 2: gone'");
  expect(record(path, 0)).toMatch(
    /^crashseal-panic 1\nseq=1\ntime=100\npanic=Kernel panic - not syncing: x\noutcome=saved\nwhere=the server\nslot=2\nbytes=4711\nreason=target 1: full target 2: gone\nprofile=web\nrelease=.+\nbundle=abcd\nend\n$/,
  );
  const bytes = readFileSync(path);
  expect([bytes[ledgerAt - 1], bytes[ledgerAt + 1024], bytes.length]).toEqual([
    0x78,
    0x79,
    deviceSize,
  ]);
});

test('the number goes on from the highest that is there, and the oldest record gives way', () => {
  const path = device();
  expect(run(path, 'last_entry')).toBe('0');
  expect(
    run(path, 'n=0; while [ $((n += 1)) -le 66 ]; do enter "$n" nothing "" 0 ""; done; last_entry'),
  ).toBe('66');
  expect(record(path, 1)).toContain('seq=66\n');
  expect(record(path, 2)).toContain('seq=3\n');
  expect(record(path, 63)).toContain('seq=64\n');
});

test('however long a reason is, the record has an end', () => {
  const path = device();
  run(path, `enter 1 nothing '' 0 "$(head -c 5000 /dev/zero | tr '\\0' z)"`);
  expect(record(path, 0)).toMatch(/\nreason=z{300}\n[\s\S]*\nend\n$/);
});

test.each([
  ['something else', 'data of somebody\nseq=9\nend\n'],
  ['a record that was cut', 'crashseal-panic 1\nseq=9\ntime=1\n'],
  [
    'a number that is none',
    'crashseal-panic 1\nseq=1e99\nend\ncrashseal-panic 1\nseq=99999999999999\nend\n',
  ],
])('%s counts for nothing', (_what, text) => {
  expect(run(device([ledgerAt, text]), 'last_entry')).toBe('0');
});
