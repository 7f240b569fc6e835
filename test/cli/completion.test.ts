/** What completes our words, in the shells themselves. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verb } from '../../pipeline/cli/verb.ts';
import { verbs } from '../../pipeline/cli/verbs.ts';
import { runCli } from './memory-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'crashseal-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];
const scriptOf = (shell: Shell): string => join(folder, shell, '_crashseal');

beforeAll(async () => {
  for (const shell of shells) {
    mkdirSync(join(folder, shell));
    const { status, out, talk } = await runCli(['completion', shell]);
    expect([status, talk]).toEqual([0, '']);
    writeFileSync(scriptOf(shell), out);
  }
  mkdirSync(join(folder, 'here/folder'), { recursive: true });
  for (const name of ['web profile.yaml', 'authority.pem', '4-jobs'])
    writeFileSync(join(folder, 'here', name), '');
});

/** Presses keys in a terminal; at ^T the shell prints its line and ends. */
function pressed(command: string, keys: string): string {
  const ran = spawnSync('script', ['--quiet', '--command', command, '/dev/null'], {
    cwd: join(folder, 'here'),
    input: keys,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb', COLUMNS: '500', LC_ALL: 'C.UTF-8' },
  });
  if (ran.error !== undefined) throw ran.error;
  return /LINE<(.*?)>/.exec(ran.stdout)?.[1] ?? `no line in ${ran.stdout}`;
}

const complete: Readonly<Record<Shell, (line: string) => string>> = {
  bash: (line) => {
    const settings = join(folder, 'bashrc');
    writeFileSync(
      settings,
      `. ${scriptOf('bash')}\nshow() { printf 'LINE<%s>\\n' "$READLINE_LINE"; exit; }\nbind -x '"\\C-t": show'\n`,
    );
    return pressed(`bash --rcfile ${settings} -i`, `${line}\t\x14`);
  },
  zsh: (line) => {
    writeFileSync(
      join(folder, '.zshrc'),
      `fpath=(${join(folder, 'zsh')} $fpath)
autoload -Uz compinit
compinit -u -D
show() { print -r -- "LINE<$BUFFER>"; exit }
zle -N show
bindkey '^T' show
unsetopt beep
`,
    );
    return pressed('zsh -d -i', `${line}\t\x14`);
  },
  // It says itself what it would offer: the word, and what that means.
  fish: (line) => {
    const offered = execFileSync(
      'fish',
      [
        '--no-config',
        '--command',
        'source $argv[1]; complete --do-complete $argv[2]',
        scriptOf('fish'),
        line,
      ],
      {
        cwd: join(folder, 'here'),
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: folder },
      },
    );
    const [only = '', ...others] = offered
      .trimEnd()
      .split('\n')
      .map((one) => one.split('\t')[0]);
    if (only === '') return line;
    if (others.length > 0) return `${line} is ${[only, ...others].join(', or ')}`;
    const escaped = only.replaceAll(' ', '\\ ');
    return `${line.replace(/\S*$/, '')}${escaped}${escaped.endsWith('/') ? '' : ' '}`;
  },
};

describe.each(shells)('%s', (shell) => {
  test.each([
    ['crashseal ins', 'crashseal inspect '],
    ['crashseal --ver', 'crashseal --version '],
    ['crashseal build --upd', 'crashseal build --update-lock '],
    ['crashseal build --unsigned --keep', 'crashseal build --unsigned --keep-going '],
    ['crashseal build --he', 'crashseal build --help '],
    ['crashseal init --class ita', 'crashseal init --class itanium '],
    ['crashseal init --class=ita', 'crashseal init --class=itanium '],
    ['crashseal fleet ga', 'crashseal fleet gate '],
    ['crashseal fleet status --js', 'crashseal fleet status --json '],
    ['crashseal completion f', 'crashseal completion fish '],
    ['crashseal help resi', 'crashseal help resign '],
    ['crashseal build we', 'crashseal build web\\ profile.yaml '],
    ['crashseal build --out fol', 'crashseal build --out folder/'],
    ['crashseal verify --trust auth', 'crashseal verify --trust authority.pem '],
    ['crashseal build --key auth', 'crashseal build --key authority.pem '],
    // A number is the user's to know, and a verb that takes no file is offered none.
    ['crashseal build --jobs 4', 'crashseal build --jobs 4'],
    ['crashseal clean auth', 'crashseal clean auth'],
  ])('%s', (line, expected) => {
    expect(complete[shell](line)).toBe(expected);
  });

  test('it finds no mistake in the script', () => {
    expect(spawnSync(shell, ['-n', scriptOf(shell)], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});

test('bash is offered every option of every verb', () => {
  const lines = (verbs as readonly Verb[]).map(({ name }) => `crashseal ${name} --`);
  const offered = execFileSync(
    'bash',
    [
      '-c',
      `. "$0"; for line; do COMP_WORDS=($line); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _crashseal; echo "\${COMPREPLY[*]}"; done`,
      scriptOf('bash'),
      ...lines,
    ],
    { encoding: 'utf8' },
  );
  const expected = (verbs as readonly Verb[]).map(({ options }) =>
    [...options.map(({ name }) => `--${name}`), '--help'].join(' '),
  );
  expect(offered.trimEnd().split('\n')).toEqual(expected);
});

test('shellcheck has nothing to say about that for bash', () => {
  const checked = spawnSync('shellcheck', ['--shell=bash', scriptOf('bash')], { encoding: 'utf8' });
  expect([checked.error, checked.stdout]).toEqual([undefined, '']);
});

test('another shell is a mistake, with those that there are', async () => {
  const { status, talk } = await runCli(['completion', 'tcsh']);
  expect(status).toBe(2);
  expect(talk).toContain('bash, zsh, fish');
});
