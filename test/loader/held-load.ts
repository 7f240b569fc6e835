/** Runs held-load.c: the loader stops itself where it first opens /sys/held, and a test changes what it reads. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { loaderDriver } from '../support/loader-host.ts';
import { ofThisTest } from '../support/of-this-test.ts';
import type { Ran } from './running.ts';

/** `again`: with it the loader tries again after a change, and is held each time. */
export async function heldLoad(
  args: readonly string[],
  meanwhile: () => void,
  again?: (time: number) => void,
): Promise<Ran> {
  const loader = ofThisTest(
    spawn(loaderDriver('held-load'), args, {
      env: again === undefined ? {} : { HELD_AGAIN: '1' },
    }),
  );
  const said = Promise.all([text(loader.stdout), text(loader.stderr)]);
  const code = new Promise<number>((done) => loader.once('exit', (status) => done(status ?? -1)));
  let ended = false;
  void code.then(() => {
    ended = true;
  });
  const isHeld = (): boolean => {
    try {
      return / T /.test(readFileSync(`/proc/${loader.pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  };
  const pause = () => new Promise((done) => setTimeout(done, 5));
  const held = async (): Promise<boolean> => {
    while (!ended && !isHeld()) await pause();
    return !ended;
  };
  for (let time = 0; await held(); time++) {
    if (time === 0) meanwhile();
    else again?.(time);
    loader.kill('SIGCONT');
    if (again === undefined) break;
    while (isHeld()) await pause();
  }
  const [stdout, stderr] = await said;
  return { code: await code, stdout, stderr };
}
