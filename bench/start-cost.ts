/** What `--help` costs beyond node's own start, in CPU time: of every invocation the part that does no work. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Figure } from './figure.ts';

const rounds = 9;

/** The median of CPU milliseconds that node needs for these words. */
function cpuOf(words: readonly string[]): number {
  const times = Array.from({ length: rounds }, () => {
    // A shell's second line is about the programs that it ran.
    const ran = spawnSync(
      'bash',
      ['-c', '"$@" >/dev/null; times', 'bash', process.execPath, ...words],
      { encoding: 'utf8' },
    );
    if (ran.status !== 0) throw new Error(ran.stderr);
    return [...(ran.stdout.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes = '', seconds = '']) =>
        sum + 60_000 * Number(minutes) + 1000 * Number(seconds),
      0,
    );
  }).sort((a, b) => a - b);
  return times[rounds >> 1] ?? Number.NaN;
}

export function startCost(): readonly Figure[] {
  const node = cpuOf(['-e', '0']);
  const help = cpuOf([resolve('out/crashseal.mjs'), '--help']);
  return [
    {
      group: 'start',
      what: "--help, CPU beyond node's own start",
      unit: 'ms',
      ours: help - node,
      aim: 'below 40',
    },
  ];
}
