/** What a dump is called on another machine. */
import { expect, test } from 'vitest';
import { shell } from './shell.ts';

test.each([
  ['web1', 'web1-2026-11-28-12:00:00'],
  ['web1.example.org', 'web1.example.org-2026-11-28-12:00:00'],
  ['fe80::1', 'fe80::1-2026-11-28-12:00:00'],
  ['a/../b c?d%2f"$x', 'a-..-b-c-d-2f--x-2026-11-28-12:00:00'],
])('the directory of %s has no character that leads elsewhere', (host, directory) => {
  expect(shell('remote_directory', { host, stamp: '2026-11-28-12:00:00' })).toBe(directory);
});

test.each([
  ['dmesg', 'vmcore-dmesg.txt'],
  ['dmesg.age', 'vmcore-dmesg.txt.age'],
  ['vmcore.flat', 'vmcore.flat'],
  ['vmcore.age', 'vmcore.age'],
  ['report', 'report'],
])('%s is %s there', (object, name) => {
  expect(shell(`remote_name ${object}`)).toBe(name);
});
