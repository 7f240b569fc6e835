// The loader's constants are packed in its file. Nothing runs before they are unpacked, and then nothing can change them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type GuestArch, machines } from '../../pipeline/guest/machines/machines.ts';
import { shippedLoader } from '../support/loader-host.ts';
import { testSystems } from '../support/systems/systems.ts';

const arches = (Object.keys(machines) as GuestArch[]).filter((arch) =>
  existsSync(`loader/arch/${arch}/arch.mk`),
);
const emulatorOf = (arch: GuestArch) => testSystems[arch].emulator ?? `qemu-${arch}-static`;

test.each(arches)('of %s are read-only before its first other system call', (arch) => {
  const path = shippedLoader(arch);
  expect(readFileSync(path).includes('crashkernel=SIZE')).toBe(false);
  const run = spawnSync(emulatorOf(arch), ['-strace', path, '--help'], { encoding: 'utf8' });
  expect(run.status).toBe(0);
  // As they were linked.
  const options = run.stdout.split('\n').filter((line) => line.startsWith('  --'));
  expect(options.length).toBeGreaterThan(10);
  for (const line of options) expect(readFileSync(`${path}.linked`).includes(line)).toBe(true);
  const calls = run.stderr.split('\n').map((line) => line.replace(/^\d+ /, ''));
  expect(calls[0]).toMatch(/^mprotect\(0x0*10\d0000,\d+,PROT_READ\) = 0$/);
});
