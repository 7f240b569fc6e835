/** A QEMU whose CPU has the SHA instructions, where one can be had; Debian 12's own has none. */
import { spawnSync } from 'node:child_process';

/** Undefined where it cannot be had, and then said so: what needs it is skipped, not passed. */
export function newerQemu(): string | undefined {
  const ran = spawnSync('setup/newer-qemu.sh', {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (ran.status === 0) return ran.stdout.trim();
  console.error(`no QEMU with SHA instructions here: what needs one is left out\n${ran.stderr}`);
  return undefined;
}
