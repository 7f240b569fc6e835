/** makedumpfile, on the host: it reads the kernel log, and makes a file of a flattened dump. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readAt } from './read-at.ts';

/** The words that run makedumpfile; one for another architecture runs under user emulation. */
export type Makedumpfile = readonly [string, ...string[]];

/** The kernel log that makedumpfile finds; `path` is an ELF dump or a file in makedumpfile's own format. */
export function dmesgOf(path: string, makedumpfile: Makedumpfile = ['makedumpfile']): string {
  const output = `${path}.dmesg`;
  const [program, ...words] = makedumpfile;
  execFileSync(program, [...words, '--dump-dmesg', '-f', path, output], { stdio: 'pipe' });
  return execFileSync('cat', [output], { encoding: 'latin1', maxBuffer: 2 ** 26 });
}

/** Turns makedumpfile's flattened format on a raw device into a file. */
export function rearrange(device: string, output: string): void {
  // makedumpfile never ends on input that is not in its format.
  const file = openSync(device, 'r');
  const magic = Buffer.from(readAt(file, 0n, 12)).toString('latin1');
  closeSync(file);
  if (magic !== 'makedumpfile') throw new Error(`${device} holds no flattened dump`);
  execFileSync('bash', ['-c', 'makedumpfile -R "$1" <"$2"', 'rearrange', output, device], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
