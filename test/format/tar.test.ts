import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { packTar, readTar, type TarEntry } from '../../pipeline/format/tar.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';

const text = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words));
const files = [
  { name: 'one', bytes: text('first') },
  { name: 'folder/two', bytes: new Uint8Array(1000).fill(7) },
  { name: 'empty', bytes: new Uint8Array() },
];

async function entriesOf(archive: Uint8Array) {
  const entries: TarEntry[] = [];
  const end = await readTar(archive, (entry) => void entries.push(entry));
  return { end, entries };
}

test('what was packed is read again, as views of the archive', async () => {
  const archive = joinBytes(await packTar(files));
  const { end, entries } = await entriesOf(archive);
  expect(end).toEqual({ end: 'read' });
  expect(entries).toEqual(
    files.map((file) => ({ ...file, kind: 'file', size: file.bytes.length })),
  );
  expect(entries[0]?.bytes.buffer).toBe(archive.buffer);
});

test('the same files give the same bytes at any time', async () => {
  const archive = joinBytes(await packTar(files));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(joinBytes(await packTar(files))).toEqual(archive);
});

test('GNU tar lists and extracts what was packed', async () => {
  const archive = joinBytes(await packTar(files));
  const listed = execFileSync(
    'tar',
    ['--list', '--verbose', '--utc', '--full-time', '--file', '-'],
    {
      input: archive,
      encoding: 'utf8',
    },
  );
  expect(listed.split('\n').map((line) => line.replace(/\s+/g, ' '))).toEqual([
    '-rw-r--r-- 0/0 5 1970-01-01 00:00:00 one',
    '-rw-r--r-- 0/0 1000 1970-01-01 00:00:00 folder/two',
    '-rw-r--r-- 0/0 0 1970-01-01 00:00:00 empty',
    '',
  ]);
  const args = ['--extract', '--to-stdout', '--file', '-', 'one'];
  expect(execFileSync('tar', args, { input: archive, encoding: 'utf8' })).toBe('first');
});

test('a link and a folder are told from files', async () => {
  const make = 'cd "$(mktemp -d)" && mkdir d && ln -s d l && tar -c d l';
  const { entries } = await entriesOf(execFileSync('bash', ['-c', make]));
  expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
    ['d/', 'directory'],
    ['l', 'other'],
  ]);
});

test('a long name, which takes headers of its own, leaves the bytes where they are', async () => {
  const name = `${'folder/'.repeat(40)}file`;
  const { entries } = await entriesOf(joinBytes(await packTar([{ name, bytes: text('deep') }])));
  expect(entries).toEqual([{ name, kind: 'file', size: 4, bytes: text('deep') }]);
});

test('nothing is read after the entry that was refused', async () => {
  const seen: string[] = [];
  const end = await readTar(joinBytes(await packTar(files)), ({ name }) => {
    seen.push(name);
    return name === 'folder/two' ? 'no' : undefined;
  });
  expect(end).toEqual({ end: 'stopped', by: 'no' });
  expect(seen).toEqual(['one', 'folder/two']);
});

test.each([
  ['cut in a header', (bytes: Uint8Array) => bytes.slice(0, 300)],
  ['cut in a file', (bytes: Uint8Array) => bytes.slice(0, 1024 + 512 + 100)],
  ['with a wrong checksum', (bytes: Uint8Array) => bytes.with(0, 0x58)],
])('an archive %s is damaged', async (_, change) => {
  const archive = change(joinBytes(await packTar(files)));
  expect((await entriesOf(archive)).end.end).toBe('damaged');
});
