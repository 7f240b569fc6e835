/** What is left when the tool is ended in the middle: seen from outside, in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ofThisTest } from '../support/of-this-test.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interrupted-test-'));
  buildSync({
    entryPoints: [resolve('pipeline/host/real-host.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'host.mjs'),
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `lines` with a host, in an empty folder, below the shell's `limit`, by `launcher`. */
function start(lines: string, limit = ':', launcher = '') {
  const work = mkdtempSync(join(folder, 'work-'));
  const script = join(folder, 'script.mjs');
  writeFileSync(
    script,
    `import { realHost } from './host.mjs';\nconst host = realHost();\n${lines}`,
  );
  const child = ofThisTest(
    spawn('bash', ['-c', `${limit}; exec ${launcher} ${process.execPath} ${script}`], {
      cwd: work,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  return { child, work, exited: once(child, 'exit') };
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  test('ends the tool and its programs, and takes what they were working in', async () => {
    const { child, work, exited } = start(`
      await host.withTempFolder(async (temp) => {
        await host.writeFile(temp + '/a', new Uint8Array(9));
        await host.run('bash', ['-c', 'echo $$ > ../child; : >ready; exec sleep 60'], { cwd: temp });
      }, 'below');
    `);
    for (let tries = 0; tries < 200; tries++) {
      const temp = readdirSync(work).includes('below') ? readdirSync(join(work, 'below')) : [];
      if (temp.some((one) => one !== 'child' && readdirSync(join(work, 'below', one)).length > 1))
        break;
      await new Promise((wait) => setTimeout(wait, 25));
    }
    child.kill(signal);
    expect(await exited).toEqual([null, signal]);
    expect(readdirSync(join(work, 'below'))).toEqual(['child']);
    const pid = readFileSync(join(work, 'below/child'), 'utf8').trim();
    await expect
      .poll(() => {
        try {
          return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2];
        } catch {
          return 'Z';
        }
      })
      .toBe('Z');
  });
});

const inContainer = 'unshare --user --map-root-user --pid --fork --kill-child';
const noNamespaces = spawnSync('bash', ['-c', `${inContainer} true`]).status !== 0;

describe.skipIf(noNamespaces)('as the first process of a container', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends the tool', async (signal) => {
    const lines = `
      await host.withTempFolder(async (temp) => {
        await host.writeFile('first', new TextEncoder().encode(String(process.pid)));
        process.kill(process.pid, '${signal}');
        await new Promise((wait) => setTimeout(wait, 500));
        await host.writeFile('went-on', new Uint8Array());
      }, 'below');
    `;
    const { work, exited } = start(lines, ':', inContainer);
    expect(await exited).toEqual([128 + constants.signals[signal], null]);
    expect(readFileSync(join(work, 'first'), 'utf8')).toBe('1');
    expect(readdirSync(work).toSorted()).toEqual(['below', 'first']);
    expect(readdirSync(join(work, 'below'))).toEqual([]);
  });
});

test('a write that the system cuts short names its file, and leaves nothing', async () => {
  const { child, work, exited } = start(
    `await host.writeFile('bundle', new Uint8Array(1 << 20)).catch((error) => {
      console.log(error.code, error.syscall, error.path);
    });`,
    'ulimit -f 1',
  );
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  await exited;
  expect(said).toBe('EFBIG write bundle\n');
  expect(readdirSync(work)).toEqual([]);
});
