/** What a program costs with all that it runs: time, and CPU time, which a busy host disturbs less. */
import { spawnSync } from 'node:child_process';

export type Cost = { readonly time: number; readonly cpu: number };

/** In seconds; throws where the program fails. */
export function costOfRun(command: readonly string[]): Cost {
  const start = performance.now();
  // A shell's second line is about the programs that it ran.
  const script = '"$@" >/dev/null || exit; times';
  const ran = spawnSync('bash', ['-c', script, 'bash', ...command], {
    encoding: 'utf8',
    // A socket on standard input would make bash read the user's start-up files.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const time = (performance.now() - start) / 1000;
  if (ran.status !== 0) throw new Error(`${command[0]}: exit code ${ran.status}\n${ran.stderr}`);
  const cpu = [...(ran.stdout.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes = '', seconds = '']) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
  return { time, cpu };
}

/** The crashseal that is built, with these words. */
export const tool = (...words: readonly string[]): readonly string[] => [
  process.execPath,
  'out/crashseal.mjs',
  ...words,
];
