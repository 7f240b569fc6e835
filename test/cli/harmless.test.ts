/** A terminal obeys what it is sent: nothing of what others wrote may reach it as it is. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { harmless } from '../../pipeline/cli/harmless.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { runCli } from './memory-world.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harmless-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('leaves letters of every language, line feeds and tabs, and nothing that controls', () => {
  expect(harmless('a\tbé✓😀\n\x1b[2J\r\b\x07\x7f\x9b31m\0')).toBe('a\tbé✓😀\n?[2J?????31m?');
});

test('results do not have it, nor a second line that a name would make', async () => {
  const name = 'web1\nall is well\x1b[2J';
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'vmcore.flat'), 'makedumpfile\0');
  const { status, out } = await runCli(['savecore', folder, '--list'], realHost());
  expect(status).toBe(0);
  expect(out).toMatch(/^web1\?all is well\?\[2J {2}- +13 B {2}whole\n$/);
});

test('errors do not have it, with colours of our own or without', async () => {
  const path = join(folder, '\x1b[2Jbundle');
  for (const colour of [false, true]) {
    const { status, talk } = await runCli(['inspect', path], realHost(), colour);
    expect(status).toBe(1);
    expect(talk).toContain('?[2Jbundle');
    expect(talk).not.toContain('\x1b[2J');
    expect(talk.includes('\x1b[')).toBe(colour);
  }
});
