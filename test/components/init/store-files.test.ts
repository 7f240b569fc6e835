/** A dump as files in a directory: names, room, and what becomes of older dumps. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { inFolder, mebibyte, shell } from './shell.ts';

const stamp = '2026-11-28-12:00:00';
const newest = `web1-${stamp}`;

beforeEach(() => mkdirSync(inFolder('root')));

const below = (...path: readonly string[]): string => inFolder('root', 'var', 'crash', ...path);
const list = (...path: readonly string[]): readonly string[] => readdirSync(below(...path)).sort();

/** Opens the directory below a file system of `free` MiB, then runs `body`. */
const store = (
  body: string,
  settings: Readonly<Record<string, string>> = {},
  free = 1000,
): string =>
  shell(
    `stat() {
  case "$*" in
  *'%a %S'*) echo "$((${free} - $(du -ms ${inFolder('root')} | cut -f 1) )) 1048576" ;;
  *'-f -c %t'*) echo "$magic" ;;
  *) command stat "$@" ;;
  esac
}
(open_files ${inFolder('root')} /dev/vdb:
${body})`,
    {
      host: 'web1',
      stamp,
      run: inFolder(),
      target_what: 'vmcore',
      attempt_what: settings.target_what ?? 'vmcore',
      magic: 'ef53',
      target_directory: '/var/crash',
      ...settings,
    },
  );

const whole = `echo log | store_file dmesg && echo dump | store_file vmcore.flat && finish_files`;

/** A dump that is there already. */
function dump(name: string, ...files: readonly string[]): void {
  for (const file of files.length === 0 ? ['vmcore.flat', 'vmcore-dmesg.txt'] : files) {
    mkdirSync(dirname(below(name, file)), { recursive: true });
    writeFileSync(below(name, file), 'older');
  }
}
const collected = (name: string): void => dump(name, 'vmcore', 'vmcore-dmesg.txt', 'collected');

describe('the files of a dump', () => {
  test('the log is whole at once, the dump after finish_files; nobody else may read them', () => {
    const said = store(
      `echo log | store_file dmesg; echo dump | store_file vmcore.flat; ls "$files_dump"; finish_files
echo "$target_shown"`,
    );
    expect(said.split('\n')).toEqual([
      'vmcore-dmesg.txt',
      'vmcore-incomplete',
      `/dev/vdb:/var/crash/${newest}`,
    ]);
    expect(list(newest)).toEqual(['vmcore-dmesg.txt', 'vmcore.flat']);
    expect(readFileSync(below(newest, 'vmcore.flat'), 'utf8')).toBe('dump\n');
    expect(statSync(below(newest)).mode & 0o777).toBe(0o700);
    for (const file of list(newest)) expect(statSync(below(newest, file)).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['an ELF dump', 'vmcore', 'vmcore'],
    ['a flattened one', 'vmcore.flat', 'vmcore.flat'],
    ['an encrypted one', 'vmcore.flat.age', 'vmcore.flat.age'],
    ['an encrypted log', 'dmesg.age', 'vmcore-dmesg.txt.age'],
    ['the report', 'report', 'report'],
  ])('%s', (_what, object, name) => {
    expect(store(`echo x | store_file ${object} && finish_files`)).toBe('');
    expect(list(newest)).toEqual([name]);
  });

  test('every byte arrives, over several rounds and at the border of one', () => {
    for (const size of [0, 1, 4 * mebibyte - 1, 4 * mebibyte, 4 * mebibyte + 1]) {
      const said = store(
        `files_round=2; head -c ${size} /dev/urandom >${inFolder('in')}
store_file vmcore.flat <${inFolder('in')} && finish_files && cmp ${inFolder('in')} "$files_dump/vmcore.flat"`,
      );
      expect([size, said]).toEqual([size, '']);
    }
  });

  test('a clock that says the same again overwrites nothing', () => {
    store(whole);
    store(whole);
    expect(list()).toEqual([newest, `${newest}-2`]);
  });

  test('FAT has no colons', () => {
    store(whole, { magic: '4d44', host: 'fe80::1' });
    expect(list()).toEqual(['fe80--1-2026-11-28-12-00-00']);
  });

  test('a file on a FAT ends before 4 GiB, and what is larger is not kept', () => {
    const store4 = (mib: number, magic: string) =>
      store(
        `fat_most=4 files_round=3 files_most=\${files_most:+4}
echo log | store_file dmesg; head -c ${mib * mebibyte} /dev/zero | store_file vmcore.flat && finish_files`,
        { magic },
      );
    expect(store4(4, '4d44')).toBe('');
    const [dump = ''] = list();
    expect(list(dump)).toEqual(['vmcore-dmesg.txt', 'vmcore.flat']);
    expect(statSync(below(dump, 'vmcore.flat')).size).toBe(4 * mebibyte);
    expect(store4(5, '4d44')).toBe(
      '/dev/vdb:/var/crash is on a FAT, which has no file of 4 GiB, and this one is larger',
    );
    expect(list(`${dump}-2`)).toEqual(['vmcore-dmesg.txt']);
    expect(store4(5, 'ef53')).toBe('');
  });

  test('a host name is one part of a path', () => {
    store(whole, { host: '../../etc' });
    expect(list()).toEqual([`..-..-etc-${stamp}`]);
  });
});

describe('a directory that takes no dump', () => {
  test('a link that leads out of the file system', () => {
    mkdirSync(inFolder('elsewhere'));
    symlinkSync(inFolder('elsewhere'), inFolder('root', 'var'));
    expect(store(whole)).toBe(
      '/dev/vdb:/var/crash leads out of its file system by a link; name the directory that it leads to',
    );
    expect(existsSync(inFolder('elsewhere', 'crash', newest))).toBe(false);
  });

  test('a link within the file system is followed', () => {
    mkdirSync(inFolder('root', 'data'));
    symlinkSync('data', inFolder('root', 'var'));
    expect(store(whole)).toBe('');
    expect(existsSync(inFolder('root', 'data', 'crash', newest, 'vmcore.flat'))).toBe(true);
  });

  test('a file stands in its place', () => {
    writeFileSync(inFolder('root', 'var'), '');
    expect(store(whole)).toMatch(/^\/dev\/vdb:\/var\/crash cannot be made: Not a directory$/);
  });

  test('one in which no directory can be made', () => {
    const said = store('', { stamp: 'x/y' });
    expect(said).toBe('/dev/vdb:/var/crash cannot be written: No such file or directory');
  });
});

describe('room', () => {
  test('what does not fit leaves the log, the reason and no cut dump', () => {
    const said = store(
      `echo log | store_file dmesg; head -c ${9 * mebibyte} /dev/zero | tr '\\0' x | store_file vmcore.flat && finish_files`,
      { target_keep_free: '4' },
      10,
    );
    expect(said).toMatch(
      /^\/dev\/vdb:\/var\/crash is full after \d+ bytes, with 4 MiB that stay free$/,
    );
    expect(list(newest)).toEqual(['vmcore-dmesg.txt']);
  });

  test('a dump that just fits is whole', () => {
    const said = store(
      `head -c ${3 * mebibyte} /dev/zero | store_file vmcore.flat && finish_files; echo "$?"`,
      {},
      5,
    );
    expect(said).toBe('0');
    expect(statSync(below(newest, 'vmcore.flat')).size).toBe(3 * mebibyte);
  });

  test('a file system that is full from the start is said before anything is written', () => {
    expect(store(whole, { target_keep_free: '64' }, 40)).toMatch(
      /^\/dev\/vdb:\/var\/crash is full: (39|40) MiB are free, and 64 MiB stay free$/,
    );
    expect(list()).toEqual([]);
  });

  test('collected dumps make room, the oldest first, and others never', () => {
    dump('web1-2026-01-01-00:00:00', 'vmcore.flat');
    for (const day of ['02', '03', '04']) {
      const name = `web1-2026-01-${day}-00:00:00`;
      collected(name);
      writeFileSync(below(name, 'vmcore'), Buffer.alloc(4 * mebibyte, 'x'));
    }
    const said = store(
      `head -c ${6 * mebibyte} /dev/zero | tr '\\0' x | store_file vmcore.flat && finish_files`,
      {},
      16,
    );
    expect(said).toMatch(/^removing \S+\/web1-2026-01-02-00:00:00 to make room$/);
    expect(list()).toEqual([
      'web1-2026-01-01-00:00:00',
      'web1-2026-01-03-00:00:00',
      'web1-2026-01-04-00:00:00',
      newest,
    ]);
  });
});

describe('how many dumps are kept', () => {
  test('collected ones beyond the number go, the oldest first; those of other hosts stay', () => {
    for (const day of ['01', '02', '03']) collected(`web1-2026-01-${day}-00:00:00`);
    collected('web2-2026-01-01-00:00:00');
    collected('web1-backup');
    store(whole, { target_keep: '2' });
    expect(list()).toEqual([
      'web1-2026-01-03-00:00:00',
      newest,
      'web1-backup',
      'web2-2026-01-01-00:00:00',
    ]);
  });

  test('only its own directories count and go, whatever others have made beside them', () => {
    const others = [
      'web1-2026-01-01-00:00:00\nx',
      'web1-2026-01-01-00:00:00 ',
      // Of hosts whose names begin like this one's.
      'web1-2026-01-2026-01-01-00:00:00',
      'web1-2026-2026-01-01-00:00:00',
    ];
    for (const name of others) collected(name);
    mkdirSync(inFolder('root/elsewhere'));
    writeFileSync(inFolder('root/elsewhere/vmcore'), 'not ours');
    writeFileSync(inFolder('root/elsewhere/collected'), '');
    symlinkSync('../../elsewhere', below('web1-2026-01-04-00:00:00'));
    for (const day of ['02', '03']) collected(`web1-2026-01-${day}-00:00:00`);
    expect(store(whole, { target_keep: '1', target_uncollected: 'replace-oldest' })).not.toContain(
      'has',
    );
    expect(list()).toEqual([...others, 'web1-2026-01-04-00:00:00', newest].sort());
    expect(readFileSync(inFolder('root/elsewhere/vmcore'), 'utf8')).toBe('not ours');
  });

  test('dumps that nobody has collected stay, and the target fails with the reason', () => {
    dump('web1-2026-01-01-00:00:00');
    dump('web1-2026-01-02-00:00:00');
    expect(store(whole, { target_keep: '2' })).toBe(
      '/dev/vdb:/var/crash has 2 dumps that nobody has collected, and the profile keeps 2',
    );
    expect(list()).toEqual(['web1-2026-01-01-00:00:00', 'web1-2026-01-02-00:00:00']);
  });

  test('unless the profile says that the oldest is replaced: when the new one is whole, not before', () => {
    const settings = { target_keep: '2', target_uncollected: 'replace-oldest' };
    dump('web1-2026-01-01-00:00:00');
    dump('web1-2026-01-02-00:00:00');
    store('echo log | store_file dmesg', settings);
    expect(list()).toEqual(['web1-2026-01-01-00:00:00', 'web1-2026-01-02-00:00:00', newest]);
    store(whole, settings);
    expect(list()).toEqual(['web1-2026-01-02-00:00:00', newest, `${newest}-2`]);
  });

  test('what failed counts for nothing, and so does a lone log unless logs are what is saved', () => {
    dump('web1-2026-01-01-00:00:00', 'vmcore-incomplete', 'vmcore-dmesg.txt');
    dump('web1-2026-01-02-00:00:00', 'vmcore-dmesg.txt');
    expect(store(whole, { target_keep: '1' })).toBe('');
    expect(store('', { target_keep: '3', target_what: 'dmesg' })).toContain('has 3 dumps');
  });

  test('a lone log, when no target took the dump, is stored beside as many dumps as there may be', () => {
    dump('web1-2026-01-01-00:00:00');
    expect(store('echo log | store_file dmesg', { target_keep: '1', attempt_what: 'dmesg' })).toBe(
      '',
    );
    expect(list(newest)).toEqual(['vmcore-dmesg.txt']);
  });

  test('a dump that failed and is tried in another form begins anew', () => {
    store('echo cut | store_file vmcore.flat; echo whole | store_file vmcore && finish_files');
    expect(list(newest)).toEqual(['vmcore']);
    expect(readFileSync(below(newest, 'vmcore'), 'utf8')).toBe('whole\n');
    expect(readFileSync(inFolder('stored'), 'utf8')).toBe('6\n');
  });
});
