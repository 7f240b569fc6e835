/** `make install`: a tree that works wherever it is put. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { architectureOf, archNames } from '../../pipeline/arch/arch.ts';
import { encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { packSealed } from '../fixtures/pack-sealed.ts';
import { memberBytes, sampleSeal } from '../fixtures/x86-64-bundle.ts';
import { described } from './packages.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const folder = mkdtempSync(join(tmpdir(), 'crashseal-install-'));
afterAll(() => rmSync(folder, { recursive: true }));

const prefix = '/opt/crashseal';
type Settings = { readonly umask?: string; readonly targets?: readonly string[] };

function install(name: string, { umask = '022', targets = ['install'] }: Settings = {}): string {
  const destination = join(folder, name);
  execFileSync(
    'bash',
    [
      '-c',
      `umask ${umask}; exec make -s "$@"`,
      'make',
      ...targets,
      `DESTDIR=${destination}`,
      `PREFIX=${prefix}`,
      'ARCH=x86_64',
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  return destination;
}

let root: string;
let tool: string;
beforeAll(() => {
  // Where it was made it is not any more: nothing may remember.
  root = join(folder, 'elsewhere');
  renameSync(install('made'), root);
  tool = join(root, prefix, 'bin/crashseal');
});

const run = (...words: readonly string[]): string =>
  execFileSync(tool, words, { encoding: 'utf8', cwd: '/', env: { PATH: process.env.PATH } });

test('the tool runs by its name in bin, and says its version', () => {
  expect(run('--version')).toBe(`${version}\n`);
});

test('it reads a bundle', async () => {
  const bundle = join(folder, 'web.crashseal');
  writeFileSync(bundle, await packSealed(encodeSeal(sampleSeal), [], memberBytes));
  const { seal } = JSON.parse(run('inspect', '--json', bundle)) as { seal: { profile: string } };
  expect(seal.profile).toBe(sampleSeal.profile);
});

const installable = archNames.filter((name) => architectureOf(name).shownOnly === undefined);
test.each(installable)('it finds the loader for %s in its own folder', (arch) => {
  const own = join(root, prefix, 'lib/crashseal/native', arch, 'crashseal-load');
  let said: string;
  try {
    said = run('doctor', '--for', 'test-crash', '--arch', arch, '--json');
  } catch (error) {
    // Something else may be missing on this machine, such as QEMU.
    said = (error as { stdout: string }).stdout;
  }
  const { checks } = JSON.parse(said) as {
    checks: readonly { what: string; mark: string; found: string }[];
  };
  expect(checks.find(({ what }) => what === `loader for ${arch}`)).toMatchObject({
    mark: 'there',
    found: own,
  });
  expect(readFileSync(own).equals(readFileSync(`out/native/${arch}/crashseal-load`))).toBe(true);
});

test('completions for shells are where they look, and what the tool prints', () => {
  for (const [shell, path] of Object.entries({
    bash: 'share/bash-completion/completions/crashseal',
    zsh: 'share/zsh/site-functions/_crashseal',
    fish: 'share/fish/vendor_completions.d/crashseal.fish',
  }))
    expect(readFileSync(join(root, prefix, path), 'utf8')).toBe(run('completion', shell));
});

test('manual pages, schema and examples are where systems look for them', () => {
  for (const path of [
    'share/man/man1/crashseal.1',
    'share/man/man5/crashseal-bundle.5',
    'share/man/man5/crashseal-profile.5',
    'share/man/man8/crashseal-pull.8',
    'share/crashseal/profile.schema.json',
    'share/doc/crashseal/examples/profiles/cloud-guest.yaml',
    'share/doc/crashseal/examples/profiles/shared/common.yaml',
    'share/doc/crashseal/examples/deploy/slurm/prove.sbatch',
    'share/doc/crashseal/examples/deploy/ansible/roles/crashseal/tasks/main.yml',
  ])
    expect([path, existsSync(join(root, prefix, path))]).toEqual([path, true]);
});

test('what runs programs by path names those of its prefix', () => {
  const machine = install('machine', { targets: ['install-load', 'install-pull'] });
  const load = join(prefix, 'sbin/crashseal-load');
  const unit = (name: string) =>
    readFileSync(join(machine, prefix, 'lib/systemd/system', name), 'utf8');
  expect(unit('crashseal.service')).toContain(`ExecStart=${load} `);
  expect(unit('crashseal-pull.service')).toContain(
    `ExecStart=${join(prefix, 'sbin/crashseal-pull')}\n`,
  );
  const pull = join(machine, prefix, 'sbin/crashseal-pull');
  expect(readFileSync(pull, 'utf8')).toContain(`\nloader=$root${load}\n`);
  expect(execFileSync(pull, ['--version'], { encoding: 'utf8' })).toBe(
    `crashseal-pull ${version}\n`,
  );
  const named = spawnSync(
    'grep',
    ['-rE', '@VERSION@|/usr/s?bin/crashseal|/usr/lib/crashseal', 'sbin', 'lib/systemd'],
    { cwd: join(machine, prefix), encoding: 'utf8' },
  );
  // 1: nothing is found.
  expect([named.status, named.stdout]).toEqual([1, '']);
});

test('another umask gives the same files with the same modes', () => {
  const again = described(install('again', { umask: '077' }));
  expect(again).toBe(described(root));
  const modes = again.match(/^[d-][rwx-]{9} /gm) ?? [];
  expect(modes.length).toBeGreaterThan(100);
  expect(modes.filter((mode) => !/^[d-]rw.r-.r-. $/.test(mode))).toEqual([]);
});
