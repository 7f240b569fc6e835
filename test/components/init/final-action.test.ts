/** What the machine does at the end: it never does nothing. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

const act = (action: string): readonly string[] =>
  shell(
    `for name in sync reboot poweroff halt; do eval "$name() { echo $name \\$*; }"; done
setsid() { echo "setsid $*"; }
sleep() { echo "sleep $1"; [ "$1" -lt 60 ] || exit; }
act ${action}`,
  ).split('\n');

test.each([
  ['reboot', 'reboot -f'],
  ['poweroff', 'poweroff -f'],
  ['halt', 'halt -f'],
  ['nonsense', 'reboot -f'],
])('%s: %s after what is written is on the disks', (action, command) => {
  expect(act(action).slice(0, 4)).toEqual([`action: ${action}`, 'sync', command, 'sleep 5']);
});

test('an action without effect is told, and is followed by a reset', () => {
  expect(act('halt').slice(4)).toContain('halt had no effect');
  expect(readFileSync(inFolder('sysrq-trigger'), 'utf8')).toBe('b\n');
});
