/** Where the answer goes: the program in a process of its own, with an end that takes nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleTool } from '../support/bundled-tool.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'standard-output-test-'));
  bundleTool(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shell = (line: string) =>
  spawnSync(
    'bash',
    ['-c', `set -o pipefail; crashseal() { "$0" crashseal.mjs "$@"; }; ${line}`, process.execPath],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );

test.each([
  'crashseal --help',
  'crashseal init --class qemu --stdout',
  'crashseal inspect --json gone.crashseal',
  'crashseal verify --json --nonsense',
])('%s > /dev/full fails, and says why', (line) => {
  const { status, stderr } = shell(`${line} > /dev/full`);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: standard output cannot be written: .*no space left on device/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('a reader that has seen enough is no mistake', () => {
  const { status, stderr } = shell('crashseal init --class qemu --stdout | true');
  expect([status, stderr]).toEqual([0, '']);
});
