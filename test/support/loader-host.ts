/** The loader's programs: its core on this machine, under sanitizers, with the drivers of test/loader*, and the ones that ship. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { GuestArch } from '../../pipeline/guest/machines/machines.ts';
import { loaderOf, rehearseOf } from './crashseal.ts';

const folder = 'out/native/host/loader';

/** Runs loader.mk with these words. Test files run side by side: one make at a time. */
export function makeLoader(...words: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const make = ['make', '-s', '-f', 'loader/loader.mk', ...words];
  const made = spawnSync('flock', ['out/native/.loader-tests.lock', ...make], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`${make.join(' ')}: ${made.stderr}`);
}

/** Path of a driver, made if need be. */
export function loaderDriver(name: string): string {
  const path = `${folder}/${name}`;
  makeLoader('OUT=out', path);
  return path;
}

/** Path of the program that ships, made if need be. */
export function shippedLoader(arch: GuestArch): string {
  const path = loaderOf(arch);
  makeLoader('OUT=out', `ARCHES=${arch}`, path);
  return path;
}

/** The same with the targets of all architectures, which `crashseal plan` runs. */
export function rehearsingLoader(arch: GuestArch): string {
  const path = rehearseOf(arch);
  makeLoader('OUT=out', `ARCHES=${arch}`, path);
  return path;
}

/** What a driver prints. Anything but exit status 0, such as a sanitizer's finding, throws. */
export function runDriver(path: string, ...args: readonly string[]): string {
  const done = spawnSync(path, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0)
    throw new Error(`${path} ${args.join(' ')}: ${done.status ?? done.signal}\n${done.stderr}`);
  return done.stdout;
}
