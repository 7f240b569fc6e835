/** A program of the servers' root, run to its end: what it writes goes to memory, except below the folders it is given. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type RanIn, rootScript, serverRoot } from './debian-server.ts';

export function runInRoot(
  folder: string,
  run: readonly [string, ...string[]],
  folders: Readonly<Record<string, string>> = {},
  before = '',
): RanIn {
  const files = join(folder, 'root.files');
  mkdirSync(files, { recursive: true });
  const mounted = Object.fromEntries(
    Object.entries(folders).map(([path, host]) => [path, resolve(host)]),
  );
  const program = rootScript(serverRoot(), resolve(files), { run, before, folders: mounted });
  const ran = spawnSync(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', program],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  return { exitCode: ran.status ?? -1, text: `${ran.stdout}${ran.stderr}` };
}
