/** A guest that something on this machine ends, as the kernel does where memory is short: no word about the bundle. */
import { afterEach, expect, test } from 'vitest';
import { Guest, HostFault } from '../../pipeline/guest/guest.ts';
import type { SystemGuest } from '../../pipeline/guest/system-guest.ts';
import { type Bench, leftMs, withGuest } from '../../pipeline/prove/bench.ts';
import { isInconclusive } from '../../pipeline/prove/finding.ts';
import { runOf } from '../../pipeline/prove/run.ts';

const guests: Guest[] = [];
afterEach(async () => {
  for (const guest of guests.splice(0)) await guest.stop();
});

/** Its firmware finds nothing to start, and waits. */
async function idle(): Promise<Guest> {
  const guest = await Guest.start({ name: 'host-ends-a-guest', memory: '64M' });
  guests.push(guest);
  return guest;
}
const end = (guest: Guest, signal: NodeJS.Signals): void => {
  process.kill(guest.pid ?? Number.NaN, signal);
};

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  '%s from elsewhere is told',
  async (signal) => {
    const guest = await idle();
    const ended = guest.ended();
    end(guest, signal);
    await expect(ended).rejects.toThrow(/something on this machine ended QEMU by /);
    await expect(ended).rejects.toBeInstanceOf(HostFault);
  },
);

test('a guest that we end, and one that is not done in time, are none of it', async () => {
  const late = await idle();
  const over = late.ended(100);
  await expect(over).rejects.toThrow('no end in 0.1 s');
  await expect(over).rejects.not.toBeInstanceOf(HostFault);
  const stopped = await idle();
  await stopped.stop();
  expect(stopped.endedByHost()).toBeUndefined();
  // What comes too late ends nothing.
  const off = await idle();
  const ended = off.ended();
  await off.qmp.execute('quit');
  expect(await ended).toMatchObject({ reason: 'host-qmp-quit' });
});

test('a QEMU that does not start is none either', async () => {
  const started = Guest.start({ name: 'host-ends-a-guest', memory: '64M', machine: 'no-such' });
  await expect(started).rejects.toBeInstanceOf(HostFault);
});

test('a run whose guests are ended finds nothing, wherever it was', async () => {
  // What a bench is asked for here.
  const bench = { deadline: performance.now() + 3_600_000 } as Bench;
  let tries = 0;
  const found = await runOf(bench, 'capture', 'the panicked machine goes on', async (findings) => {
    const guest = await idle();
    const system = { guest, stop: () => guest.stop() } as SystemGuest;
    await withGuest(
      bench,
      async () => system,
      async () => {
        tries++;
        findings.claim(false, 'the capture kernel starts', 'no');
        const waiting = guest.console.waitFor(/never/, leftMs(bench));
        end(guest, 'SIGKILL');
        await waiting;
      },
    );
  });
  expect(tries).toBe(3);
  expect(found).toEqual([
    {
      run: 'capture',
      check: 'the panicked machine goes on',
      outcome: 'not proven',
      detail: 'something on this machine ended QEMU by SIGKILL',
      hostFault: true,
    },
  ]);
  expect(isInconclusive(found)).toBe(true);
});
