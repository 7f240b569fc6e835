/** When the hardware watchdog is fed. A FIFO stands for it: a device that can be written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

test('a machine without one is none the worse', () => {
  expect(
    shell('clock; moved_at=$now; feed_watchdog; stop_watchdog; echo "[$watchdog] $stall"'),
  ).toBe('[] 120');
  expect(existsSync(inFolder('watchdog'))).toBe(false);
});

test('it is fed while bytes move, not while they stand still, and stopped for whoever needs time', () => {
  writeFileSync(inFolder('watchdog'), '');
  const said = shell(
    `watchdog=fed; exec 8>>${inFolder('watchdog')}
now=5 moved_at=5; feed_watchdog; now=6; feed_watchdog; moved_at=6; feed_watchdog; stop_watchdog; now=7 moved_at=7; feed_watchdog
echo "[$watchdog]"`,
  );
  expect(said).toBe('[]');
  expect(readFileSync(inFolder('watchdog'), 'utf8')).toBe('..V');
});

test('it is fed when an attempt is ended that stood still, so that the next target has its turn', () => {
  writeFileSync(inFolder('watchdog'), '');
  const said = shell(
    `watchdog=fed; exec 8>>${inFolder('watchdog')}
shout() { echo "$*"; }
kill() { :; }
members_of() { members=' 7'; }
last_words=1 grace=1 leader=7 moved_at=0
open_clock
dismiss`,
  );
  expect(said).toBe('processes 7 do not end and are left behind');
  expect(readFileSync(inFolder('watchdog'), 'utf8')).toBe('..');
});
