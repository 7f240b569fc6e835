import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { must } from '../fixtures/results.ts';

const host = realHost();
const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
const text = (value: Uint8Array): string => Buffer.from(value).toString('utf8');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'host-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('files', () => {
  test('what is missing is undefined, below a file too', async () => {
    await host.writeFile(`${folder}/a`, bytes);
    for (const path of [`${folder}/none`, `${folder}/a/b`]) {
      expect(await host.readFile(path)).toBeUndefined();
      expect(await host.stat(path)).toBeUndefined();
      expect(await host.readLink(path)).toBeUndefined();
      expect(await host.list(path)).toBeUndefined();
    }
    expect(await host.readLink(`${folder}/a`)).toBeUndefined();
  });

  test('a folder where a file is expected is an error', async () => {
    await expect(host.readFile(folder)).rejects.toMatchObject({ code: 'EISDIR', path: folder });
    await expect(host.writeFile(`${folder}/none/a`, bytes)).rejects.toMatchObject({
      code: 'ENOENT',
      path: `${folder}/none/a`,
    });
  });

  test('a file has the mode that was asked for, whatever the umask, and nothing is left beside it', async () => {
    const before = process.umask(0o077);
    try {
      await host.writeFile(`${folder}/a`, bytes, 0o755);
    } finally {
      process.umask(before);
    }
    expect(statSync(`${folder}/a`).mode & 0o777).toBe(0o755);
    expect(new Uint8Array((await host.readFile(`${folder}/a`)) ?? [])).toEqual(bytes);
    expect(await host.list(folder)).toEqual(['a']);
  });

  test('names are sorted by code unit, links are seen as links', async () => {
    for (const name of ['b', 'B', 'a', 'ä']) await host.writeFile(`${folder}/${name}`, bytes);
    symlinkSync('a', `${folder}/c`);
    expect(await host.list(folder)).toEqual(['B', 'a', 'b', 'c', 'ä']);
    expect(await host.stat(`${folder}/c`)).toMatchObject({ kind: 'symlink' });
    expect(await host.readLink(`${folder}/c`)).toBe('a');
  });

  test('a folder is made with those above it, once or again', async () => {
    for (let time = 0; time < 2; time++) {
      await host.makeFolder(`${folder}/a/b/c`);
      expect(await host.stat(`${folder}/a/b/c`)).toMatchObject({ kind: 'directory' });
    }
    symlinkSync('a', `${folder}/link`);
    await host.makeFolder(`${folder}/link`);
  });

  test('a folder that cannot be is an error at once, below /proc too', async () => {
    await host.writeFile(`${folder}/file`, bytes);
    await expect(host.makeFolder('/proc/none')).rejects.toThrow(/ENOENT/);
    await expect(host.makeFolder('/proc/none/below')).rejects.toThrow(/ENOENT/);
    await expect(host.makeFolder(`${folder}/file`)).rejects.toThrow(/EEXIST/);
    await expect(host.makeFolder(`${folder}/file/below`)).rejects.toThrow(/ENOTDIR/);
  });

  test('a temporary folder is gone afterwards, also after a failure', async () => {
    let seen = '';
    const failing = host.withTempFolder(async (temp) => {
      seen = temp;
      await host.writeFile(`${temp}/x`, bytes);
      throw new Error('on purpose');
    }, `${folder}/below`);
    await expect(failing).rejects.toThrow('on purpose');
    expect(seen.startsWith(`${folder}/below/`)).toBe(true);
    expect(await host.stat(seen)).toBeUndefined();
  });
});

describe('commands', () => {
  test('bytes come through unchanged: from input, from and to files, from both streams', async () => {
    await host.writeFile(`${folder}/in`, bytes);
    const piped = must(await host.run('cat', [], { input: bytes }));
    expect(new Uint8Array(piped.stdout)).toEqual(bytes);
    const read = must(await host.run('cat', [], { inputFile: `${folder}/in` }));
    expect(new Uint8Array(read.stdout)).toEqual(bytes);
    const written = must(await host.run('cat', [], { input: bytes, outputFile: `${folder}/out` }));
    expect(written.stdout).toHaveLength(0);
    expect(new Uint8Array((await host.readFile(`${folder}/out`)) ?? [])).toEqual(bytes);
    const both = must(await host.run('sh', ['-c', 'printf a; printf b >&2; exit 3']));
    expect({ ...both, stdout: text(both.stdout) }).toEqual({
      exitCode: 3,
      stdout: 'a',
      stderr: 'b',
    });
  });

  test('more than a pipe holds comes through', async () => {
    const large = new Uint8Array(5_000_000).fill(0xff);
    const ran = must(await host.run('cat', [], { input: large }));
    expect(Buffer.compare(ran.stdout, large)).toBe(0);
  });

  test('arguments arrive as they are', async () => {
    const words = [
      '',
      ' ',
      'a b',
      "it's",
      '$HOME',
      '`id`',
      '$(id)',
      '*',
      '\n',
      '"',
      '\\',
      'ä',
      '-n',
    ];
    const ran = must(await host.run('printf', ['%s\\0', ...words]));
    expect(text(ran.stdout).split('\0').slice(0, -1)).toEqual(words);
  });

  test('the environment is scrubbed, standard input is closed', async () => {
    process.env.ZSTD_CLEVEL = '19';
    try {
      const ran = must(await host.run('env', [], { env: { MORE: '1' } }));
      const names = text(ran.stdout)
        .split('\n')
        .flatMap((line) => line.split('=')[0] || [])
        .filter((name) => !['_', 'PWD', 'OLDPWD'].includes(name));
      expect(names.sort()).toEqual(['HOME', 'LC_ALL', 'MORE', 'PATH', 'SHLVL', 'TZ']);
    } finally {
      delete process.env.ZSTD_CLEVEL;
    }
    expect(must(await host.run('cat', [])).stdout).toHaveLength(0);
  });

  test("the environment is the caller's where that is asked for", async () => {
    process.env.CRASHSEAL_TEST_REGION = 'north';
    try {
      const ran = must(await host.run('env', [], { callersEnvironment: true, env: { MORE: '1' } }));
      expect(text(ran.stdout)).toMatch(/^CRASHSEAL_TEST_REGION=north$/m);
      expect(text(ran.stdout)).toMatch(/^MORE=1$/m);
    } finally {
      delete process.env.CRASHSEAL_TEST_REGION;
    }
  });

  test('a program that does not read its input is no mistake of ours', async () => {
    for (const exitCode of [0, 3]) {
      const ran = await host.run('bash', ['-c', `exec <&-; sleep 0.1; exit ${exitCode}`], {
        input: new Uint8Array(1 << 20),
      });
      expect(must(ran).exitCode).toBe(exitCode);
    }
  });

  test('a program that is not there is a problem', async () => {
    const ran = await host.run('no-such-program', []);
    expect(ran).toMatchObject({
      ok: false,
      problems: [{ kind: 'command-missing', command: 'no-such-program' }],
    });
  });

  test('one that ignores the request to end is ended, with its children', async () => {
    const script = 'trap "" TERM; sleep 60 & echo $! > child; wait; sleep 60';
    const ran = await host.run('bash', ['-c', script], { cwd: folder, timeoutMs: 300 });
    expect(ran).toMatchObject({
      ok: false,
      problems: [{ kind: 'command-timed-out', command: 'bash' }],
    });
    const child = text((await host.readFile(`${folder}/child`)) ?? new Uint8Array()).trim();
    const state = text((await host.readFile(`/proc/${child}/stat`)) ?? new Uint8Array());
    expect(state === '' || / Z /.test(state)).toBe(true);
  });

  test('that writes without end is stopped, and one that writes what is expected is not', async () => {
    const endless = await host.run('bash', ['-c', 'while :; do echo yes; done'], {
      outputMax: 4096,
    });
    expect(endless).toMatchObject({
      ok: false,
      problems: [{ kind: 'command-output-large', command: 'bash', most: 4096 }],
    });
    const told = await host.run('bash', ['-c', 'echo yes'], { outputMax: 4 });
    expect(told).toMatchObject({ ok: true, value: { exitCode: 0 } });
  });

  test('one that a signal ended has not succeeded', async () => {
    const ran = must(await host.run('sh', ['-c', 'kill -9 $$']));
    expect(ran.exitCode).not.toBe(0);
  });
});
