/** What PID 1 sees of a session, and how it ends one; the rest of its work is in init.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

/** Runs in a session of its own, as `leader`. */
const session = (body: string): string =>
  `open_clock; setsid busybox sh -c '${body}' </dev/null >/dev/null 2>&1 &
leader=$!
pause; pause; pause; pause; pause
`;

describe('of a session PID 1 sees', () => {
  test('everyone who is in it, whatever a program is called', () => {
    writeFileSync(inFolder('a ) S 1'), '#!/bin/sh\nsleep 60\n', { mode: 0o755 });
    const body = session(`sleep 60 & "${inFolder('a ) S 1')}" & wait`);
    expect(
      shell(`${body}members_of "$leader"; set -- $members; echo $#; kill -KILL $members`),
    ).toBe('4');
  });

  test('nobody, when the last one has ended', () => {
    expect(shell(`${session('true')}members_of "$leader"; echo "[$members]"`)).toBe('[]');
  });

  test('whether bytes move, only while something is stored', () => {
    const still = session('sleep 60');
    const moves = session('while :; do echo x; sleep 0.1; done');
    const looks = (storing: boolean, change = ''): string =>
      `${storing ? ': >"$run/storing";' : ''} clock; counted="" moved_at=0
look "$leader"; moved_at=0; pause; pause; pause; ${change} now=77; look "$leader"; echo "$moved_at"; kill -KILL -"$leader"`;
    expect(shell(`${still}${looks(true)}`)).toBe('0');
    // What a process has written may be on its way to a disk for a long time.
    const flushed = `printf 'MemAvailable: 4000 kB\\nDirty: 7 kB\\n' >${inFolder('meminfo')};`;
    expect(shell(`rm -f "$run/clock"; ${still}${looks(true, flushed)}; echo $least_memory`)).toBe(
      '77\n4000',
    );
    expect(shell(`rm -f "$run/clock"; ${moves}${looks(true)}`)).toBe('77');
    expect(shell(`rm -f "$run/clock" "$run/storing"; ${still}${looks(false)}`)).toBe('77');
  });
});

describe('a session that is dismissed', () => {
  test('is asked first, then killed', () => {
    const asked = session(`trap "echo asked >${inFolder('asked')}; exit" TERM; sleep 60 & wait`);
    expect(shell(`${asked}dismiss; members_of "$leader"; echo "[$members]"`)).toBe('[]');
    expect(readFileSync(inFolder('asked'), 'utf8')).toBe('asked\n');
    const deaf = session('trap "" TERM; while :; do sleep 1; done');
    expect(
      shell(
        `rm -f "$run/clock"; last_words=1; ${deaf}dismiss; members_of "$leader"; echo "[$members]"`,
      ),
    ).toBe('[]');
  });

  test('that does not end is left behind, and its disks are not used again', () => {
    writeFileSync(inFolder('run/at-work'), 'vda1\nvdb\n');
    const said = shell(
      `members_of() { members=" 4711"; }; kill() { :; }; open_clock; leader=4711 last_words=0 grace=0; dismiss`,
    );
    expect(said).toBe('processes 4711 do not end and are left behind');
    expect(readFileSync(inFolder('run/hung'), 'utf8')).toBe('vda1\nvdb\n');
  });
});
