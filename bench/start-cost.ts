/** What `--help` costs beyond node's own start, in CPU time: of every invocation the part that does no work. */
import { costOfRun, tool } from './cpu-time.ts';
import type { Figure } from './figure.ts';

const rounds = 9;

/** The median of CPU milliseconds. */
function cpuOf(command: readonly string[]): number {
  const times = Array.from({ length: rounds }, () => 1000 * costOfRun(command).cpu).sort(
    (a, b) => a - b,
  );
  return times[rounds >> 1] ?? Number.NaN;
}

export function startCost(): readonly Figure[] {
  const node = cpuOf([process.execPath, '-e', '0']);
  const help = cpuOf(tool('--help'));
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
