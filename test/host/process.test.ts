import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../../pipeline/host/process.ts';
import { must } from '../fixtures/results.ts';

const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
const text = (value: Uint8Array): string => Buffer.from(value).toString('utf8');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('bytes come through unchanged: from input, from and to files, from both streams', async () => {
  writeFileSync(`${folder}/in`, bytes);
  const piped = must(await runCommand('cat', [], { input: bytes }));
  expect(new Uint8Array(piped.stdout)).toEqual(bytes);
  const read = must(await runCommand('cat', [], { inputFile: `${folder}/in` }));
  expect(new Uint8Array(read.stdout)).toEqual(bytes);
  const written = must(await runCommand('cat', [], { input: bytes, outputFile: `${folder}/out` }));
  expect(written.stdout).toHaveLength(0);
  expect(new Uint8Array(readFileSync(`${folder}/out`))).toEqual(bytes);
  const both = must(await runCommand('sh', ['-c', 'printf a; printf b >&2; exit 3']));
  expect({ ...both, stdout: text(both.stdout) }).toEqual({
    exitCode: 3,
    stdout: 'a',
    stderr: 'b',
  });
});

test('more than a pipe holds comes through', async () => {
  const large = new Uint8Array(5_000_000).fill(0xff);
  const ran = must(await runCommand('cat', [], { input: large }));
  expect(Buffer.compare(ran.stdout, large)).toBe(0);
});

test('arguments arrive as they are', async () => {
  const words = ['', ' ', 'a b', "it's", '$HOME', '`id`', '$(id)', '*', '\n', '"', '\\', 'ä', '-n'];
  const ran = must(await runCommand('printf', ['%s\\0', ...words]));
  expect(text(ran.stdout).split('\0').slice(0, -1)).toEqual(words);
});

test('the environment is scrubbed, standard input is closed', async () => {
  process.env.ZSTD_CLEVEL = '19';
  try {
    const ran = must(await runCommand('env', [], { env: { MORE: '1' } }));
    const names = text(ran.stdout)
      .split('\n')
      .flatMap((line) => line.split('=')[0] || [])
      .filter((name) => !['_', 'PWD', 'OLDPWD'].includes(name));
    expect(names.sort()).toEqual(['HOME', 'LC_ALL', 'MORE', 'PATH', 'SHLVL', 'TZ']);
  } finally {
    delete process.env.ZSTD_CLEVEL;
  }
  expect(must(await runCommand('cat', [])).stdout).toHaveLength(0);
});

test("the environment is the caller's where that is asked for", async () => {
  process.env.CRASHSEAL_TEST_REGION = 'north';
  try {
    const ran = must(await runCommand('env', [], { callersEnvironment: true, env: { MORE: '1' } }));
    expect(text(ran.stdout)).toMatch(/^CRASHSEAL_TEST_REGION=north$/m);
    expect(text(ran.stdout)).toMatch(/^MORE=1$/m);
  } finally {
    delete process.env.CRASHSEAL_TEST_REGION;
  }
});

test('a program that does not read its input is no mistake of ours', async () => {
  for (const exitCode of [0, 3]) {
    const ran = await runCommand('bash', ['-c', `exec <&-; sleep 0.1; exit ${exitCode}`], {
      input: new Uint8Array(1 << 20),
    });
    expect(must(ran).exitCode).toBe(exitCode);
  }
});

test('a program that is not there is a problem', async () => {
  const ran = await runCommand('no-such-program', []);
  expect(ran).toMatchObject({
    ok: false,
    problems: [{ kind: 'command-missing', command: 'no-such-program' }],
  });
});

test('a program that ignores the request to end is ended, with its children', async () => {
  const script = 'trap "" TERM; sleep 60 & echo $! > child; wait; sleep 60';
  const ran = await runCommand('bash', ['-c', script], { cwd: folder, timeoutMs: 5000 });
  expect(ran).toMatchObject({
    ok: false,
    problems: [{ kind: 'command-timed-out', command: 'bash' }],
  });
  const stat = `/proc/${readFileSync(`${folder}/child`, 'utf8').trim()}/stat`;
  const hasEnded = (): boolean => {
    try {
      return / Z /.test(readFileSync(stat, 'utf8'));
    } catch {
      return true;
    }
  };
  // A process that was killed goes when the kernel comes to it.
  await expect.poll(hasEnded, { timeout: 60_000 }).toBe(true);
});

test('a program that writes without end is stopped, and one that writes what is expected is not', async () => {
  const endless = await runCommand('bash', ['-c', 'while :; do echo yes; done'], {
    outputMax: 4096,
  });
  expect(endless).toMatchObject({
    ok: false,
    problems: [{ kind: 'command-output-large', command: 'bash', most: 4096 }],
  });
  const told = await runCommand('bash', ['-c', 'echo yes'], { outputMax: 4 });
  expect(told).toMatchObject({ ok: true, value: { exitCode: 0 } });
});

test('the exit status of a program that a signal ended is what a shell says', async () => {
  const ran = must(await runCommand('sh', ['-c', 'kill -9 $$']));
  expect(ran.exitCode).toBeGreaterThanOrEqual(128);
});

test('a program by its path, and one in /sbin, is found', async () => {
  writeFileSync(join(folder, 'own'), '#!/bin/sh\necho own\n', { mode: 0o755 });
  expect(text(must(await runCommand(join(folder, 'own'), [])).stdout)).toBe('own\n');
  const path = process.env.PATH;
  process.env.PATH = folder;
  try {
    expect(text(must(await runCommand('own', [])).stdout)).toBe('own\n');
    expect(must(await runCommand('ldconfig', ['--version'])).exitCode).toBe(0);
  } finally {
    process.env.PATH = path;
  }
});
