import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Result } from '../../pipeline/problem/result.ts';
import { type BundleMember, packBundle, unpackBundle } from '../../pipeline/seal/archive.ts';

const bytes = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, index) => (index * 7 + seed) & 0xff);

const members: readonly BundleMember[] = [
  { name: 'seal.bin', bytes: bytes(700, 1) },
  { name: 'seal.p7s', bytes: bytes(512, 2) },
  { name: 'manifest.json', bytes: bytes(3, 3) },
  { name: 'kernel', bytes: bytes(100_000, 4) },
  { name: 'elfcorehdr', bytes: bytes(512, 5) },
  { name: 'boot_params', bytes: bytes(1025, 6) },
];

const kinds = (result: Result<unknown>): readonly string[] =>
  result.ok ? [] : result.problems.map((problem) => problem.kind);

let folder = '';
let archive = new Uint8Array();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashseal-'));
  archive = Uint8Array.from(await packBundle(members));
  writeFileSync(join(folder, 'bundle'), archive);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an archive', () => {
  test('comes back member by member', async () => {
    expect(await unpackBundle(archive)).toEqual({ ok: true, value: members });
  });

  test('has the same bytes every time', async () => {
    expect(Buffer.compare(await packBundle(members), archive)).toBe(0);
  });

  test('has headers of which every byte is known', () => {
    const header = Buffer.alloc(512);
    header.write('seal.bin', 0);
    header.write('000644 \0', 100);
    header.write('000000 \0', 108);
    header.write('000000 \0', 116);
    header.write('00000001274 ', 124);
    header.write('00000000000 ', 136);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    header.write('000000 \0', 329);
    header.write('000000 \0', 337);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')} \0`, 148);
    expect(Buffer.from(archive.subarray(0, 512)).toString('latin1')).toBe(
      header.toString('latin1'),
    );
    expect(archive.length % 512).toBe(0);
    expect(archive.subarray(-1024).every((byte) => byte === 0)).toBe(true);
  });

  test('is listed and unpacked alike by GNU tar', () => {
    const listing = execFileSync('tar', ['--utc', '-tvf', join(folder, 'bundle')], {
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      encoding: 'utf8',
    });
    expect(listing.trim().split('\n')).toEqual(
      members.map(({ name, bytes: { length } }) =>
        expect.stringMatching(
          new RegExp(`^-rw-r--r-- 0/0 +${length} 1970-01-01 00:00 ${name.replace('.', '\\.')}$`),
        ),
      ),
    );
    for (const { name, bytes: expected } of members) {
      const out = execFileSync('tar', ['-xOf', join(folder, 'bundle'), name]);
      expect(Buffer.compare(out, expected)).toBe(0);
    }
  });
});

describe('an archive is refused', () => {
  test('for every cut', async () => {
    for (let size = 0; size < archive.length; size += size < 4096 ? 1 : 509)
      expect((await unpackBundle(archive.slice(0, size))).ok, `cut at ${size}`).toBe(false);
  });

  test('for every changed header and padding byte', async () => {
    for (let at = 0; at < 512; at++) {
      const changed = Uint8Array.from(archive);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await unpackBundle(changed)).ok, `byte ${at}`).toBe(false);
    }
    const padding = Uint8Array.from(archive);
    padding[512 + 700] = 1;
    expect(kinds(await unpackBundle(padding))).toEqual(['archive-not-canonical']);
  });

  test.each<[string, (whole: Uint8Array) => Uint8Array, string]>([
    ['for a second archive after it', (a) => Buffer.concat([a, a]), 'archive-member-order'],
    ['for a byte after it', (a) => Buffer.concat([a, Buffer.from([0])]), 'archive-damaged'],
    ['for a block after it', (a) => Buffer.concat([a, Buffer.alloc(512)]), 'archive-not-canonical'],
    ['without its end', (a) => a.slice(0, -1024), 'archive-not-canonical'],
    [
      'for one zero block between members',
      (a) => Buffer.concat([a.slice(0, 1536), Buffer.alloc(512), a.slice(1536)]),
      'archive-not-canonical',
    ],
    ['that is empty', () => new Uint8Array(), 'archive-without-seal'],
    ['that begins with another member', (a) => a.slice(1536), 'archive-without-seal'],
  ])('%s', async (_, change, kind) => {
    expect(kinds(await unpackBundle(change(archive)))).toEqual([kind]);
  });

  test('with a foreign member, a link, or pax headers', async () => {
    const make = (...args: string[]): Uint8Array =>
      Uint8Array.from(execFileSync('tar', ['-C', folder, '-cf', '-', ...args]));
    writeFileSync(join(folder, 'seal.bin'), bytes(700, 1));
    writeFileSync(join(folder, 'stranger'), '');
    execFileSync('ln', ['-sf', 'stranger', join(folder, 'kernel')]);
    expect(kinds(await unpackBundle(make('seal.bin', 'stranger')))).toEqual([
      'archive-unknown-member',
    ]);
    expect(kinds(await unpackBundle(make('seal.bin', 'kernel')))).toEqual([
      'archive-unknown-member',
    ]);
    expect(kinds(await unpackBundle(make('--format=pax', 'seal.bin')))).toEqual([
      'archive-not-canonical',
    ]);
    expect(kinds(await unpackBundle(make('--format=gnu', 'seal.bin')))).toEqual([
      'archive-not-canonical',
    ]);
  });

  test('with an empty member', async () => {
    const empty = await packBundle([
      { name: 'seal.bin', bytes: bytes(1, 1) },
      { name: 'kernel', bytes: new Uint8Array() },
    ]);
    expect(kinds(await unpackBundle(empty))).toEqual(['archive-empty-member']);
  });

  test('when it is made with members out of order', async () => {
    await expect(packBundle([...members].reverse())).rejects.toThrow('cannot stand after');
  });
});
