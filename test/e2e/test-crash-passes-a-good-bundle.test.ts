/** The verb that tries a bundle before it ships: a good one passes with all that is tried, and nothing is left of it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { virtioDisk } from '../../pipeline/guest/system-initramfs.ts';
import { crashseal } from '../support/crashseal.ts';
import { bundleWords, tryBundle } from '../support/tried-bundle.ts';
import { withWorkFolder } from '../support/work-folder.ts';
import { readXml } from '../support/xml.ts';

/** The first on a disk as it is, the second as files on a file system that is found by its label. */
const scenario = {
  name: 'test-crash-good',
  kernel: '6.1',
  profile: {
    target: undefined,
    targets: [
      { kind: 'raw', device: 'SERIAL=crashdump', waitSeconds: 2 },
      { kind: 'filesystem', device: 'LABEL=crash', type: 'ext4', directory: '/dumps' },
    ],
    initramfs: { from: 'composed', compression: 'none', drivers: [...virtioDisk, 'ext4'] },
    dump: { level: 31 },
    onCorruption: ['message', 'pvpanic', 'reset'],
  },
} as const;

test('test-crash-passes-a-good-bundle: capture, flips and fall-back', () =>
  withWorkFolder('test-crash-good', async (folder) => {
    const junit = join(folder, 'result.xml');
    const { exitCode, proof, wrong } = await tryBundle(folder, scenario, ['--junit', junit]);
    expect(wrong).toEqual([]);
    expect([exitCode, proof.outcome]).toEqual([0, 'passed']);
    const runs = [...new Set(proof.findings.map(({ run }) => run))];
    expect(runs).toEqual([
      'capture',
      'flip-kernel',
      'flip-initramfs.base',
      'flip-initramfs.overlay',
      'flip-boot_params',
      'flip-elfcorehdr',
      'flip-purgatory-parameters',
      'fall-back-2',
    ]);
    for (const run of ['capture', 'panic-1', 'flip-kernel', 'fall-back-2-1'])
      expect(existsSync(join(proof.logs ?? '', `${run}.log`))).toBe(true);
    const cases = readXml(readFileSync(junit, 'utf8')).elements.filter(
      ({ name }) => name === 'testcase',
    );
    expect(cases).toHaveLength(proof.findings.length);
  }));

test('bad input is told before anything runs', () =>
  withWorkFolder('test-crash-bad', async (folder) => {
    const words = await bundleWords(folder, scenario);
    const told = (more: readonly string[], env = {}) => {
      const ran = crashseal(['test-crash', ...more, ...words], env);
      return [ran.exitCode, ran.stderr];
    };
    expect(told([], { CRASHSEAL_QEMU: 'qemu-system-none' })).toEqual([
      1,
      expect.stringContaining('apt-get install qemu-system-x86'),
    ]);
    expect(told(['--loader', 'nowhere'])).toEqual([1, expect.stringContaining('--loader FILE')]);
    const foreign = join(folder, 'keys');
    crashseal(['keygen', '--out', foreign]);
    const bundle = words.at(-1) ?? '';
    const untrusted = crashseal(['test-crash', '--trust', join(foreign, 'trust.pem'), bundle]);
    expect([untrusted.exitCode, untrusted.stdout]).toEqual([1, '']);
  }));

const guestsOf = (parent: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ')[1] ===
          String(parent)
        );
      } catch {
        return false;
      }
    })
    .map(Number);

test('Ctrl-C leaves neither a guest nor a file', () =>
  withWorkFolder('test-crash-interrupted', async (folder) => {
    const words = await bundleWords(folder, scenario);
    const temp = resolve(folder, 'tmp');
    mkdirSync(temp);
    const tool = spawn(
      process.execPath,
      ['out/crashseal.mjs', 'test-crash', '--quick', '--logs', folder, ...words],
      { env: { ...process.env, TMPDIR: temp }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const ended = new Promise((wait) => tool.once('close', (_, signal) => wait(signal)));
    let over = false;
    void ended.then(() => {
      over = true;
    });
    const started = (): boolean => {
      const logs = readdirSync(folder).find((name) => name.startsWith(`${scenario.name}-`));
      const console = join(folder, logs ?? '', 'capture.log');
      return existsSync(console) && readFileSync(console, 'latin1').includes('Linux version');
    };
    while (!over && !started()) await new Promise((wait) => setTimeout(wait, 100));
    const guests = guestsOf(tool.pid ?? 0);
    expect(guests).not.toEqual([]);
    tool.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
    expect(readdirSync(temp)).toEqual([]);
    for (const guest of guests) expect(existsSync(`/proc/${guest}/exe`)).toBe(false);
  }));
