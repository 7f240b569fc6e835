/** The capture init's own functions, run by busybox's shell with files as devices and a sysfs of our own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { initScript } from '../../../pipeline/components/init/init.ts';
import { shellQuoted } from '../../../pipeline/components/initramfs.ts';
import { ofThisTest } from '../../support/of-this-test.ts';

export const mebibyte = 2 ** 20;
export const deviceSize = 8 * mebibyte;

/** Of the test that runs. */
let folder: string;
export const inFolder = (...path: readonly string[]): string => join(folder, ...path);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'));
  // This machine is not to be reset, nor its log written to.
  const harmless = initScript
    .replaceAll('/proc/sysrq-trigger', inFolder('sysrq-trigger'))
    .replaceAll('/dev/kmsg', inFolder('none/kmsg'))
    .replaceAll('/dev/watchdog0', inFolder('watchdog'))
    .replaceAll('/proc/meminfo', inFolder('meminfo'))
    .replaceAll('/run/crashseal', inFolder('run'))
    .replaceAll('/etc/crashseal', inFolder('etc'))
    .replaceAll('init=/init', `init=${inFolder('init')}`)
    .replaceAll('/bin/busybox sh', 'busybox sh');
  writeFileSync(inFolder('meminfo'), 'MemAvailable: 5000 kB\nDirty: 0 kB\n');
  mkdirSync(inFolder('run'));
  mkdirSync(inFolder('etc/targets'), { recursive: true });
  writeFileSync(inFolder('init'), harmless);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Defines init's functions, then `body`. A file's size stands for a device's. */
function script(body: string, settings: Readonly<Record<string, string>>): readonly string[] {
  const assignments = Object.entries({ sys: inFolder('sys'), ...settings })
    .map(([key, value]) => `${key}=${shellQuoted(value)}\n`)
    .join('');
  const text = `. ${inFolder('init')}\n${assignments}
device_size() { stat -c %s "$1"; }
log() { echo "$2"; }
${body}`;
  return ['sh', '-c', text];
}

/** What `body` says. */
export function shell(body: string, settings: Readonly<Record<string, string>> = {}): string {
  const ran = spawnSync('busybox', script(body, settings), {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return (ran.stdout + ran.stderr).trim();
}

/** The same, beside a server in this process. */
export async function shellBeside(
  body: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const ran = ofThisTest(
    spawn('busybox', script(body, settings), { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  let said = '';
  for (const stream of [ran.stdout, ran.stderr])
    stream.on('data', (text: Buffer) => {
      said += text.toString('latin1');
    });
  await once(ran, 'close');
  return said.trim();
}

/** What stands where on a device. */
export type Writes = readonly (readonly [at: number, bytes: string | Uint8Array])[];

/** A file that stands for a device. */
export function device(...writes: Writes): string {
  const bytes = Buffer.alloc(deviceSize);
  for (const [at, what] of writes) bytes.set(Buffer.from(what), at);
  const path = inFolder('device');
  writeFileSync(path, bytes);
  return path;
}

export const marker = (text: string): readonly [number, string] => [deviceSize - 4096, text];
export const ourMarker = marker('crashseal-dump 1\nstate=complete\nuuid=0a0b\n');

/** A file of the sysfs that init looks at. */
export function sysfs(path: string, text: string | Uint8Array): void {
  const full = inFolder('sys', path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

/** A block device of that sysfs; `place` is below `devices`. */
export function block(name: string, place: string, uevent: string): void {
  sysfs(`devices/${place}/uevent`, uevent);
  mkdirSync(inFolder('sys/class/block'), { recursive: true });
  symlinkSync(inFolder('sys/devices', place), inFolder('sys/class/block', name));
}
