/** The loader's core on this machine, under sanitizers: builds the drivers of test/loader* and runs them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const folder = 'out/native/host/loader';

/** Path of a driver, made if need be. Test files run side by side: one make at a time. */
export function loaderDriver(name: string): string {
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${name}`;
  const made = spawnSync(
    'flock',
    ['out/native/.loader-tests.lock', 'make', '-s', '-f', 'loader/loader.mk', 'OUT=out', path],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`make ${path}: ${made.stderr}`);
  return path;
}

/** What a driver prints. Anything but exit status 0, such as a sanitizer's finding, throws. */
export function runDriver(path: string, ...args: readonly string[]): string {
  const done = spawnSync(path, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0)
    throw new Error(`${path} ${args.join(' ')}: ${done.status ?? done.signal}\n${done.stderr}`);
  return done.stdout;
}
