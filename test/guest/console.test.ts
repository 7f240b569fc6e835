import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GuestConsole } from '../../pipeline/guest/console.ts';

let folder = '';
let output = new PassThrough();
let console = undefined as unknown as GuestConsole;
const log = (): string => join(folder, 'guest.log');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'console-test-'));
  output = new PassThrough();
  console = new GuestConsole(output, log(), performance.now());
});
afterEach(() => {
  console.end('the test ended');
  rmSync(folder, { recursive: true, force: true });
});

test('each wait goes on after the line that the last one found', async () => {
  output.write('Linux version 1\nLinux version 2\n');
  expect((await console.waitFor(/Linux version (\d)/)).match[1]).toBe('1');
  expect((await console.waitFor(/Linux version (\d)/)).match[1]).toBe('2');
});

test('a line that comes in pieces is one line, without carriage returns', async () => {
  const seen = console.waitFor(/one line/);
  output.write('one ');
  await new Promise((resolve) => setImmediate(resolve));
  output.write('line\r\nnext');
  expect((await seen).text).toBe('one line');
  expect(console.text()).toBe('one line');
});

test('looking for a line moves no wait on', async () => {
  output.write('first\nsecond\n');
  await console.waitFor(/first/);
  expect(console.find(/first/)?.text).toBe('first');
  expect(console.find(/third/)).toBeUndefined();
  expect((await console.waitFor(/second/)).text).toBe('second');
});

test('a wait ends with the guest, and the error shows its last words', async () => {
  const seen = console.waitFor(/never said/);
  output.write('last words\nand half a line');
  await new Promise((resolve) => setImmediate(resolve));
  console.end('QEMU ended');
  await expect(seen).rejects.toThrow(/QEMU ended before .*never said.*and half a line/s);
  await expect(console.waitFor(/later/)).rejects.toThrow('QEMU ended');
});

test('a wait has a limit', async () => {
  await expect(console.waitFor(/never said/, 20)).rejects.toThrow('not seen in 0.02 s');
});

test('everything is in the log file', async () => {
  output.write('one\ntwo\n');
  await console.waitFor(/two/);
  expect(readFileSync(log(), 'latin1')).toBe('one\ntwo\n');
});
