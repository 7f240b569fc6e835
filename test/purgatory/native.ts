/** Builds and runs the native programs of test/purgatory/native. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { s390xUserEmulator } from '../support/user-emulation.ts';

/** Makes targets of purgatory.mk. Test files run side by side: one make at a time. */
export function makeNative(...targets: string[]): void {
  mkdirSync('out/native', { recursive: true });
  const lock = 'out/native/.purgatory-tests.lock';
  const made = spawnSync(
    'flock',
    [lock, 'make', '-s', '-f', 'purgatory/purgatory.mk', 'OUT=out', ...targets],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`make ${targets.join(' ')}: ${made.stderr}`);
}

export type Runner = { readonly name: string; readonly run: (input: Uint8Array) => string };

/** Runs a program that reads stdin; what is not exit status 0 throws. */
export function runNative(command: readonly string[], input: Uint8Array): string {
  const [program = '', ...rest] = command;
  const done = spawnSync(program, rest, { input, maxBuffer: 1 << 26 });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0)
    throw new Error(`${command.join(' ')}: ${done.status ?? done.signal} ${String(done.stderr)}`);
  return String(done.stdout);
}

/** The same program on this host, with sanitizers, and big-endian under QEMU user emulation. */
export function runnersOf(program: string): readonly Runner[] {
  makeNative(`out/native/host/${program}`);
  const host: Runner = {
    name: 'host',
    run: (input) => runNative([`out/native/host/${program}`], input),
  };
  const big = `out/native/s390x/test/${program}`;
  makeNative(big);
  return [host, { name: 's390x', run: (input) => runNative([s390xUserEmulator, big], input) }];
}

/** Little-endian 32-bit numbers, as the programs read them. */
export function words(...values: number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    out.setUint32(4 * i, value, true);
  });
  return new Uint8Array(out.buffer);
}
