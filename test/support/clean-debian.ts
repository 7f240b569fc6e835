/** A clean Debian in which our packages are installed, of the first release that has a Node new enough for the tool. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { suiteSources } from './kernels.ts';

const suite = 'trixie';

/** The folder that holds it; made by the first who asks. */
export const cleanDebian = (): string =>
  execFileSync('setup/package-root.sh', [suite, suiteSources(suite)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

/** A shell script in namespaces of its own, without a network. What it mounts is gone after it. */
export function isolated(script: string, cwd = '.') {
  const done = spawnSync(
    'unshare',
    ['--mount', '--pid', '--net', '--fork', '--kill-child', 'bash', '-c', script],
    {
      cwd,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    },
  );
  return { exitCode: done.status, text: `${done.stdout}${done.stderr}` };
}

/** The tests that the source package brings. */
export const ownTests = (): readonly string[] =>
  [...readFileSync('debian/tests/control', 'utf8').matchAll(/^Tests: *(.*)$/gm)].map(
    ([, name = '']) => name,
  );
