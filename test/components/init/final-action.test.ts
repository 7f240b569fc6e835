/** What the machine does at the end: it never does nothing, and never waits for a disk. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

/** The loop at the very end is left after what comes before it. */
const act = (action: string, more = ''): readonly string[] =>
  shell(
    `open_clock
for name in sync reboot poweroff halt; do eval "$name() { echo $name \\$*; }"; done
setsid() { echo "setsid $*"; }
sleep() { echo "sleep $1"; }
reset_now() { echo "reset $1"; exit; }
failure_action=reboot
${more}
act ${action}`,
  ).split('\n');

test.each([
  ['reboot', 'reboot -nf'],
  ['poweroff', 'poweroff -nf'],
  ['halt', 'halt -nf'],
  ['nonsense', 'reboot -nf'],
])(
  '%s: %s after what is written is on the disks; without effect a reset comes',
  (action, command) => {
    expect(act(action)).toEqual([
      `action: ${action}`,
      'sync',
      command,
      `${action} had no effect`,
      `reset ${action}`,
    ]);
  },
);

test('neither a disk that does not answer nor a reboot that hangs is waited for', () => {
  const began = Date.now();
  expect(
    act(
      'reboot',
      'sync_limit=1; sync() { exec sleep 60 >/dev/null 2>&1; }; reboot() { exec sleep 60 >/dev/null 2>&1; }',
    ),
  ).toEqual([
    'action: reboot',
    'disks do not take what is written within 1 s',
    'reboot had no effect',
    'reset reboot',
  ]);
  expect(Date.now() - began).toBeLessThan(40_000);
});

test('a person at the shell has all the time there is', () => {
  const said = act(
    'shell',
    'resetter=4711; stop_watchdog() { echo stopped; }; kill() { echo "kill $*"; }',
  );
  expect(said.slice(0, 4)).toEqual(['action: shell', 'stopped', 'kill -KILL -4711', 'sync']);
});

describe('without the help of any driver', () => {
  const trigger = (): string => readFileSync(inFolder('sysrq-trigger'), 'utf8');
  test('the machine is reset', () => {
    shell('reset_now reboot');
    expect(trigger()).toBe('b\n');
  });

  test('or first switched off, where that was asked for', () => {
    expect(shell(`sleep() { cat ${inFolder('sysrq-trigger')}; }; reset_now poweroff`)).toBe('o');
    expect(trigger()).toBe('b\n');
  });

  test('when PID 1 itself does nothing any more', () => {
    expect(shell('sleep() { echo "sleep $1"; }; reset_after 1860 reboot')).toBe(
      'sleep 1860\nthe time for everything is over',
    );
    expect(trigger()).toBe('b\n');
  });
});
