/**
 * For each way in which a bundle can be broken that its digests do not show: it is sealed, signed and verified, and
 * `crashseal test-crash` says that it fails. `make test-matrix TESTS=test/matrix/test-crash-fails.test.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readForeignCpio, writeCpio } from '../../pipeline/format/cpio.ts';
import { readTar } from '../../pipeline/format/tar.ts';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { bootedWith, bundleWords, tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const quick = ['--quick'];
const composed = { from: 'composed', compression: 'none', drivers: virtioDisk };

test('test-crash-fails-where-the-target-is-too-small', () =>
  withWorkFolder('test-crash-small', async (folder) => {
    const tried = await tryBundle(
      folder,
      { name: 'test-crash-small', kernel: '6.1', profile: { dump: { level: 0 } } },
      [...quick, '--disk', '16'],
    );
    expect([tried.exitCode, tried.proof.outcome]).toEqual([1, 'failed']);
    expect(tried.wrong.join('\n')).toMatch(/crashdump/);
  }));

test('test-crash-fails-with-a-wrong-command-line', () =>
  withWorkFolder('test-crash-words', async (folder) => {
    const tried = await tryBundle(
      folder,
      {
        name: 'test-crash-words',
        kernel: '6.1',
        // Its disk is on PCI.
        profile: { commandLine: { append: ['pci=off'] } },
      },
      quick,
    );
    expect([tried.exitCode, tried.proof.outcome]).toEqual([1, 'failed']);
    expect(tried.wrong.join('\n')).toMatch(/machine ends as the profile says: failed.*no device/);
  }));

test('test-crash-fails-where-the-reservation-is-too-small', () =>
  withWorkFolder('test-crash-region', async (folder) => {
    const tried = await tryBundle(
      folder,
      { name: 'test-crash-region', kernel: '6.1' },
      // What is loaded fits in; unpacking it takes more. In 80M it is luck: one of two dumps was saved.
      [...quick, ...(await bootedWith(folder, 'crashkernel=72M'))],
    );
    expect([tried.exitCode, tried.proof.outcome]).toEqual([1, 'failed']);
  }));

test('test-crash-fails-without-a-library-of-makedumpfile', () =>
  withWorkFolder('test-crash-library', async (folder) => {
    const scenario = {
      name: 'test-crash-library',
      kernel: '6.1',
      profile: { initramfs: composed, dump: { level: 31 } },
    } as const;
    const good = (await bundleWords(folder, scenario)).at(-1) ?? '';
    const parts = new Map<string, Uint8Array>();
    await readTar(readFileSync(good), ({ name, bytes }) => {
      parts.set(name, bytes);
      return undefined;
    });
    const read = ['initramfs.base', 'initramfs.overlay'].flatMap((name) => {
      const archive = readForeignCpio(parts.get(name) ?? new Uint8Array(), 0);
      return archive.ok ? archive.entries.map(({ entry }) => entry) : [];
    });
    // Folders stand in both.
    const entries = [...new Map(read.map((entry) => [entry.path, entry])).values()];
    const without = entries.filter(({ path }) => !/libdw\.so/.test(path));
    expect(without.length).toBe(entries.length - 1);
    writeFileSync(join(folder, 'own.cpio'), writeCpio(without));
    const tried = await tryBundle(
      folder,
      { name: 'test-crash-without-library', kernel: '6.1', ownInitramfs: 'own.cpio' },
      [...quick, '--busybox', '/bin/busybox'],
    );
    expect([tried.exitCode, tried.proof.outcome]).toEqual([1, 'failed']);
    expect(tried.wrong.join('\n')).toMatch(/libdw/);
  }));

test('test-crash-fails-with-a-wrong-console: the policy runs in silence', () =>
  withWorkFolder('test-crash-console', async (folder) => {
    const tried = await tryBundle(
      folder,
      {
        name: 'test-crash-console',
        kernel: '6.1',
        profile: { console: { device: 'ttyS1' }, dump: { level: 31 } },
      },
      await bootedWith(folder, 'console=ttyS0,115200 crashkernel=256M'),
    );
    expect([tried.exitCode, tried.proof.outcome]).toEqual([1, 'failed']);
    expect(tried.wrong.join('\n')).toMatch(
      /nothing on the console ttyS0; the bundle writes to ttyS1/,
    );
  }));
