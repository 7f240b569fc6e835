/** Numbers and bytes out of files. */
import { expect, test } from 'vitest';
import { device, deviceSize, shell } from './shell.ts';

test('bytes are read where they are asked for', () => {
  expect(shell(`peek ${device([5, 'EFI'])} 4 5 | tr ' ' .`)).toBe('00.45.46.49.00.');
});

test('a number is read from its lowest byte on', () => {
  expect(shell('little 01 02; little ff ff ff ff 00 00 00 00; little')).toBe('513\n4294967295\n0');
});

test('bytes that are not zero are counted within the window only', () => {
  const path = device([4095, 'xyz'], [8191, 'xy']);
  expect(shell(`count_set ${path} 0 4096; count_set ${path} 4096 4096`)).toBe('1\n3');
  expect(shell(`count_set ${path} 0 ${deviceSize}`)).toBe('5');
});

test('seconds since the start are whole', () => {
  expect(shell('uptime_seconds')).toMatch(/^\d+$/);
});
