import { execFileSync } from 'node:child_process';
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InitramfsFiles, readInitramfs } from '../../pipeline/components/initramfs-files.ts';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { text } from '../fixtures/bytes.ts';
import { cpioFile } from '../fixtures/small-initramfs.ts';

const read = (...parts: readonly Uint8Array[]): Promise<InitramfsFiles> =>
  readInitramfs(realHost(), parts);

const paths = (found: InitramfsFiles): readonly string[] =>
  found.ok ? [...found.files.values()].map(({ path, size }) => `${path} ${size}`) : [found.why];

const archive = writeCpio([cpioFile('init', 'one'), cpioFile('etc/a', 'x')]);

describe('the files of an initramfs', () => {
  test('come from every part, and the last of a path counts', async () => {
    const found = await read(archive, writeCpio([cpioFile('init', 'longer')]));
    expect(paths(found)).toEqual(['etc 0', 'etc/a 1', 'init 6']);
  });

  test('are found after an archive that is not compressed, as with early microcode', async () => {
    const early = writeCpio([cpioFile('kernel/x86/microcode/GenuineIntel.bin', 'm')]);
    const found = await read(Buffer.concat([early, gzipSync(archive)]));
    expect(paths(found)).toContain('kernel/x86/microcode/GenuineIntel.bin 1');
    expect(paths(found)).toContain('init 3');
  });

  test.each([
    ['gzip', ['-c']],
    ['xz', ['--check=crc32', '-c']],
    ['zstd', ['-q', '-c']],
  ])('are found in %s', async (command, args) => {
    const packed = execFileSync(command, args, { input: archive });
    expect(paths(await read(packed))).toEqual(paths(await read(archive)));
  });

  test('are those of GNU cpio: with the folder itself, links and hard links', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'initramfs-'));
    try {
      writeFileSync(join(folder, 'busybox'), 'program');
      linkSync(join(folder, 'busybox'), join(folder, 'sh'));
      symlinkSync('busybox', join(folder, 'ls'));
      const theirs = execFileSync('cpio', ['-o', '-H', 'crc', '--quiet', '-R', '7:8'], {
        input: '.\nbusybox\n./sh\nls\n',
        cwd: folder,
      });
      const found = await read(theirs);
      if (!found.ok) throw new Error(found.why);
      expect(found.files.get('.')).toMatchObject({ kind: 'directory', owner: '7:8' });
      expect(found.files.get('ls')).toMatchObject({ kind: 'symlink', target: 'busybox' });
      const [one, other] = [found.files.get('busybox'), found.files.get('sh')];
      expect(one?.size).toBe(7);
      expect(one?.digest).toBe(other?.digest);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['what is no archive', text('hello'), 'no known archive'],
    ['a compression without a program', Uint8Array.of(0x02, 0x21, 0x4c, 0x18, 0, 0), 'LZ4'],
    ['a cut archive', archive.subarray(0, 200), 'damaged'],
    ['a cut gzip file', gzipSync(archive).subarray(0, 30), 'gzip'],
    [
      'a path out of it',
      Buffer.from(Buffer.from(archive).toString('latin1').replace('etc/a\0', '../aa\0'), 'latin1'),
      'name',
    ],
    ['an archive in an archive', gzipSync(gzipSync(archive)), 'no archive'],
  ])('%s is named, not guessed', async (_what, bytes, why) => {
    const found = await read(bytes);
    expect(found.ok ? '' : found.why).toContain(why);
  });

  test('what unpacks to more than a capture machine could hold is stopped', async () => {
    const asked: (number | undefined)[] = [];
    const host = memoryHost(
      {},
      {
        commands: {
          xz: (_args, { outputMax }) => {
            asked.push(outputMax);
            return { exitCode: 1, stderr: 'xz: no\n' };
          },
        },
      },
    );
    const found = await readInitramfs(host, [Buffer.from('fd377a585a0000', 'hex')]);
    expect(found.ok ? '' : found.why).toBe('xz: xz: no');
    expect(asked).toEqual([1 << 30]);
  });

  test('any bytes give files or a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), fc.nat(255), async (at, value) => {
        const copy = Uint8Array.from(archive);
        copy[at] = value;
        expect(typeof (await readInitramfs(memoryHost({}), [copy])).ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });

  test('each has the digest of its bytes', async () => {
    const found = await read(archive);
    const digest = digestOf(
      Buffer.from(execFileSync('sha256sum', { input: 'one' }).toString().slice(0, 64), 'hex'),
    );
    expect(found.ok && found.files.get('init')?.digest).toBe(digest);
  });
});
