import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { makeLoader } from '../support/loader-host.ts';
import { s390xUserEmulator } from '../support/user-emulation.ts';
import { bench, run } from './running.ts';

/** The s390x program with the readers of x86_64 in it, which the one that ships leaves out. */
function s390xLoader(): string {
  const path = 'out/native/s390x/crashseal-rehearse';
  makeLoader('OUT=out', 'ARCHES=s390x', path);
  return path;
}

test('a big-endian loader fills an x86_64 bundle to the same bytes', async () => {
  const here = await bench('loader-big-endian');
  const bundle = here.write('bundle', await signedBundle(here.keys));
  const root = here.machine();
  const emit = (name: string, ...program: readonly [string, ...string[]]): string => {
    const folder = join(here.folder, name);
    rmSync(folder, { recursive: true, force: true });
    const args = ['--trust', here.trust, '--root', root, '--now', '1800000000'];
    const [file, ...before] = program;
    expect(run(file, ...before, ...args, '--emit', folder, bundle).code).toBe(0);
    return folder;
  };
  const ours = emit('little', here.program);
  const theirs = emit('big', s390xUserEmulator, s390xLoader());
  expect(readdirSync(theirs)).toEqual(readdirSync(ours));
  for (const file of readdirSync(ours).filter((name) => name !== 'layout.json'))
    expect([file, readFileSync(join(theirs, file)).equals(readFileSync(join(ours, file)))]).toEqual(
      [file, true],
    );
}, 240_000);
