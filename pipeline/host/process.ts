/**
 * Commands, through zx. The one place that knows its traps: its own output accessors decode bytes as
 * text and mix both streams, its timeout does not insist, and bash reads ~/.bashrc when standard
 * input is a socket and SHLVL is unset.
 */

import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { fail, ok, type Result } from '../problem/result.ts';
import { joinBytes } from '../units/bytes.ts';
import type { CommandOptions, CommandOutput } from './host.ts';
import { onInterrupt } from './interrupt.ts';

/** How long a program may take to end after it was asked to. */
const TERM_GRACE_MS = 2000;

/** Where a program lies on `path`; undefined when it is nowhere. */
async function findProgram(command: string, path: string): Promise<string | undefined> {
  const candidates = command.includes('/')
    ? [command]
    : path.split(':').flatMap((folder) => (folder === '' ? [] : [`${folder}/${command}`]));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

/** depmod lies in /sbin, which an ordinary user's PATH leaves out. */
function searchPath(): string {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  for (const more of ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'])
    if (!folders.includes(more)) folders.push(more);
  return folders.join(':');
}

/** Nothing of the caller's settings reaches a tool: ZSTD_CLEVEL alone would change our bytes. */
function scrubbedEnvironment(path: string, extra: CommandOptions['env']): Record<string, string> {
  return {
    PATH: path,
    HOME: process.env.HOME ?? '/',
    LC_ALL: 'C',
    TZ: 'UTC0',
    SHLVL: '1',
    ...extra,
  };
}

/** A program that writes to a file is stopped by the kernel, which counts for us. */
const mostInFile = ({ outputFile, outputMax }: CommandOptions): string =>
  outputFile === undefined || outputMax === undefined
    ? ''
    : `ulimit -f ${Math.ceil(outputMax / 1024)}; `;

/** Each command leads a process group of its own, so that its children end with it. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Result<CommandOutput>> {
  const path = searchPath();
  for (const needed of ['bash', command])
    if ((await findProgram(needed, path)) === undefined)
      return fail({ area: 'input', kind: 'command-missing', command: needed });
  // Loaded when first needed: it costs 50 ms, which `--help` does not owe.
  const { $ } = await import('zx/core');
  const inputFile = options.inputFile === undefined ? undefined : await open(options.inputFile);
  const outputFile =
    options.outputFile === undefined ? undefined : await open(options.outputFile, 'w');
  try {
    // The chunks as they came; zx's `.stdout` and `.buffer()` would decode them as UTF-8.
    const store = { stdout: [], stderr: [], stdall: [] } as {
      readonly stdout: (string | Buffer)[];
      readonly stderr: (string | Buffer)[];
      readonly stdall: (string | Buffer)[];
    };
    const shell = $({
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.input === undefined ? {} : { input: Buffer.from(options.input) }),
      env:
        options.callersEnvironment === true
          ? { SHLVL: '1', ...process.env, ...options.env }
          : scrubbedEnvironment(path, options.env),
      stdio: [
        options.input === undefined ? (inputFile?.fd ?? 'ignore') : 'pipe',
        outputFile?.fd ?? 'pipe',
        'pipe',
      ],
      store,
      nothrow: true,
      quiet: true,
      verbose: false,
      detached: true,
      // `exec` makes the shell the program, so that a signal meets the program itself.
      prefix: mostInFile(options),
    });
    const child = shell`exec ${[command, ...args]}`;
    // A program may end without reading what it is given; its exit status says whether that is right.
    if (options.input !== undefined) child.stdin.on('error', () => undefined);
    const pid = child.pid;
    // A group of its own does not hear the terminal's Ctrl-C, so it is passed on.
    const untrack =
      pid === undefined ? () => undefined : onInterrupt((signal) => signalGroup(pid, signal));
    let timedOut = false;
    let tooMuch = false;
    if (options.outputMax !== undefined && outputFile === undefined && pid !== undefined) {
      let left = options.outputMax;
      child.stdout.on('data', (chunk: Buffer) => {
        left -= chunk.length;
        if (left >= 0) return;
        tooMuch = true;
        store.stdout.length = 0;
        signalGroup(pid, 'SIGKILL');
      });
    }
    let insist: NodeJS.Timeout | undefined;
    const timer =
      options.timeoutMs === undefined || pid === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            signalGroup(pid, 'SIGTERM');
            insist = setTimeout(() => signalGroup(pid, 'SIGKILL'), TERM_GRACE_MS);
          }, options.timeoutMs);
    const output = await child;
    clearTimeout(timer);
    clearTimeout(insist);
    // Ended or not, whatever of its group outlived it must not stay.
    if (timedOut && pid !== undefined) signalGroup(pid, 'SIGKILL');
    untrack();
    if (timedOut)
      return fail({
        area: 'input',
        kind: 'command-timed-out',
        command,
        seconds: (options.timeoutMs ?? 0) / 1000,
      });
    if (outputFile !== undefined && options.outputMax !== undefined) {
      const { size } = await outputFile.stat();
      tooMuch = size >= options.outputMax;
    }
    if (tooMuch)
      return fail({
        area: 'input',
        kind: 'command-output-large',
        command,
        most: options.outputMax ?? 0,
      });
    return ok({
      // Killed by a signal: 128 and its number, as a shell says it; never taken for success.
      exitCode: output.exitCode ?? 128,
      stdout: joined(store.stdout),
      stderr: Buffer.from(joined(store.stderr)).toString('utf8'),
    });
  } finally {
    await inputFile?.close();
    await outputFile?.close();
  }
}

const joined = (chunks: readonly (string | Buffer)[]): Uint8Array =>
  joinBytes(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
