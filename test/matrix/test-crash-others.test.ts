/**
 * What a machine that is tried may be, and what may become of it. `make test-matrix TESTS=test/matrix/test-crash-others.test.ts`
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeCpio } from '../../pipeline/format/cpio.ts';
import { packTar } from '../../pipeline/format/tar.ts';
import type { Proof } from '../../pipeline/prove/proof.ts';
import { crashseal } from '../support/crashseal.ts';
import { busyboxOf } from '../support/packages.ts';
import { bundleWords, tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const quick = ['--quick'];
const scenario = (name: string, profile = {}) =>
  ({
    name: `test-crash-${name}`,
    kernel: '6.1',
    profile: { dump: { level: 31 }, ...profile },
  }) as const;

/** With an initramfs that does nothing but this. */
async function tryOwnInit(
  folder: string,
  name: string,
  command: string,
  words: readonly string[] = [],
) {
  const init = `#!/bin/busybox sh\n${command}\n`;
  writeFileSync(
    join(folder, 'own.cpio'),
    writeCpio([
      { kind: 'file', path: 'init', mode: 0o755, bytes: Buffer.from(init) },
      { kind: 'file', path: 'bin/busybox', mode: 0o755, bytes: readFileSync('/bin/busybox') },
    ]),
  );
  const own = { name: `test-crash-${name}`, kernel: '6.1', ownInitramfs: 'own.cpio' } as const;
  return tryBundle(folder, own, [...quick, ...words, '--busybox', await busyboxOf('x86_64')]);
}

test('an encrypted dump is opened with its key, and not proven without', () =>
  withWorkFolder('test-crash-encrypted', async (folder) => {
    const key = join(folder, 'key.txt');
    const said = execFileSync('age-keygen', ['-o', key], { stdio: ['ignore', 'pipe', 'pipe'] });
    const shown = execFileSync('age-keygen', ['-y', key], { encoding: 'utf8' }).trim();
    expect(said.length).toBe(0);
    const encrypted = scenario('encrypted', { recipient: shown });
    const opened = await tryBundle(folder, encrypted, [...quick, '--identity', key]);
    expect([opened.exitCode, opened.wrong]).toEqual([0, []]);
    const closed = await tryBundle(folder, encrypted, quick);
    expect([closed.exitCode, closed.proof.outcome]).toEqual([4, 'not proven']);
    expect(closed.wrong).toEqual([expect.stringMatching(/--identity/)]);
  }));

test('an NMI from outside makes it panic', () =>
  withWorkFolder('test-crash-nmi', async (folder) => {
    const { exitCode, wrong } = await tryBundle(folder, scenario('nmi'), [
      ...quick,
      '--panic',
      'nmi',
    ]);
    expect([exitCode, wrong]).toEqual([0, []]);
  }));

test('the kernel in its compressed form', () =>
  withWorkFolder('test-crash-form', async (folder) => {
    const { exitCode, wrong } = await tryBundle(
      folder,
      scenario('form', { kernelForm: 'compressed' }),
      quick,
    );
    expect([exitCode, wrong]).toEqual([0, []]);
  }));

test('the machine is as the facts say, and what it lacks is not proven', () =>
  withWorkFolder('test-crash-facts', async (folder) => {
    const facts = join(folder, 'facts.tar');
    const file = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text) });
    writeFileSync(
      facts,
      Buffer.concat(
        await packTar([
          file('proc/cmdline', 'root=/dev/vda1 console=ttyS0,115200 crashkernel=200M quiet\n'),
          file('proc/iomem', '00001000-0009ffff : System RAM\n00100000-3fffffff : System RAM\n'),
          file('sys/devices/system/cpu/possible', '0-3\n'),
          file('sys/firmware/efi/systab', 'ACPI20=0x1000\n'),
        ]),
      ),
    );
    const { exitCode, proof, wrong } = await tryBundle(folder, scenario('facts'), [
      ...quick,
      '--facts',
      facts,
    ]);
    expect(proof.machine).toMatchObject({ cpus: 4, memoryMiB: 1023 });
    expect(proof.machine.words).toBe('console=ttyS0 crashkernel=200M');
    expect(wrong).toEqual([expect.stringMatching(/EFI firmware, this one has none/)]);
    expect(exitCode).toBe(4);
  }));

test('what never ends fails when the time is over', () =>
  withWorkFolder('test-crash-hangs', async (folder) => {
    const { exitCode, proof, wrong } = await tryOwnInit(
      folder,
      'hangs',
      'while :; do /bin/busybox sleep 1000; done',
      ['--timeout', '60'],
    );
    expect([exitCode, proof.outcome]).toEqual([1, 'failed']);
    expect(wrong.join('\n')).toMatch(/panicked machine goes on: failed: the time was over/);
    expect(proof.seconds).toBeLessThan(120);
  }));

test('a capture kernel that resets the machine instead of saving fails', () =>
  withWorkFolder('test-crash-resets', async (folder) => {
    const { exitCode, proof, wrong } = await tryOwnInit(folder, 'resets', '/bin/busybox reboot -f');
    expect([exitCode, proof.outcome]).toEqual([1, 'failed']);
    expect(wrong.join('\n')).toMatch(
      /the dump is in its target: failed: .* holds no dump: it is blank/,
    );
  }));

test('two bundles of one profile are tried side by side, each with consoles of its own', () =>
  withWorkFolder('test-crash-jobs', async (folder) => {
    const first = join(folder, 'first.crashseal');
    copyFileSync((await bundleWords(folder, scenario('jobs'))).at(-1) ?? '', first);
    const words = await bundleWords(folder, scenario('jobs', { dump: { level: 0 } }));
    const logs = ['--logs', join(folder, 'logs')];
    const ran = crashseal([
      'test-crash',
      '--json',
      '--jobs',
      '2',
      ...quick,
      ...logs,
      first,
      ...words,
    ]);
    const { bundles } = JSON.parse(ran.stdout) as { readonly bundles: readonly Proof[] };
    expect(bundles.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    expect(new Set(bundles.map((one) => one.logs)).size).toBe(2);
    for (const one of bundles) expect(existsSync(join(one.logs ?? '', 'capture.log'))).toBe(true);
  }));

test('a machine that is too large for this one does not start, which says nothing of the bundle', () =>
  withWorkFolder('test-crash-start', async (folder) => {
    const { exitCode, wrong } = await tryBundle(folder, scenario('start'), [
      ...quick,
      '--memory',
      '1048576',
    ]);
    expect(exitCode).toBe(4);
    expect(wrong).toEqual([
      expect.stringMatching(/the system starts: not proven: QEMU did not start/),
    ]);
  }));
