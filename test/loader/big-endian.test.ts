import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { words } from '../../pipeline/units/words.ts';
import { signedBundle } from '../fixtures/x86-64-bundle.ts';
import { bench, run } from './running.ts';

const emulator = 'qemu-s390x-static';
const available = spawnSync(emulator, ['--version']).status === 0;

/** The s390x program with the readers of x86_64 in it, which the one that ships leaves out. */
function s390xLoader(): string {
  const out = 'out/test/loader-all-targets';
  const path = `${out}/native/s390x/crashseal-load`;
  const made = spawnSync(
    'flock',
    words`
      out/native/.loader-tests.lock make -s -f loader/loader.mk
      OUT=${out} BEARSSL=out/bearssl ARCHES=s390x
      ${'LOADER_TARGETS_s390x=s390x x86_64'} ${path}
    `,
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`make ${path}: ${made.stderr}`);
  return path;
}

test.skipIf(!available)(
  'a big-endian loader fills an x86_64 bundle to the same bytes',
  async () => {
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
    const theirs = emit('big', emulator, s390xLoader());
    expect(readdirSync(theirs)).toEqual(readdirSync(ours));
    for (const file of readdirSync(ours).filter((name) => name !== 'layout.json'))
      expect([
        file,
        readFileSync(join(theirs, file)).equals(readFileSync(join(ours, file))),
      ]).toEqual([file, true]);
  },
  240_000,
);
