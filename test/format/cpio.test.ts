import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CpioEntry, readCpio, writeCpio } from '../../pipeline/format/cpio.ts';
import { text } from '../fixtures/bytes.ts';

const sample: readonly CpioEntry[] = [
  { kind: 'file', path: 'init', mode: 0o755, bytes: text('#!/bin/busybox sh\n') },
  { kind: 'file', path: 'usr/lib/empty', mode: 0o644, bytes: new Uint8Array() },
  { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
  { kind: 'directory', path: 'tmp', mode: 0o1777 },
];

const name = fc.stringMatching(/^[a-zA-Z0-9_.+-]{1,12}$/).filter((part) => !/^\.+$/.test(part));
const entries = fc
  .uniqueArray(
    fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      mode: fc.constantFrom(0o644, 0o755, 0o4711),
      bytes: fc.uint8Array({ maxLength: 40 }),
    }),
    { selector: ({ path }) => path },
  )
  .map((files) =>
    files.filter(({ path }) => !files.some((other) => other.path.startsWith(`${path}/`))),
  )
  .map((files) => files.map((file): CpioEntry => ({ kind: 'file', ...file })));

describe('writer', () => {
  test('adds the folders that lead to an entry and sorts by path', () => {
    const read = readCpio(writeCpio(sample));
    expect(read.ok && read.entries.map((entry) => `${entry.kind} ${entry.path}`)).toEqual([
      'directory bin',
      'symlink bin/sh',
      'file init',
      'directory tmp',
      'directory usr',
      'directory usr/lib',
      'file usr/lib/empty',
    ]);
  });

  test('gives the same bytes for any order of entries', () => {
    fc.assert(
      fc.property(
        entries.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          expect(Buffer.from(writeCpio(shuffled)).equals(writeCpio(all))).toBe(true);
        },
      ),
    );
  });

  test('writes what the reader reads back', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const read = readCpio(writeCpio(all));
        if (!read.ok) throw new Error(read.why.fault);
        const files = read.entries.filter((entry) => entry.kind === 'file');
        const sorted = all.toSorted((a, b) => (a.path < b.path ? -1 : 1));
        expect(files.map((file) => ({ ...file, bytes: [...file.bytes] }))).toEqual(
          sorted.map((file) => ({ ...file, bytes: file.kind === 'file' ? [...file.bytes] : [] })),
        );
      }),
    );
  });

  test.each(['/etc', 'a//b', '../a', 'a/./b', '', 'a/', 'TRAILER!!!'])(
    'refuses path %j',
    (path) => {
      expect(() => writeCpio([{ kind: 'directory', path, mode: 0o755 }])).toThrow('plain path');
    },
  );

  test('refuses a file that is used as a folder', () => {
    expect(() =>
      writeCpio([
        { kind: 'file', path: 'a', mode: 0o644, bytes: new Uint8Array() },
        { kind: 'file', path: 'a/b', mode: 0o644, bytes: new Uint8Array() },
      ]),
    ).toThrow('no folder');
  });
});

describe('against GNU cpio', () => {
  test('it lists and unpacks what we write', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cpio-'));
    try {
      const archive = writeCpio(sample);
      const listed = execFileSync('cpio', ['-t', '--quiet'], { input: archive }).toString();
      expect(listed.trim().split('\n')).toEqual([
        'bin',
        'bin/sh',
        'init',
        'tmp',
        'usr',
        'usr/lib',
        'usr/lib/empty',
      ]);
      execFileSync('cpio', ['-id', '--quiet'], { input: archive, cwd: folder });
      expect(readFileSync(join(folder, 'init'), 'utf8')).toBe('#!/bin/busybox sh\n');
      expect(lstatSync(join(folder, 'init')).mode & 0o7777).toBe(0o755);
      expect(readlinkSync(join(folder, 'bin/sh'))).toBe('busybox');
      expect(lstatSync(join(folder, 'usr/lib/empty')).size).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('we write its bytes, given its inode numbers and times are ours', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cpio-'));
    try {
      execFileSync('cpio', ['-id', '--quiet'], { input: writeCpio(sample), cwd: folder });
      mkdirSync(join(folder, 'tmp'), { recursive: true });
      execFileSync('find', ['.', '-exec', 'touch', '-hd', '@0', '{}', '+'], { cwd: folder });
      const read = readCpio(writeCpio(sample));
      if (!read.ok) throw new Error(read.why.fault);
      const theirs = execFileSync(
        'cpio',
        ['-o', '-H', 'newc', '--quiet', '-R', '0:0', '--reproducible'],
        { input: read.entries.map(({ path }) => path).join('\n'), cwd: folder },
      );
      const ours = writeCpio(sample);
      expect(theirs.length).toBe(ours.length);
      // All but inode numbers, link counts of folders (file systems differ) and the device numbers.
      expect(masked(theirs)).toEqual(masked(ours));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('we read what it writes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cpio-'));
    try {
      execFileSync('cpio', ['-id', '--quiet'], { input: writeCpio(sample), cwd: folder });
      const theirs = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], {
        input: 'init\nbin\nbin/sh\n',
        cwd: folder,
      });
      const read = readCpio(theirs);
      expect(read.ok && read.entries.map((entry) => entry.kind)).toEqual([
        'file',
        'directory',
        'symlink',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Header by header, without the fields that a file system decides. */
function masked(archive: Uint8Array): readonly string[] {
  const all = Buffer.from(archive).toString('latin1');
  return all.split('070701').map((record) => {
    const fields = record.slice(0, 104);
    return `${fields.slice(8, 32)}${fields.slice(40, 56)}${fields.slice(72)}${record.slice(104)}`;
  });
}

describe('reader', () => {
  const archive = writeCpio(sample);
  const changed = (at: number, value: number): Uint8Array => {
    const copy = Uint8Array.from(archive);
    copy[at] = value;
    return copy;
  };
  const fault = (bytes: Uint8Array): string => {
    const read = readCpio(bytes);
    return read.ok ? 'none' : read.why.fault;
  };

  test.each([
    ['nothing', new Uint8Array(), 'short'],
    ['no end mark', archive.subarray(0, 110), 'short'],
    ['another magic', changed(5, 0x32), 'magic'],
    ['a digit that is none', changed(6, 0x67), 'number'],
    ['a name without its NUL', changed(110 + 3, 0x41), 'name'],
    ['padding that is set', changed(110 + 4 + 1, 1), 'padding'],
    ['a kind that we never write', changed(6 + 8 + 4, 0x31), 'kind'],
    ['bytes after the end', changed(archive.length - 1, 1), 'after-end'],
  ])('refuses %s', (_what, bytes, expected) => {
    expect(fault(bytes)).toBe(expected);
  });

  test('refuses a path that stands twice', () => {
    const one = writeCpio([{ kind: 'directory', path: 'a', mode: 0o755 }]).subarray(0, 112);
    expect(fault(Buffer.concat([one, archive.subarray(0, 0), one]))).toBe('name-twice');
  });

  test('refuses a file that is used as a folder, in either order', () => {
    const file = (path: string) =>
      writeCpio([{ kind: 'file', path, mode: 0o644, bytes: new Uint8Array() }]);
    const inside = file('a/b').subarray(112);
    const entries = [file('a').subarray(0, 112), inside.subarray(0, 116)];
    expect(fault(Buffer.concat([...entries, inside.subarray(116)]))).toBe('name');
    expect(fault(Buffer.concat([...entries.toReversed(), inside.subarray(116)]))).toBe('name');
  });

  test('gives a value or a fault for any bytes', () => {
    fc.assert(
      fc.property(fc.nat(archive.length - 1), fc.nat(255), (at, value) => {
        expect(typeof readCpio(changed(at, value)).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});
