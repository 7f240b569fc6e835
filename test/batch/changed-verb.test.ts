/** `crashseal build --changed` as a user runs it: it writes nothing, and needs no key. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleTool } from '../support/bundled-tool.ts';
import { type Fleet, makeFleet } from './fleet.ts';

let fleet: Fleet;
let program = '';
const at = (...path: readonly string[]): string => join(fleet.folder, ...path);

function crashseal(...words: readonly string[]) {
  const ran = spawnSync(process.execPath, [program, ...words], {
    encoding: 'utf8',
    cwd: at('work'),
    // A folder of ours for whatever it may want to write.
    env: { ...process.env, HOME: at('home'), TMPDIR: at('tmp') },
  });
  return { status: ran.status, said: ran.stdout, talk: ran.stderr };
}
const build = (...words: readonly string[]) =>
  crashseal('build', '--out', at('out'), '--lock', at('lock'), ...words, fleet.folder);
const signed = ['--key', 'keys/signer.key', '--cert', 'keys/signer.pem'] as const;

/** Everything below the folder, with the times of its last change. */
const tree = (): readonly unknown[] =>
  readdirSync(fleet.folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const { ctimeNs, mtimeNs, size } = statSync(at(path), { bigint: true });
      return [path, size, mtimeNs, ctimeNs];
    });

function changed(...words: readonly string[]) {
  const before = tree();
  const ran = build('--changed', ...words);
  expect(tree()).toEqual(before);
  return ran;
}

beforeAll(async () => {
  fleet = await makeFleet(3);
  for (const name of ['home', 'tmp', 'tool', 'work']) mkdirSync(at(name));
  program = bundleTool(at('tool'));
  expect(crashseal('keygen', '--dev', '--out', 'keys').status).toBe(0);
  expect(crashseal('keygen', '--dev', '--out', 'other').status).toBe(0);
  const built = build(...signed);
  expect(built.status, built.talk).toBe(0);
  // From here on nobody has it.
  rmSync(at('work/keys/signer.key'));
}, 120_000);
afterAll(() => fleet.remove());

test('nothing would change after a build, as the certificates tell without the key', () => {
  const { status, said, talk } = changed(...signed);
  expect([status, said, talk]).toEqual([0, '3 profiles: a build would make no bundle\n', '']);
});

test('a profile that changed is told, with exit status 3', () => {
  const text = fleet.profileText('web-1', 'crashkernel: 384M');
  fleet.write('web-1', text);
  const { status, said } = changed(...signed);
  expect(status).toBe(3);
  expect(said).toContain('web-1.crashseal  the profile says something else\n');
  expect(said).toContain('a build would make 1 bundle\n');
  const told = JSON.parse(changed(...signed, '--json').said);
  expect(told.changed).toEqual([
    { path: at('out/web-1.crashseal'), profile: 'web-1', why: ['profile'] },
  ]);
  expect(told.unchanged).toEqual([at('out/web-0.crashseal'), at('out/web-2.crashseal')]);
});

test('neither a token, nor a passphrase, nor a command that signs is asked', () => {
  const asked = at('asked');
  const command = changed('--signer-command', `touch ${asked}`, '--cert', 'keys/signer.pem');
  expect(command.status).toBe(3);
  expect(existsSync(asked)).toBe(false);
  const token = ['--key', 'pkcs11:token=none', '--passphrase-file', 'none'] as const;
  expect(changed(...token, '--cert', 'keys/signer.pem').said).toBe(command.said);
});

test('another signer is a change of every bundle', () => {
  const { said } = changed('--key', 'none', '--cert', 'other/signer.pem', '--json');
  const { changed: all } = JSON.parse(said) as { changed: { readonly why: readonly string[] }[] };
  expect(all.map(({ why }) => why.includes('signer'))).toEqual([true, true, true]);
});

test('a development key that is not there is not made, nor is a folder', () => {
  expect(changed('--dev-key').status).toBe(3);
  const { status, said } = changed('--unsigned', '--out', at('nowhere'));
  expect(status).toBe(2);
  expect(said).toBe('');
  const before = tree();
  const ran = crashseal(
    ...['build', '--changed', '--dev-key', '--out', at('nowhere')],
    ...['--lock', at('no-lock'), fleet.folder],
  );
  expect([ran.status, ran.said]).toEqual([3, expect.stringContaining('there is no bundle of it')]);
  expect(tree()).toEqual(before);
});
