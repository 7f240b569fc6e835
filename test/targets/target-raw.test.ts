/** A raw target's part of init, with a file as its device. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  device,
  deviceSize,
  inFolder,
  mebibyte,
  shell,
  type Writes,
} from '../components/init/shell.ts';

const labelAt = deviceSize - 4096;
const ledgerAt = labelAt - 65536;

type Settings = Readonly<Record<string, string>>;
const profile = (settings: Settings): Settings => ({
  target_by: 'serial',
  target_value: 'x',
  target_slots: '1',
  target_uncollected: 'keep',
  target_number: '1',
  target_shown: 'the disk',
  encryption: 'none',
  attempt_what: 'vmcore',
  dump_format: 'kdump',
  profile: 'web',
  bundle: 'abcd',
  started: '100',
  panic_line: 'Kernel panic - not syncing: x',
  vmcore: inFolder('vmcore'),
  ...settings,
});
/** The device is found; everything else is as in a capture. */
const run = (body: string, settings: Settings = {}): string =>
  shell(
    `set_online() { :; }
wait_for_device() { device=${inFolder('device')}; }
find_device() { echo ${inFolder('device')}; }
previous=$run/previous
${body}`,
    profile(settings),
  );
/** A capture that goes well: a log and a dump of that text. */
const save = (dump: string, settings: Settings = {}): string =>
  run(
    `raw_open
printf 'the log' | raw_store dmesg
printf 'makedumpfile\\000${dump}' | raw_store vmcore.flat
bytes=$(stored) seconds=3
echo report | raw_store report
raw_finish && echo saved $bytes`,
    settings,
  );
const bytesAt = (at: number, size: number): string =>
  readFileSync(inFolder('device'))
    .subarray(at, at + size)
    .toString('latin1')
    .replace(/\0+$/, '');
const marker = (at = labelAt): Settings =>
  Object.fromEntries(
    bytesAt(at, 4096)
      .split('\n')
      .slice(1, -1)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
const slotSize = (slots: number): number => Math.floor(ledgerAt / slots / 4096) * 4096;
const markerOf = (slot: number, slots: number): Settings => marker(slot * slotSize(slots) - 4096);
const complete = (more = ''): readonly [number, string] => [
  labelAt,
  `crashseal-dump 1\nstate=complete\nsize=100\nstarted=50\n${more}`,
];
const put = (...writes: Writes): void => {
  device(...writes);
};
beforeEach(() => put());

describe('the device of a raw target', () => {
  const check = (by = 'path'): string =>
    run(`device=${inFolder('device')}; check_device; echo "goes on with $device_bytes"`, {
      target_by: by,
    });

  test('a file system is refused with the reason', () => {
    put([0, 'XFSB']);
    expect(check()).toBe(
      `${inFolder('device')} holds an XFS file system and is left alone; to make it a dump target, wipe it: wipefs -a`,
    );
  });

  test('swap space is overwritten only where the profile names it by its UUID', () => {
    put([4086, 'SWAPSPACE2']);
    expect(check()).toContain('name it by its UUID');
    expect(check('uuid')).toContain('goes on with 8388608');
  });

  test('a device too small for anything is refused, and so are slots that are', () => {
    expect(run('raw_open', { target_slots: '8' })).toContain(
      'is too small for 8 slots: 8388608 bytes',
    );
    writeFileSync(inFolder('device'), new Uint8Array(mebibyte));
    expect(check()).toContain('is too small for a dump: 1048576 bytes');
  });
});

describe('a dump on it', () => {
  test('begins with its first byte; its log and marker lie at the end', () => {
    expect(save('dump')).toContain('saved 17');
    expect(bytesAt(0, 17)).toBe('makedumpfile\0dump');
    expect(bytesAt(ledgerAt - 262144, 7)).toBe('the log');
    expect(marker()).toMatchObject({
      state: 'complete',
      format: 'kdump',
      size: '17',
      slots: '1',
      slot: '1',
      offset: '0',
      dmesg_offset: String(ledgerAt - 262144),
      dmesg_size: '7',
      panic: 'Kernel panic - not syncing: x',
      what: 'vmcore',
    });
  });

  test('is found to be cut short, with its log, when the machine is reset in the middle', () => {
    run(
      "raw_open; printf 'the log' | raw_store dmesg; printf 'makedumpfile' | raw_store vmcore.flat",
    );
    expect(marker()).toMatchObject({ state: 'writing', size: '0', dmesg_size: '7' });
    expect(bytesAt(ledgerAt, 1024)).toContain('\noutcome=writing\n');
  });

  test('that does not fit is told, and its marker says how far it came', () => {
    const said = run(
      `(raw_open; reason_file=$run/reason; head -c 9000000 /dev/zero | tr '\\0' x | raw_store vmcore.flat)
raw_close`,
    );
    const room = ledgerAt - 262144 - ((ledgerAt - 262144) % 65536);
    expect(said).toContain(
      `the dump does not fit: ${inFolder('device')} has room for ${room} bytes`,
    );
    expect(marker()).toMatchObject({
      state: 'failed',
      format: 'kdump',
      size: String(room),
      reason: expect.stringContaining('does not fit'),
    });
    expect(bytesAt(room, 4096)).toBe('');
  });

  test('of all memory is not even begun where it cannot fit', () => {
    writeFileSync(inFolder('vmcore'), new Uint8Array(9_000_000));
    expect(run(': >"$run/x"; raw_open; cat "$vmcore" | raw_store vmcore')).toContain(
      'the vmcore does not fit: 9000000 bytes',
    );
  });

  test('of an encrypted kind is ours too, and its marker says so', () => {
    writeFileSync(inFolder('etc/recipients'), 'age1\n');
    expect(
      run(
        "raw_open; printf 'age-encryption.org/v1' | raw_store vmcore.flat.age; bytes=$(stored); raw_finish; content $device",
        {
          encryption: 'age',
        },
      ),
    ).toMatch(/\nours$/);
    expect(marker()).toMatchObject({ encryption: 'age' });
  });

  test('alone is lost, its log is kept', () => {
    run("raw_open; printf 'the log' | raw_store dmesg; bytes=0 seconds=0; raw_finish", {
      attempt_what: 'dmesg',
    });
    expect(marker()).toMatchObject({
      state: 'complete',
      size: '0',
      what: 'dmesg',
      dmesg_size: '7',
    });
  });
});

describe('what nobody has collected', () => {
  test('is kept, and the next dump is refused', () => {
    save('first');
    expect(save('second')).toContain('keeps what nobody has collected');
    expect(bytesAt(0, 18)).toBe('makedumpfile\0first');
    expect(marker()).toMatchObject({ state: 'complete' });
  });

  test('gives way where the profile says so, or once it is collected', () => {
    save('first');
    expect(save('second', { target_uncollected: 'replace' })).toContain('saved');
    expect(bytesAt(0, 19)).toBe('makedumpfile\0second');
    const collected = Buffer.from(
      bytesAt(labelAt, 4096).replace('state=complete', 'state=collected'),
    );
    const bytes = readFileSync(inFolder('device'));
    bytes.fill(0, labelAt);
    bytes.set(collected, labelAt);
    writeFileSync(inFolder('device'), bytes);
    expect(save('third')).toContain('saved');
  });

  test('has a slot of its own, where there are several', () => {
    const slots = { target_slots: '3' };
    for (const dump of ['one', 'two', 'three']) expect(save(dump, slots)).toContain('saved');
    expect(save('four', slots)).toContain('dumps in use: 3 of 3');
    for (const [index, dump] of ['one', 'two', 'three'].entries()) {
      expect(bytesAt(index * slotSize(3), 13 + dump.length)).toBe(`makedumpfile\0${dump}`);
      expect(markerOf(index + 1, 3)).toMatchObject({
        state: 'complete',
        slot: String(index + 1),
        offset: String(index * slotSize(3)),
      });
    }
    expect(marker()).toEqual({ slots: '3', slot_size: String(slotSize(3)), ledger: '1' });
  });

  test('loses its oldest with each dump that is saved, never with one that fails', () => {
    const slots = { target_slots: '2', target_uncollected: 'replace-oldest' };
    save('one', { ...slots, started: '1' });
    expect(markerOf(1, 2)).toMatchObject({ state: 'complete' });
    save('two', { ...slots, started: '2' });
    expect([markerOf(1, 2).state, markerOf(2, 2).state]).toEqual(['replaced', 'complete']);
    writeFileSync(inFolder('half'), 'makedumpfile\0');
    run(`: >"$run/reason"; (raw_open; raw_store vmcore.flat <${inFolder('half')}); raw_close`, {
      ...slots,
      started: '3',
    });
    expect([markerOf(1, 2).state, markerOf(2, 2).state]).toEqual(['failed', 'complete']);
    save('four', { ...slots, started: '4' });
    expect([markerOf(1, 2).state, markerOf(2, 2).state]).toEqual(['complete', 'replaced']);
  });

  test('of before there were slots and a ledger stays readable, and is kept', () => {
    put([0, 'makedumpfile\0old'], complete());
    expect(save('new')).toContain('keeps what nobody has collected');
    expect(bytesAt(0, 16)).toBe('makedumpfile\0old');
    expect(marker()).toMatchObject({ state: 'complete', size: '100', ledger: '1' });
  });

  test('is not cut by a ledger that the device had no room for', () => {
    put(
      [0, 'makedumpfile\0'],
      [ledgerAt, 'dump'],
      complete().map((one) =>
        typeof one === 'string' ? one.replace('size=100', `size=${ledgerAt + 4}`) : one,
      ) as [number, string],
    );
    expect(save('new')).toContain('no room is left for a ledger');
    expect(bytesAt(ledgerAt, 4)).toBe('dump');
  });

  test.each(['0', '08', '99999', '1000000000', '-1', 'many', '2 '])(
    'a number of slots that cannot be, %j, is none',
    (slots) => {
      put([labelAt, `crashseal-dump 1\nstate=blank\nslots=${slots}\nledger=1\n`]);
      expect(save('one', { target_slots: '2' })).toMatch(
        /^dump target \S+, 8388608 bytes, \w+\nsaved 16$/,
      );
      expect(markerOf(1, 2).state).toBe('complete');
    },
  );

  test('has a log as long as its place takes, for many recipients too', () => {
    const identity = execFileSync('age-keygen', { stdio: ['ignore', 'pipe', 'ignore'] });
    const recipient = execFileSync('age-keygen', ['-y'], { input: identity, encoding: 'latin1' });
    writeFileSync(inFolder('etc/recipients'), recipient.repeat(60));
    writeFileSync(inFolder('run/dmesg'), 'a line of the log\n'.repeat(20_000));
    const said = run('raw_open; copy_log | sealed | raw_store dmesg.age && stored', {
      encryption: 'age',
    });
    expect(Number(said.split('\n').at(-1))).toBeGreaterThan(250_000);
  });

  test('is not divided anew', () => {
    save('one', { target_slots: '3' });
    expect(save('two', { target_slots: '2' })).toContain(
      'is divided into 3 slots, not 2, and holds a dump that nobody has collected',
    );
    expect(save('two', { target_slots: '2', target_uncollected: 'replace' })).toContain('saved');
  });
});

describe('the ledger', () => {
  const note = (outcome: string, body = ''): string =>
    run(
      `printf '%s\\n' '${outcome}' 2 'the server' 77 'target 1: gone' >"$run/outcome"; ${body} raw_note`,
    );
  const entry = (index: number): string => bytesAt(ledgerAt + index * 1024, 1024);

  /** A new kernel has nothing of the last one's in its memory. */
  const nextPanic = (): string => run('rm -f "$run"/*');

  test('tells of every panic, with what became of its dump', () => {
    save('one');
    expect(entry(0)).toContain('\noutcome=writing\n');
    run(`printf '%s\\n' saved 1 'the disk' 17 '' >"$run/outcome"; raw_note`);
    expect(entry(0)).toMatch(/\noutcome=saved\nwhere=the disk\nslot=1\nbytes=17\n/);
    nextPanic();
    expect(save('two')).not.toContain('saved');
    note('nothing');
    expect(entry(1)).toMatch(/\nseq=2\n[\s\S]*\noutcome=nothing\n[\s\S]*\nreason=target 1: gone\n/);
    expect(marker()).toMatchObject({ state: 'complete', size: '16' });
  });

  test('tells of a dump that went elsewhere, also on a device that is still blank', () => {
    note('saved');
    expect(entry(0)).toMatch(/\noutcome=saved\nwhere=the server\nslot=\nbytes=77\n/);
    expect(marker()).toEqual({
      state: 'blank',
      slots: '1',
      slot_size: String(ledgerAt + 4096),
      ledger: '1',
    });
    nextPanic();
    expect(save('one')).toContain('saved');
    expect(entry(0)).toContain('where=the server');
    expect(entry(1)).toContain('\nseq=2\n');
  });

  test('has one record of a panic, however often the same target is tried', () => {
    run('raw_open', {});
    run('raw_open', { attempt_what: 'dmesg' });
    note('log');
    expect(entry(0)).toMatch(/\nseq=1\n[\s\S]*\noutcome=log\n/);
    expect(entry(1)).toBe('');
  });

  test('is not put where something else lies', () => {
    put([0, 'data of somebody']);
    note('saved');
    expect(entry(0)).toBe('');
  });
});
